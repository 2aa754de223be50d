import type { Command } from 'commander';
import { exitCodes } from '../../exit-codes.ts';
import { print, withReadyDatabase } from '../open.ts';
import type { JsonOption } from './application.ts';

export function addMaintain(db: Command): void {
  exitCodes(db.command('maintain'), { 3: 'Something that is due could not be done; the reason is told.' })
    .description(
      'do the upkeep that is due: statistics of the planner, dead rows, the write-ahead log, months; people go on working',
    )
    .option('--dry-run', 'say what is due; do nothing')
    .option('--json', 'for machines')
    .action(async ({ json = false, dryRun = false }: JsonOption & { dryRun?: boolean }) => {
      const { dueUpkeep, maintain } = await import('../../../ops/maintain/maintain.ts');
      await withReadyDatabase(({ engine, clock }) =>
        engine.dedicated(async (connection) => {
          if (dryRun) {
            const due = await dueUpkeep(connection, engine, clock.now());
            print(json, { due: due.map(({ work: _, ...one }) => one) }, () =>
              due.length === 0
                ? ['Nothing is due.']
                : due.map(({ on, why, sql, obstacle }) => `due   ${on}: ${why}  ${obstacle ?? sql}`),
            );
            return;
          }
          const say = (line: string) => json || process.stderr.write(`${line} …\n`);
          const done = await maintain(connection, engine, clock.now(), ({ sql }) => say(sql));
          print(json, { done }, () =>
            done.length === 0
              ? ['Nothing was due.']
              : done.map(({ on, why, isDone, obstacle, seconds }) =>
                  isDone ? `done  ${on}: ${why}  (${seconds} s)` : `LEFT  ${on}: ${why}; ${obstacle}`,
                ),
          );
          if (done.some(({ isDone }) => !isDone)) process.exitCode = 3;
        }),
      );
    });
}

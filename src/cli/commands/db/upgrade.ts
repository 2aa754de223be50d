import type { Command } from 'commander';
import { refuseUnknown } from '../../../ops/prepare.ts';
import { upgrade } from '../../../revisions/run.ts';
import { revisions } from '../../../versions/index.ts';
import { print, withDatabase } from '../open.ts';
import { type JsonOption, revisionNamed } from './revision-named.ts';
import { printScript, type SqlOptions } from './sql-script.ts';

export function addUpgrade(db: Command): void {
  db.command('upgrade [target]')
    .description('apply pending revisions: all, or up to an id')
    .option('--json', 'for machines')
    .option('--sql', 'print a script instead, without a connection')
    .option('--target <engine=version>', 'with --sql: sqlite=3.40 or postgres=15 (default: the configured engine)')
    .option('--from <id>', 'with --sql: the revision the database is at (default: base)')
    .action(async (target: string | undefined, options: JsonOption & SqlOptions) => {
      if (options.sql === true) return printScript('up', target ?? 'head', options);
      const applied = await withDatabase(async (database) => {
        await refuseUnknown(database);
        return upgrade(
          { engine: database.engine, revisions, clock: database.clock },
          target === undefined ? undefined : revisionNamed(target, []),
        );
      });
      print(options.json === true, { applied }, () =>
        applied.length === 0
          ? ['Nothing to do: the database is up to date.']
          : applied.map((entry) => `applied  ${entry.id} ${entry.name}  ${entry.durationMs} ms`),
      );
    });
}

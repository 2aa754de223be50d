import type { Command } from 'commander';
import { checkDatabase, checkLines } from '../../../revisions/check.ts';
import { keptFor } from '../../../revisions/undo/finish.ts';
import { project } from '../../../versions/project.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print, withDatabase } from '../open.ts';
import { keptLines } from './kept.ts';
import type { JsonOption } from './revision-named.ts';

export function addCheck(db: Command): void {
  exitCodes(
    db
      .command('check')
      .description('compare the database with what its revisions say, and them with the model')
      .option('--json', 'for machines')
      .option('--deep', 'also make the whole history in a scratch place and compare with it'),
    { 3: 'Something differs.' },
  ).action(async (options: JsonOption & { deep?: boolean }) => {
    const { kept, ...report } = await withDatabase(({ engine }) =>
      engine.dedicated(async (connection) => ({
        ...(await checkDatabase(connection, engine, project, { isDeep: options.deep === true })),
        kept: await keptFor(connection, engine),
      })),
    );
    print(options.json === true, { ...report, kept }, () => [...checkLines(report), ...keptLines(kept)]);
    process.exitCode = report.isEqual ? 0 : 3;
  });
}

import type { Command } from 'commander';
import { checkDatabase, checkLines } from '../../../revisions/check.ts';
import { keptFor } from '../../../revisions/undo/finish.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type FolderOption, forApplication, type JsonOption, tell, withApplication } from './application.ts';
import { keptLines } from './kept.ts';

export function addCheck(db: Command): void {
  exitCodes(
    forApplication(db.command('check'))
      .description('compare the database with what its revisions say, and them with the model')
      .option('--deep', 'also make the whole history in a scratch place and compare with it'),
    { 2: 'This is a database of the original app.', 3: 'Something differs.' },
  ).action(async (options: JsonOption & FolderOption & { deep?: boolean }) => {
    const { kept, ...report } = await withApplication(
      options,
      async ({ engine, project, refuseUnknown }) => {
        await refuseUnknown();
        return engine.dedicated(async (connection) => ({
          ...(await checkDatabase(connection, engine, project, { isDeep: options.deep === true })),
          kept: await keptFor(connection, engine),
        }));
      },
      { isReadOnly: true },
    );
    tell(options, { ...report, kept }, () => [...checkLines(report), ...keptLines(kept)]);
    process.exitCode = report.isEqual ? 0 : 3;
  });
}

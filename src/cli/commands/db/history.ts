import type { Command } from 'commander';
import { bothSides } from '../../../revisions/history.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import {
  applicationOf,
  type FolderOption,
  forApplication,
  type JsonOption,
  missingFile,
  noDatabase,
  tell,
  withApplication,
} from './application.ts';

export function addHistory(db: Command): void {
  forApplication(db.command('history'))
    .description('every revision: what this code has, and what the database was given, when and by whom')
    .action(async (options: JsonOption & FolderOption) => {
      const { project, settings } = await applicationOf(options);
      const missing = missingFile(settings);
      const history =
        missing === undefined
          ? await withApplication(
              options,
              ({ engine }) =>
                engine.dedicated(async (connection) => bothSides(project.revisions, await readLedger(connection, engine))),
              { isReadOnly: true },
            )
          : bothSides(project.revisions, []);
      tell(options, { history }, () => [
        ...history.map(({ id, name, state, appliedAt, durationMs, appliedBy }) =>
          [
            state.padEnd(8),
            id,
            name,
            ...(appliedAt === undefined ? [] : [`${appliedAt} UTC  ${durationMs} ms  by ${appliedBy}`]),
          ].join('  '),
        ),
        ...(missing === undefined ? [] : [noDatabase(missing)]),
      ]);
    });
}

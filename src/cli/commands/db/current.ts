import type { Command } from 'commander';
import { readLedger } from '../../../revisions/ledger.ts';
import { pendingRevisions } from '../../../revisions/pending.ts';
import { keptFor } from '../../../revisions/undo/finish.ts';
import { revisions } from '../../../versions/index.ts';
import { print, withDatabase } from '../open.ts';
import { keptLines } from './kept.ts';
import type { JsonOption } from './revision-named.ts';

export function addCurrent(db: Command): void {
  db.command('current')
    .description('what was applied, and what is pending')
    .option('--json', 'for machines')
    .action(async (options: JsonOption) => {
      const state = await withDatabase((database) =>
        database.engine.dedicated(async (connection) => {
          const applied = await readLedger(connection, database.engine);
          return {
            location: database.engine.location,
            version: await database.engine.version(),
            applied,
            pending: pendingRevisions(revisions, applied).map(({ id, name }) => ({ id, name })),
            kept: await keptFor(connection, database.engine),
          };
        }),
      );
      print(options.json === true, state, () => [
        `${state.version} at ${state.location}`,
        ...state.applied.map(
          (entry) =>
            `applied  ${entry.id} ${entry.name}  ${entry.appliedAt} UTC  by ${entry.appliedBy}  schema ${entry.fingerprint.slice(0, 12)}`,
        ),
        ...state.pending.map((entry) => `pending  ${entry.id} ${entry.name}`),
        ...keptLines(state.kept),
      ]);
    });
}

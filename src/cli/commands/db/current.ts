import type { Command } from 'commander';
import { processesWith } from '../../../engine/sqlite/lock-holder.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { pendingRevisions } from '../../../revisions/pending.ts';
import { halfDone, readProgress } from '../../../revisions/progress.ts';
import { keptFor } from '../../../revisions/undo/finish.ts';
import { exitCodes } from '../../exit-codes.ts';
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
import { keptLines } from './kept.ts';

export function addCurrent(db: Command): void {
  exitCodes(forApplication(db.command('current')), { 2: 'This is a database of the original app.' })
    .description('what was applied, and what is pending')
    .action(async (options: JsonOption & FolderOption) => {
      const { project, settings } = await applicationOf(options);
      const pendingAfter = (applied: Parameters<typeof pendingRevisions>[1]) =>
        pendingRevisions(project.revisions, applied).map(({ id, name }) => ({ id, name }));
      const missing = missingFile(settings);
      if (missing !== undefined) {
        const pending = pendingAfter([]);
        tell(
          options,
          { location: missing, isMissing: true, applied: [], pending, unfinished: [], kept: [], processes: [] },
          () => [noDatabase(missing), ...pending.map(({ id, name }) => `pending  ${id} ${name}`)],
        );
        return;
      }
      const state = await withApplication(
        options,
        async ({ engine, refuseUnknown }) => {
          await refuseUnknown();
          return engine.dedicated(async (connection) => {
            const applied = await readLedger(connection, engine);
            const begun = new Set((await readProgress(connection, engine)).map(({ revisionId }) => revisionId));
            return {
              location: engine.location,
              version: await engine.version(),
              applied,
              pending: pendingAfter(applied),
              unfinished: [...begun],
              kept: await keptFor(connection, engine),
              processes: engine.capabilities.isLocalFile ? processesWith(engine.location) : [],
            };
          });
        },
        { isReadOnly: true },
      );
      tell(options, state, () => [
        `${state.version} at ${state.location}`,
        ...state.applied.map(
          (entry) =>
            `applied  ${entry.id} ${entry.name}  ${entry.appliedAt} UTC  by ${entry.appliedBy}  schema ${entry.fingerprint.slice(0, 12)}`,
        ),
        ...state.pending.map((entry) => `pending  ${entry.id} ${entry.name}`),
        ...(state.pending.length === 0 || state.unfinished.length > 0
          ? []
          : ['         flashcase db upgrade applies what is pending']),
        ...state.unfinished.map(halfDone).map(({ what, finish }) => `half     ${what}: ${finish} finishes it`),
        ...keptLines(state.kept),
        ...state.processes.map(({ pid, command }) => `open     in process ${pid}${command === undefined ? '' : `: ${command}`}`),
      ]);
    });
}

import type { Connection } from '../../engine/engine.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { LEDGER_TABLE, PROGRESS_TABLE } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { removeSqliteCapture } from '../capture/sqlite-capture.ts';
import { quoted } from '../source/source-tables.ts';
import { recordEvent } from '../state/events.ts';
import { type MoveState, readMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import { recover } from '../switch/recover.ts';
import { isHomeRun, readRun } from '../target/bookkeeping.ts';
import { inTransaction, lockTarget } from '../target/connect.ts';
import { findSetBack } from './find-set-back.ts';
import type { LiveOptions } from './live-options.ts';
import { withPostgres, withSqlite } from './sides.ts';

export interface Aborted {
  /** `undefined` when there was no move. */
  readonly runId: string | undefined;
  /** False when PostgreSQL could not be reached, or was to be kept: its tables stay, fenced. */
  readonly isTargetCleared: boolean;
}

/**
 * Ends a move whose primary is SQLite, as if it had never begun: capture and fence go from the file, and what the move made goes from the target.
 * Throws `FC_MOVE_STATE` while PostgreSQL is the primary: nothing that only PostgreSQL has may be removed.
 */
export async function abortMove(options: LiveOptions, isTargetKept = false): Promise<Aborted> {
  return withSqlite(options.sqliteFile, async (sqlite) => {
    let isReachable = true;
    await recover(sqlite, options).catch((error: unknown) => {
      if (!(error instanceof FlashcaseError)) throw error;
      // An older file is given free where it is asked for; what PostgreSQL has more is not removed.
      if (isTargetKept && error.details?.phase === 'forward') return;
      if (error.code !== 'FC_DB_UNREACHABLE') throw error;
      isReachable = false;
    });
    if (isReachable && !isTargetKept) await refuseOlderFile(sqlite, options);
    const state = await decideAbort(sqlite, options);
    if (state === undefined) return { runId: undefined, isTargetCleared: false };
    if (state.phase !== 'aborting')
      throw new FlashcaseError('FC_MOVE_STATE', {
        what:
          state.attempt === undefined
            ? 'PostgreSQL is the primary: this move cannot be aborted.'
            : `${state.attempt.by} is carrying out a switch.`,
        where: `move ${state.runId}`,
        hint:
          state.attempt === undefined
            ? 'Go back first: flashcase move rollback. Or end it forwards: flashcase move finish.'
            : 'Wait for it to end.',
      });
    await options.onStep?.('decided');
    // The target first: killed in between, the same command finds the state and goes on.
    const isTargetCleared = isReachable && !isTargetKept && (await clearTarget(options, state.runId));
    await removeSqliteCapture(sqlite, { runId: state.runId, phase: 'aborting' });
    return { runId: state.runId, isTargetCleared };
  });
}

/** What only PostgreSQL has would be removed. */
async function refuseOlderFile(sqlite: Connection, options: LiveOptions): Promise<void> {
  const setBack = await withPostgres(options.postgresUrl, (postgres) => findSetBack(sqlite, postgres, options));
  if (setBack?.details?.setBack === 'sqlite') throw setBack;
}

/** From this commit on no switch can begin: the target that is removed next can become the primary no more. */
async function decideAbort(sqlite: Connection, options: LiveOptions): Promise<MoveState | undefined> {
  if ((await readMoveState(sqlite)) === undefined) return undefined;
  return inContendedTransaction(sqlite, async () => {
    const state = await readMoveState(sqlite);
    if (state === undefined || state.attempt !== undefined || (state.phase !== 'copying' && state.phase !== 'forward'))
      return state;
    await sqlite.execute(`UPDATE ${STATE_TABLE} SET phase = 'aborting'`);
    await recordEvent(sqlite, options.clock, 'aborting', { by: options.by });
    return readMoveState(sqlite);
  });
}

/** Removes what this move made there. A target that holds another move, or none, is somebody else's by now and is left alone. */
export async function clearTarget(options: LiveOptions, runId: string): Promise<boolean> {
  return withPostgres(options.postgresUrl, async (postgres) => {
    await lockTarget(postgres, locationOf(options.postgresUrl));
    const run = await readRun(postgres);
    // What a move home found there was not made by it.
    if (run?.id !== runId || isHomeRun(run)) return false;
    await inTransaction(postgres, async () => {
      for (const name of [...Object.keys(options.schema.tables), LEDGER_TABLE, PROGRESS_TABLE])
        await postgres.script(`DROP TABLE IF EXISTS ${quoted(name)} CASCADE`);
      await postgres.script('DROP SCHEMA IF EXISTS flashcase_move CASCADE');
    });
    return true;
  });
}

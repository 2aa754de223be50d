import { FlashcaseError } from '../../errors/index.ts';
import { recordEvent } from '../state/events.ts';
import { type MoveState, readMoveState, requireMoveState, STATE_TABLE } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import type { LiveOptions } from './live-options.ts';
import { withSqlite } from './sides.ts';

/**
 * Stops carrying (`pause`) or goes on with it (`resume`); capture stays on, so nothing is missed. Typed twice, it changes nothing the second time.
 * Throws `FC_MOVE_STATE` in the middle of a switch.
 */
export async function setPaused(options: LiveOptions, isPaused: boolean): Promise<MoveState> {
  return withSqlite(options.sqliteFile, (sqlite) =>
    inContendedTransaction(sqlite, async () => {
      const state = await requireMoveState(sqlite, options.sqliteFile);
      if (state.attempt !== undefined)
        throw new FlashcaseError('FC_MOVE_STATE', {
          what: `${state.attempt.by} is carrying out a switch.`,
          hint: 'Wait for it; it ends within its limit.',
        });
      if (state.isPaused === isPaused) return state;
      await sqlite.execute(`UPDATE ${STATE_TABLE} SET is_paused = ?`, [isPaused ? 1 : 0]);
      await recordEvent(sqlite, options.clock, isPaused ? 'paused' : 'resumed', { by: options.by });
      return (await readMoveState(sqlite)) as MoveState;
    }),
  );
}

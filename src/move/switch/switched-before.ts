import { FlashcaseError } from '../../errors/index.ts';
import type { LiveOptions } from '../live/live-options.ts';
import { withSqlite } from '../live/sides.ts';
import { readEvents } from '../state/events.ts';
import { readMoveState } from '../state/sqlite-state.ts';
import { recover } from './recover.ts';
import type { SwitchReport } from './switch-steps.ts';

/**
 * What a switch to this side says that was done before: by the same command typed twice, or by `recover` after its process died. An interrupted one is
 * put right first. `undefined` when there is something to do, or to refuse.
 */
export async function switchedBefore(options: LiveOptions, to: SwitchReport['primary']): Promise<SwitchReport | undefined> {
  return withSqlite(options.sqliteFile, async (sqlite) => {
    await recover(sqlite, options).catch((error: unknown) => {
      // SQLite serves, whether PostgreSQL can be told or not.
      if (to === 'postgres' || !(error instanceof FlashcaseError) || error.code !== 'FC_DB_UNREACHABLE') throw error;
    });
    const state = await readMoveState(sqlite);
    if (state === undefined || state.attempt !== undefined || state.phase !== (to === 'postgres' ? 'reverse' : 'forward'))
      return undefined;
    const decided = (await readEvents(sqlite, 'decided')).at(-1);
    if (decided?.details.primary !== to) return undefined;
    return {
      attempt: String(decided.details.attempt ?? ''),
      primary: to,
      epoch: state.epoch,
      pauseMs: 0,
      keys: 0,
      sequences: 0,
      steps: [],
      wasDone: true,
    };
  });
}

import { recordEvent } from '../state/events.ts';
import { requireMoveState } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import type { LiveOptions } from './live-options.ts';
import { withSqlite } from './sides.ts';

/** Records who asked for an action, before it is done: the report names who confirmed a switch. Throws `FC_MOVE_NOT_STARTED`. */
export async function recordAsked(options: LiveOptions, action: string, who: string): Promise<void> {
  await withSqlite(options.sqliteFile, (sqlite) =>
    inContendedTransaction(sqlite, async () => {
      await requireMoveState(sqlite, options.sqliteFile);
      await recordEvent(sqlite, options.clock, 'asked', { action, who, by: options.by });
    }),
  );
}

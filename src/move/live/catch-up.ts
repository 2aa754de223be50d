import { openForward } from '../follow/forward.ts';
import { requireMoveState } from '../state/sqlite-state.ts';
import { COMMAND, getLevel } from '../switch/switch-steps.ts';
import { withStoredRules } from './decisions.ts';
import type { LiveOptions } from './live-options.ts';
import { withSqlite } from './sides.ts';

/** Brings PostgreSQL level with what was written during the copy, once. @returns how many keys were carried. */
export async function catchUp(options: LiveOptions): Promise<{ readonly keys: number }> {
  const { runId } = await withSqlite(options.sqliteFile, (sqlite) => requireMoveState(sqlite, options.sqliteFile));
  const carrier = await openForward({ ...(await withStoredRules(options)), runId });
  try {
    await carrier.claim(`${COMMAND}${options.by}`);
    await carrier.prepare();
    return { keys: await getLevel(carrier) };
  } finally {
    await carrier.close();
  }
}

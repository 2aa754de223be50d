import type { LiveOptions } from '../live/live-options.ts';
import { withSqlite } from '../live/sides.ts';
import { recordEvent } from '../state/events.ts';
import { readMoveState } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';

/** The event that says who asked for something. */
export const CONFIRMED = 'confirmed';

/** Who asked for a command, and how: for the report. */
export interface Confirmation {
  /** `cutover`, `finish`, … */
  readonly command: string;
  /** The words that were typed after it, without addresses. */
  readonly flags: readonly string[];
  /** Typed at a terminal, by a script, or a button of the page. */
  readonly through: 'terminal' | 'program' | 'page';
  /** The user of the operating system; of the page, the administrator's name in FlashCase. */
  readonly user: string;
  /** Who used `sudo`, where it says so. */
  readonly sudoUser?: string;
  readonly host: string;
  readonly pid: number;
  readonly versions: { readonly flashcase: string; readonly node: string };
}

/** Records who asked for a command, before it does anything. Nothing is recorded where there is no move: the command says so. */
export async function recordConfirmation(options: LiveOptions, confirmation: Confirmation): Promise<void> {
  await withSqlite(options.sqliteFile, async (sqlite) => {
    if ((await readMoveState(sqlite)) === undefined) return;
    await inContendedTransaction(sqlite, () => recordEvent(sqlite, options.clock, CONFIRMED, { ...confirmation }));
  });
}

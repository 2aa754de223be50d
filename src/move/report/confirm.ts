import type { Connection } from '../../engine/engine.ts';
import type { LiveOptions } from '../live/live-options.ts';
import { withSqlite } from '../live/sides.ts';
import { recordEvent } from '../state/events.ts';
import { readMoveState } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';

/** Who asked for a command, and how: for the report. */
export interface Confirmation {
  /** `cutover`, `finish`, … */
  readonly command: string;
  /** The words that were typed after it, without addresses. */
  readonly flags: readonly string[];
  /** The user of the operating system; who used `sudo`, where it says so. */
  readonly user: string;
  readonly sudoUser?: string;
  readonly host: string;
  readonly pid: number;
  /** True when the command was typed at a terminal, false for a script. */
  readonly isTerminal: boolean;
  readonly versions: { readonly flashcase: string; readonly node: string };
}

/** Records who asked for a command, before it does anything. Nothing is recorded where there is no move: the command says so. */
export async function recordConfirmation(options: LiveOptions, confirmation: Confirmation): Promise<void> {
  await withSqlite(options.sqliteFile, async (sqlite: Connection) => {
    if ((await readMoveState(sqlite)) === undefined) return;
    await inContendedTransaction(sqlite, () => recordEvent(sqlite, options.clock, 'confirmed', { ...confirmation }));
  });
}

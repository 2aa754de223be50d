import type { Engine } from '../../engine/engine.ts';

/**
 * What the switch needs from capture, follow and verify, and nothing more. The switch itself closes and opens the two sides
 * (`src/db/gate/`), keeps the time limit and takes the decision; these ports carry and compare rows.
 *
 * A switch always goes from the side that serves to the side that follows, so one set of ports serves the cutover, the rollback and the
 * cutover after it: `carrierOf(from, to)` is asked anew for each.
 */

/** Names of tables that describe one database and are never carried, captured or compared: each side has its own row. */
export const OWN_TABLES: readonly string[] = ['write_gate'];

/** The two sides of a switch. `from` serves until the decision, `to` serves after it. */
export interface SwitchSides {
  readonly from: Engine;
  readonly to: Engine;
}

export interface Lag {
  /** Changed keys `to` does not have yet. */
  readonly keys: number;
  /** Age of the oldest of them in seconds; 0 when there is none. */
  readonly seconds: number;
}

export interface KeyDifference {
  readonly table: string;
  /** Readable: `id=17`. */
  readonly key: string;
  /** `undefined` when the row is missing on one side. */
  readonly column: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * Carries changes from one side to the other. Every call may be made twice; a call that was cut short (signal, kill) leaves what it did
 * complete or undone, and the next call goes on. All but `prepare` run inside the write pause: their time is what users feel.
 */
export interface Carrier {
  /**
   * Before the pause: makes everything on `to` that needs locks or time (capture's tables and triggers for the way back, prepared
   * connections), without recording yet. `to` is fenced at this time.
   */
  prepare(signal: AbortSignal): Promise<void>;
  /** How far `to` is behind. Asked before the pause. */
  lag(): Promise<Lag>;
  /**
   * Brings every change of `from` to `to`. The fence of `from` holds: no transaction that may write is running any more, so everything
   * that is committed is everything there is (no wait for other transactions is needed). A follower of another process must have ended or
   * be shut out when it returns: nothing may write to `to` afterwards.
   * @returns how many keys were carried.
   */
  drain(signal: AbortSignal): Promise<{ readonly keys: number }>;
  /** Compares the keys changed since the last full comparison (or at least those `drain` carried) on both sides. */
  verifyKeys(signal: AbortSignal): Promise<{ readonly checked: number; readonly differences: readonly KeyDifference[] }>;
  /**
   * Sets every id counter of `to` past what `from` ever handed out (`sqlite_sequence`, not `max(id)`: facts T-21, T-22), both ways.
   * @returns how many were set.
   */
  setSequences(signal: AbortSignal): Promise<number>;
  /** Starts recording on `to`, so that the next switch can go the other way. Recording on `from` must not see what is applied to it. */
  startReverse(signal: AbortSignal): Promise<void>;
  /** Gives back what it holds (connections, locks), after success and failure alike. */
  close(): Promise<void>;
}

export type CarrierOf = (sides: SwitchSides) => Promise<Carrier>;

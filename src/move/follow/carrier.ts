import type { DatabaseSync } from 'node:sqlite';
import type { Schema } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import type { Rules } from '../plan/rules.ts';

/**
 * What the switch and the follower need from a direction, and nothing more. docs/design/move.md says what each must hold.
 * There are two: SQLite → PostgreSQL (`forward`) and PostgreSQL → SQLite (`reverse`).
 */

export interface Lag {
  /** Changed keys the following side does not have yet (repeated ones counted as often as they are journalled). */
  readonly keys: number;
}

export interface Carried {
  /** Distinct keys carried by this call. */
  readonly keys: number;
  /** Position reached: a `seq` (forward) or an xid (reverse). */
  readonly position: bigint;
}

export interface KeyDifference {
  readonly table: string;
  /** Readable: `id=17`. */
  readonly key: string;
  /** `undefined` when the row is missing on one side. */
  readonly column: string | undefined;
  readonly primary: string | undefined;
  readonly follower: string | undefined;
}

/** The primary as it was when both sides were level: its read transaction is still open, so that it can be compared with the other side. */
export interface Level {
  /** Forward: the connection in its read transaction. */
  readonly sqlite?: DatabaseSync;
  /** Reverse: the name of the exported snapshot (`SET TRANSACTION SNAPSHOT`). */
  readonly postgresSnapshot?: string;
}

/** Called after the commit, with the read transaction still open; what it throws is thrown on. */
export type WhenLevel = (level: Level) => Promise<void>;

/**
 * Carries changes from the primary to the side that follows. Every call may be made twice; a call that was cut short leaves what it did complete or
 * undone, and the next call goes on.
 */
export interface Carrier {
  /**
   * Becomes the only carrier of this direction: raises the follower's token. Another carrier's next transaction is refused with
   * `FC_MOVE_TAKEN_OVER`, and so is one of this carrier after someone else claimed.
   * @param name who carries, for people: host, pid.
   * @param expected the token seen when it was decided to claim: another claim since then is respected (`FC_MOVE_TAKEN_OVER`).
   * @param signal ends it, as in every other call: a connection that waits for a server is cut off.
   */
  claim(name: string, expected?: number, signal?: AbortSignal): Promise<void>;
  /** Opens connections, prepares statements and temporary tables, so that no later call has to. Called before a pause, and before following. */
  prepare(signal?: AbortSignal): Promise<void>;
  lag(signal?: AbortSignal): Promise<Lag>;
  /**
   * Brings everything that is committed on the primary when it is called to the side that follows, in one transaction there with the position.
   * Throws `FC_MOVE_DECISION_NEEDED` for a row the other side cannot hold and no rule covers: nothing of the batch is applied then.
   */
  carry(signal?: AbortSignal, whenLevel?: WhenLevel): Promise<Carried>;
  /** Compares the keys of the last `carry` calls since `prepare` (or the last `verifyKeys`) on both sides, value by value. At most 100 differences are named. */
  verifyKeys(signal?: AbortSignal): Promise<{ readonly checked: number; readonly differences: readonly KeyDifference[] }>;
  /**
   * Sets every id counter of the side that follows past what the primary ever handed out (facts T-21, T-22). A call that was cut short may have set some:
   * they only rise.
   * @returns how many counters there are.
   */
  setSequences(signal?: AbortSignal): Promise<number>;
  /**
   * Removes journal rows that were carried; in small batches, never the newest (its number must not be handed out again). Not called in a pause.
   * Throws `FC_MOVE_TAKEN_OVER` as `carry` does: the rows another carrier carried are still compared by it.
   */
  prune(signal?: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

export interface CarrierOptions {
  readonly schema: Schema;
  readonly tables: readonly CarriedTable[];
  readonly sqliteFile: string;
  /** Without a pooler between. */
  readonly postgresUrl: string;
  readonly runId: string;
  /** What the operator decided about values PostgreSQL cannot hold as they are. */
  readonly rules: Rules;
}

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Clock } from '../../../db/clock.ts';
import type { CommitWatcher } from '../../../engine/engine.ts';
import { WalFile } from '../../../engine/sqlite/wal-file.ts';
import { extentIn } from '../../../engine/sqlite/wal-hold.ts';

/** This process's writer committed: up to this frame of the log with this salt, no later than this (microseconds since 1970, UTC). */
export type CommitMark = readonly [salt: string, frame: number, micros: bigint];

/** Nobody fetches them any more: the oldest go, and their commits are dated by when they were seen. */
const MOST = 100_000;

/**
 * Notes when this process's writer commits what. The time is taken before the commit, as PostgreSQL does: what is acknowledged by a moment is dated no later, and what is asked for after it is dated
 * later.
 */
export class CommitMarks implements CommitWatcher {
  readonly #clock: Clock;
  #watching: { readonly db: DatabaseSync; readonly noop: StatementSync; readonly wal: WalFile } | undefined;
  #at = 0n;
  #marks: CommitMark[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isWatching(): boolean {
    return this.#watching !== undefined;
  }

  /** Begins with the file, which must be open elsewhere in this process. */
  watch(file: string): void {
    this.stop();
    const db = new DatabaseSync(file, { timeout: 0 });
    try {
      db.exec('PRAGMA wal_autocheckpoint = 0');
      db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
      this.#watching = { db, noop: db.prepare('PRAGMA wal_checkpoint(NOOP)'), wal: new WalFile(file) };
    } catch (error) {
      db.close();
      throw error;
    }
  }

  committing(): void {
    if (this.#watching !== undefined) this.#at = this.#clock.now().micros;
  }

  committed(): void {
    if (this.#watching === undefined) return;
    const { noop, wal } = this.#watching;
    try {
      const mark: CommitMark = [wal.salt(), extentIn(noop).frames, this.#at];
      const last = this.#marks.at(-1);
      // A commit that changed nothing.
      if (last?.[0] === mark[0] && last[1] === mark[1]) return;
      this.#marks.push(mark);
      if (this.#marks.length > MOST) this.#marks.splice(0, MOST / 2);
    } catch {
      // The commit is made; it is dated by when it is seen.
    }
  }

  /** All since the last call. */
  take(): CommitMark[] {
    return this.#marks.splice(0);
  }

  stop(): void {
    this.#watching?.db.close();
    this.#watching?.wal.close();
    this.#watching = undefined;
  }
}

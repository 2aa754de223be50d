import { type BigIntStats, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { isBusy, translateSqliteError } from './errors.ts';

/** How long a turn waits for a writer, each of whom holds the lock for milliseconds. */
const LOCK_MS = 200;
const READ_MS = 5000;

/** What a finished file looks like from outside: the same as long as nobody has written to it. */
export interface FileMark {
  readonly inode: string;
  readonly bytes: string;
  readonly writtenNs: string;
}

export function fileMark(file: string): FileMark | undefined {
  const found: BigIntStats | undefined = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined
    ? undefined
    : { inode: String(found.ino), bytes: String(found.size), writtenNs: String(found.mtimeNs) };
}

/** How much of the log is committed, and how much of that is in the database file. */
export interface WalExtent {
  readonly frames: number;
  readonly carried: number;
}

/**
 * Keeps SQLite from starting its log over before somebody has read all of it: a read transaction is open at every moment. SQLite resets a log only when nobody reads from it and
 * all of it is in the file; who reads when all of it is in the file keeps anything more from getting there (readers and locks of SQLite's WAL format). So while it is held the log is started over at most once,
 * and only after `turn`. Other processes may write and checkpoint as they like.
 */
export class WalHold {
  readonly #file: string;
  readonly #control: DatabaseSync;
  readonly #lock: DatabaseSync;
  readonly #noop: StatementSync;
  readonly #passive: StatementSync;
  /** Two, so that the newer is there before the older goes. */
  readonly #pins: [DatabaseSync, DatabaseSync];
  #isHeld = false;

  /** Throws a translated error where the file cannot be opened; nothing is held then. */
  constructor(file: string) {
    this.#file = file;
    const opened: DatabaseSync[] = [];
    const connect = (timeout: number): DatabaseSync => {
      const db = new DatabaseSync(file, { timeout });
      opened.push(db);
      db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
      return db;
    };
    try {
      this.#control = connect(READ_MS);
      this.#lock = connect(LOCK_MS);
      this.#pins = [connect(READ_MS), connect(READ_MS)];
      this.#noop = this.#control.prepare('PRAGMA wal_checkpoint(NOOP)');
      this.#passive = this.#control.prepare('PRAGMA wal_checkpoint(PASSIVE)');
      this.#pin(0);
    } catch (error) {
      for (const db of opened) db.close();
      throw translateSqliteError(error, file);
    }
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** The committed frames, each of them synced. */
  extent(): WalExtent {
    return extentIn(this.#noop);
  }

  /** Reads one value, outside of the held transaction. */
  ask(sql: string): Record<string, unknown> | undefined {
    return this.#control.prepare(sql).get();
  }

  /** Carries what is committed into the file, as far as other readers allow; nobody waits for it. */
  carry(): void {
    this.#pins.reverse();
    this.#pin(0);
    this.#pins[1].exec('ROLLBACK');
    this.#passive.get();
  }

  /**
   * Lets the log be started over. With writers kept out it asks whether all of it was read, carries the rest into the file, and holds again.
   * @param isAllRead is given the committed frames @returns whether all of it is in the file: the next writer may start over, once
   */
  turn(isAllRead: (frames: number) => boolean): boolean {
    return (
      this.#withoutWriters(() => {
        if (!isAllRead(this.extent().frames)) return false;
        this.#pins[0].exec('ROLLBACK');
        this.#passive.get();
        this.#pin(0);
        const { frames, carried } = this.extent();
        return frames === carried;
      }) ?? false
    );
  }

  /**
   * Ends the hold, for a file that is to be closed. @returns how the file looks with all of it in it: as long as it looks so, no log of before was started over. `undefined` where that cannot be said.
   */
  finish(isAllRead: (frames: number) => boolean): FileMark | undefined {
    return this.#withoutWriters(() => {
      if (!isAllRead(this.extent().frames)) return undefined;
      this.release();
      this.#passive.get();
      const { frames, carried } = this.extent();
      return frames === carried ? fileMark(this.#file) : undefined;
    });
  }

  /** Holds no more: SQLite may start its log over whenever it likes. */
  release(): void {
    if (this.#isHeld) this.#pins[0].exec('ROLLBACK');
    this.#isHeld = false;
  }

  close(): void {
    this.release();
    for (const db of [...this.#pins, this.#lock, this.#control]) db.close();
  }

  #pin(which: 0 | 1): void {
    const db = this.#pins[which];
    this.#isHeld = false;
    db.exec('BEGIN');
    // BEGIN alone reads nothing yet.
    db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
    this.#isHeld = true;
  }

  /** @returns `undefined` where a writer holds on for longer than is waited for. */
  #withoutWriters<T>(work: () => T): T | undefined {
    try {
      this.#lock.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw translateSqliteError(error, this.#file);
    }
    try {
      return work();
    } finally {
      this.#lock.exec('ROLLBACK');
    }
  }
}

/** What SQLite says of its log; NOOP checkpoints nothing. @param noop the prepared `PRAGMA wal_checkpoint(NOOP)` */
export function extentIn(noop: StatementSync): WalExtent {
  const { log, checkpointed } = noop.get() as { log: number; checkpointed: number };
  return { frames: Math.max(0, log), carried: Math.max(0, checkpointed) };
}

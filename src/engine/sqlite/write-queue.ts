import { setTimeout as delay } from 'node:timers/promises';
import { FlashcaseError } from '../../errors/index.ts';
import type { Connection, EngineListeners, WriteGuard } from '../engine.ts';
import type { SqliteConnection } from './connection.ts';
import { isBusy } from './errors.ts';

/** How long a write waits for another process before it is refused: longer than any commit or checkpoint seen. */
const BUSY_DEADLINE_MS = 20_000;
/** A group is committed when it is this old, so that the first one in it does not wait for a stream of followers. */
const GROUP_MS = 10;
/** ... or this large, which bounds what one failed commit takes with it. */
const GROUP_UNITS = 256;
/** SQLite's own measure of a log that is to be carried into the file by whoever commits. */
const CHECKPOINT_FRAMES = 1000;
/** ... and where somebody else has that done: should they fail, the log still has an end. */
const LAST_CHECKPOINT_FRAMES = 16_384;
/** A unit that awaits something outside the database holds all writers; it is rolled back after so long without a statement. */
const UNIT_DEADLINE_MS = 10_000;

interface Unit {
  readonly work: (connection: Connection) => Promise<unknown>;
  readonly askedAt: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The one writer of this process. Waiting units run one after the other inside one transaction, each in its own savepoint, and
 * share one commit, because a commit costs a disk sync (2.7 ms measured) and the work itself a tenth of that. A unit's promise
 * resolves only after the sync; a failed commit fails every unit in it.
 */
export class WriteQueue {
  readonly #connection: SqliteConnection;
  readonly #guard: WriteGuard | undefined;
  readonly #listeners: EngineListeners;
  readonly #waiting: Unit[] = [];
  #running: Promise<void> | undefined;
  #checkpointFrames = CHECKPOINT_FRAMES;

  constructor(connection: SqliteConnection, guard: WriteGuard | undefined, listeners: EngineListeners = {}) {
    this.#connection = connection;
    this.#guard = guard;
    this.#listeners = listeners;
  }

  /** How many units wait for their turn. */
  get length(): number {
    return this.#waiting.length;
  }

  add<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, askedAt: performance.now(), resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Resolves when nothing is waiting any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #drain(): Promise<void> {
    // One turn of the event loop first: requests that arrived together join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      await this.#group();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = undefined;
  }

  async #group(): Promise<void> {
    try {
      this.#shareCheckpoints();
      await this.#begin();
    } catch (error) {
      for (const unit of this.#waiting.splice(0)) unit.reject(error);
      return;
    }
    const done: { unit: Unit; value: unknown }[] = [];
    const started = performance.now();
    try {
      do {
        const unit = this.#waiting.shift() as Unit;
        const outcome = await this.#unit(unit);
        if (outcome !== undefined) done.push({ unit, value: outcome.value });
      } while (this.#waiting.length > 0 && done.length < GROUP_UNITS && performance.now() - started < GROUP_MS);
      this.#listeners.commits?.committing();
      this.#connection.scriptSync('COMMIT');
      this.#listeners.commits?.committed();
    } catch (error) {
      if (this.#connection.isInTransaction) this.#connection.scriptSync('ROLLBACK');
      for (const { unit } of done) unit.reject(error);
      return;
    }
    for (const { unit, value } of done) unit.resolve(value);
  }

  /** Runs one unit in its savepoint. Throws only when SQLite gave up the whole transaction (disk full, I/O error). */
  async #unit(unit: Unit): Promise<{ value: unknown } | undefined> {
    this.#listeners.onWait?.(performance.now() - unit.askedAt);
    this.#connection.scriptSync('SAVEPOINT unit');
    const lent = lend(this.#connection);
    try {
      const value = await withDeadline(unit.work(lent.connection), lent.idleMs);
      lent.end();
      this.#connection.scriptSync('RELEASE unit');
      return { value };
    } catch (error) {
      lent.end();
      unit.reject(error);
      if (!this.#connection.isInTransaction) throw error;
      this.#connection.scriptSync('ROLLBACK TO unit; RELEASE unit');
      return undefined;
    }
  }

  #shareCheckpoints(): void {
    const wanted = this.#listeners.commits?.isWatching === true ? LAST_CHECKPOINT_FRAMES : CHECKPOINT_FRAMES;
    if (wanted === this.#checkpointFrames) return;
    this.#connection.pragma(`wal_autocheckpoint = ${wanted}`);
    this.#checkpointFrames = wanted;
  }

  /** Takes the write lock without blocking the event loop, then asks the guard. */
  async #begin(): Promise<void> {
    const deadline = performance.now() + BUSY_DEADLINE_MS;
    for (let attempt = 0; ; attempt++) {
      try {
        this.#connection.scriptSync('BEGIN IMMEDIATE');
        break;
      } catch (error) {
        if (!isBusy((error as { cause?: unknown }).cause) || performance.now() > deadline) throw error;
        this.#listeners.onBusy?.();
        await delay(1 + Math.min(attempt, 20));
      }
    }
    if (this.#guard === undefined) return;
    try {
      this.#guard.check(this.#connection.runSync(this.#guard.sql).rows);
    } catch (error) {
      this.#connection.scriptSync('ROLLBACK');
      throw error;
    }
  }
}

/** A view of the connection that ends with its unit: work that outlives it must not write into another's transaction. */
function lend(connection: SqliteConnection): { connection: Connection; idleMs(): number; end(): void } {
  let isOver = false;
  let usedAt = performance.now();
  const ifAlive =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      if (isOver) throw new FlashcaseError('FC_INTERNAL', { what: 'A database session was used after its end.' });
      usedAt = performance.now();
      return call(...args);
    };
  return {
    connection: {
      query: ifAlive((sql: string, parameters?: readonly unknown[]) => connection.query(sql, parameters)),
      execute: ifAlive((sql: string, parameters?: readonly unknown[]) => connection.execute(sql, parameters)),
      script: ifAlive((sql: string) => connection.script(sql)),
      get kysely() {
        if (isOver) throw new FlashcaseError('FC_INTERNAL', { what: 'A database session was used after its end.' });
        usedAt = performance.now();
        return connection.kysely;
      },
    },
    idleMs: () => performance.now() - usedAt,
    end: () => {
      isOver = true;
    },
  };
}

async function withDeadline<T>(work: Promise<T>, idleMs: () => number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const look = (): void => {
      const left = UNIT_DEADLINE_MS - idleMs();
      if (left > 0) timer = setTimeout(look, left);
      else
        reject(new FlashcaseError('FC_DB_DEADLINE', { what: 'A write took too long and was rolled back.', hint: 'Try again.' }));
    };
    look();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

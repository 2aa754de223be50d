import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../db/clock.ts';
import { randomInt } from '../db/random.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { applicationName, describeHolder, holderOf, LOCK_KEY, leaveNote, removeNote } from './holder.ts';
import { refuseLostLock, refuseTransactionPooler } from './pooler.ts';
import { refuseDistributed } from './refuse-distributed.ts';
import { limitSilence } from './silent-client.ts';
import { refuseInMove } from './underway-move.ts';
import { refuseInPartitioning } from './underway-partition.ts';

export interface LockOptions {
  readonly clock: Clock;
  /** While another process changes the schema: wait for it (default), or fail at once. */
  readonly whenLocked?: 'wait' | 'fail';
  /** How long to wait for another process, and for transactions that are in the way; two minutes by default. */
  readonly waitMs?: number;
  /** PostgreSQL: how long one statement may stand in a lock's queue, because every reader behind it stands too (facts F34). */
  readonly lockTimeoutMs?: number;
  /** Ends waiting and backfills within a second; what was committed stays. */
  readonly signal?: AbortSignal;
  /** For whoever builds a table anew, and goes on with it; all others are refused meanwhile. */
  readonly isPartitioning?: boolean;
  /** For whoever spreads the tables over several nodes, or brings them back; all others are refused where they are spread. */
  readonly isDistributing?: boolean;
  /** What is typed again when the locks of others were in the way for too long; `flashcase db upgrade` by default. */
  readonly command?: string;
  /** Called after a second of waiting and then every ten: one sentence naming what is waited for. */
  readonly onWait?: (sentence: string) => void;
}

const WAIT_MS = 120_000;
const LOCK_TIMEOUT_MS = 2000;
const POLL_MS = 50;
/** On SQLite an ordinary write holds the same lock for a moment; longer than this, somebody is changing the schema. */
const ORDINARY_WRITE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** The right to change the schema, on a connection of its own. */
export interface RevisionSession {
  readonly connection: Connection;
  /** Tells other processes which revision comes next, or that none does; on SQLite it is part of the transaction it is called in. */
  announce(revisionId: string | undefined): Promise<void>;
  /**
   * Runs work in one transaction: committed when the promise resolves, rolled back when it throws. On PostgreSQL, work that could not get
   * a lock in time runs again from its start, so it must have no effect outside the database.
   */
  transaction<T>(work: () => Promise<T>, options?: TransactionOptions): Promise<T>;
}

export interface TransactionOptions {
  /** The engine holds every foreign key for what is written here; without it SQLite holds none, and the work has to. */
  readonly enforcesReferences?: boolean;
}

/**
 * Runs `work` while no other process changes this schema. PostgreSQL: an advisory lock for the whole time, asked for again and again,
 * since waiting for it in the server would hold a snapshot that a concurrent index build of the holder waits for (facts F31).
 * SQLite: the file's own write lock, in each transaction; whoever works in several must read inside each what was done meanwhile.
 * Both end with the process. On SQLite foreign keys are off in a transaction that does not ask for them: inside it the pragma does nothing,
 * silently (facts F1).
 * Throws `FC_REVISION_LOCKED` naming the holder, `FC_REVISION_BLOCKED` naming the transactions in the way, `FC_DB_POOLER`, and
 * `FC_MOVE_UNDERWAY` in a database that is in a live move, which is asked in each transaction, as are `FC_PARTITION_UNDERWAY` and `FC_DISTRIBUTED`.
 */
export function withRevisionLock<T>(
  engine: Engine,
  options: LockOptions,
  work: (session: RevisionSession) => Promise<T>,
): Promise<T> {
  return engine.dedicated((connection) =>
    engine.capabilities.isLocalFile ? onSqlite(connection, engine, options, work) : onPostgres(connection, engine, options, work),
  );
}

async function onSqlite<T>(
  connection: Connection,
  engine: Engine,
  options: LockOptions,
  work: (session: RevisionSession) => Promise<T>,
): Promise<T> {
  await connection.script('PRAGMA busy_timeout = 100');
  return work({
    connection,
    announce: (revisionId) =>
      revisionId === undefined ? removeNote(connection, engine) : leaveNote(connection, engine, options.clock, revisionId),
    async transaction(inside, { enforcesReferences = false } = {}) {
      await connection.script(`PRAGMA foreign_keys = ${enforcesReferences ? 'ON' : 'OFF'}`);
      await waitFor(connection, engine, options, ORDINARY_WRITE_MS, async () => {
        try {
          await connection.script('BEGIN IMMEDIATE');
          return true;
        } catch (error) {
          if (error instanceof FlashcaseError && error.code === 'FC_DB_BUSY') return false;
          throw error;
        }
      });
      return committed(connection, async () => {
        await refuseInMove(connection, engine);
        return inside();
      });
    },
  });
}

async function onPostgres<T>(
  connection: Connection,
  engine: Engine,
  options: LockOptions,
  work: (session: RevisionSession) => Promise<T>,
): Promise<T> {
  await refuseTransactionPooler(connection, engine);
  await limitSilence(connection);
  await waitFor(connection, engine, options, 0, async () => {
    const [row] = await connection.query(`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS "lock.taken"`);
    return row?.['lock.taken'] === true;
  });
  try {
    await refuseUnderway(connection, engine, options);
    return await work({
      connection,
      announce: async (revisionId) => {
        await connection.query("SELECT set_config('application_name', $1, false)", [
          revisionId === undefined ? 'flashcase' : applicationName(revisionId),
        ]);
      },
      transaction: (inside) => untilLocksAreFree(connection, engine, options, inside),
    });
  } finally {
    await connection.query(`SELECT pg_advisory_unlock(${LOCK_KEY})`).catch(() => {});
  }
}

async function refuseUnderway(
  connection: Connection,
  engine: Engine,
  { isPartitioning, isDistributing }: LockOptions,
): Promise<void> {
  await refuseInMove(connection, engine);
  if (isPartitioning !== true) await refuseInPartitioning(connection, engine);
  if (isDistributing !== true)
    await refuseDistributed(
      connection,
      engine,
      'The tables of this database are spread over several nodes, and how they are shaped or stored may not change so.',
    );
}

/** Tries until it succeeds; then says who is in the way. */
async function waitFor(
  connection: Connection,
  engine: Engine,
  options: LockOptions,
  graceMs: number,
  attempt: () => Promise<boolean>,
): Promise<void> {
  const started = performance.now();
  const patience = options.whenLocked === 'fail' ? graceMs : (options.waitMs ?? WAIT_MS);
  let nextReport = 1000;
  for (;;) {
    refuseStopped(options.signal);
    if (await attempt()) return;
    const waited = performance.now() - started;
    if (waited >= patience) throw locked(await nameHolder(connection, engine, options), engine, options, waited);
    if (waited >= nextReport) {
      options.onWait?.(`Waiting: ${await nameHolder(connection, engine, options)}.`);
      nextReport = waited + 10_000;
    }
    await pause(POLL_MS, options.signal);
  }
}

async function nameHolder(connection: Connection, engine: Engine, options: LockOptions): Promise<string> {
  return describeHolder((await holderOf(connection, engine, options.clock)) ?? {});
}

function locked(holder: string, engine: Engine, options: LockOptions, waitedMs: number): FlashcaseError {
  return new FlashcaseError('FC_REVISION_LOCKED', {
    what: `The schema is being changed: ${holder}.`,
    where: engine.location,
    why: options.whenLocked === 'fail' ? 'This process was told not to wait.' : `Waited ${Math.round(waitedMs / 1000)} s.`,
    hint: 'Wait for it, or find it and stop it; its lock goes with it.',
    details: { holder },
  });
}

/** One transaction on PostgreSQL, again and again while somebody else's locks are in the way, with longer and longer pauses. */
async function untilLocksAreFree<T>(
  connection: Connection,
  engine: Engine,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const lockTimeout = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    refuseStopped(options.signal);
    try {
      // Inside the transaction, so that it is set again on every attempt and gone after it.
      await connection.script(`BEGIN; SET LOCAL lock_timeout = ${Math.round(lockTimeout)}`);
      return await committed(connection, async () => {
        await refuseLostLock(connection, engine);
        await refuseUnderway(connection, engine, options);
        return work();
      });
    } catch (error) {
      if (!isInTheWay(error)) throw error;
      const inTheWay = await oldestTransactions(connection);
      if (performance.now() - started > (options.waitMs ?? WAIT_MS)) {
        throw new FlashcaseError('FC_REVISION_BLOCKED', {
          what: `Other transactions kept the locks this needs: ${attempt} attempts of ${lockTimeout} ms each, none of which changed anything.`,
          where: engine.location,
          why: inTheWay,
          hint: `Let them end, or end them (SELECT pg_terminate_backend(<pid>)), and run ${options.command ?? 'flashcase db upgrade'} again.`,
          details: { attempts: attempt },
          cause: error,
        });
      }
      const milliseconds = Math.min(LONGEST_PAUSE_MS, lockTimeout * 2 ** (attempt - 1));
      // Between half and one and a half of it: several waiting processes must not come back together.
      const wait = Math.round(milliseconds * (0.5 + randomInt(1000) / 1000));
      options.onWait?.(
        `Attempt ${attempt} got no lock within ${lockTimeout} ms; next in ${(wait / 1000).toFixed(1)} s. ${inTheWay}`,
      );
      await pause(wait, options.signal);
    }
  }
}

async function committed<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    const value = await work();
    await connection.script('COMMIT');
    return value;
  } catch (error) {
    // The first error is the one to report; a connection that is gone has rolled back already.
    await connection.script('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** True when a lock timeout or a deadlock is at the bottom of an error: the transaction did nothing and may run again. */
export function isInTheWay(error: unknown): boolean {
  for (let cause = error; cause instanceof FlashcaseError; cause = cause.cause)
    if (cause.code === 'FC_DB_LOCK_TIMEOUT' || cause.code === 'FC_DB_DEADLOCK') return true;
  return false;
}

async function oldestTransactions(connection: Connection): Promise<string> {
  const rows = await connection.query(
    `SELECT pid AS "tx.pid", application_name AS "tx.name", state AS "tx.state",
            extract(epoch FROM clock_timestamp() - xact_start)::float8 AS "tx.seconds"
       FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
      ORDER BY xact_start LIMIT 3`,
  );
  const named = rows.map(
    (row) =>
      `pid ${String(row['tx.pid'])} (${String(row['tx.name'] || 'unnamed')}, ${String(row['tx.state'])}) for ${Number(row['tx.seconds']).toFixed(1)} s`,
  );
  return named.length === 0 ? 'No transaction is open now.' : `Oldest open transactions: ${named.join('; ')}.`;
}

/** Throws `FC_REVISION_STOPPED` when the caller asked to stop. */
export function refuseStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new FlashcaseError('FC_REVISION_STOPPED', {
    what: 'Stopped as asked; what was committed stays.',
    hint: 'Run the same command again: it goes on where it stopped.',
  });
}

/** Waits, but not longer than the caller lets it. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  refuseStopped(signal);
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';

/** Longer than any revision so far; the waiter then says who holds the lock instead of waiting for ever. */
const WAIT_MS = 120_000;
const POLL_MS = 50;

/**
 * Runs `work` in one transaction that no other process's revision shares: SQLite's own write lock, or a PostgreSQL advisory lock that
 * ends with the transaction. Both vanish with a killed holder. The PostgreSQL lock is polled: a blocking wait would hold a snapshot
 * that a concurrent index build of the holder waits for (facts F31).
 */
export async function inRevisionTransaction<T>(connection: Connection, engine: Engine, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    if (await begin(connection, engine)) break;
    if (performance.now() > deadline) {
      throw new FlashcaseError('FC_REVISION_LOCKED', {
        what: `Another process has been changing this database's schema for more than ${WAIT_MS / 1000} s.`,
        where: engine.location,
        hint: 'Wait for it, or find it and stop it; its lock goes with it.',
      });
    }
    await delay(POLL_MS);
  }
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

async function begin(connection: Connection, engine: Engine): Promise<boolean> {
  if (engine.capabilities.isLocalFile) {
    try {
      await connection.script('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (error instanceof FlashcaseError && error.code === 'FC_DB_BUSY') return false;
      throw error;
    }
  }
  await connection.script('BEGIN');
  const [row] = await connection.query(
    'SELECT pg_try_advisory_xact_lock(hashtextextended(\'flashcase revisions \' || current_schema(), 0)) AS "lock.taken"',
  );
  if (row?.['lock.taken'] === true) {
    await connection.script("SET LOCAL lock_timeout = '10s'");
    return true;
  }
  await connection.script('ROLLBACK');
  return false;
}

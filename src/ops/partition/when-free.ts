import { setTimeout as delay } from 'node:timers/promises';
import { randomInt } from '../../db/random.ts';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { inTransaction } from '../../move/target/connect.ts';
import { isInTheWay } from '../../revisions/lock.ts';

/** A lock is waited for so long at most. Whoever comes later waits behind it. */
const WAIT_MS = 300;
const REST_MS = 50;
const LONGEST_REST_MS = 1000;
/** A transaction that stays open is waited for so long, unless a user waits as well. */
const PATIENCE_MS = 600_000;

/**
 * How long a lock may be waited for while another is held: three of these are over before PostgreSQL looks for a deadlock, so the transaction
 * that gives up is always this one, never a user's.
 */
export async function safeWaitMs(connection: Connection): Promise<number> {
  const [row] = await connection.query("SELECT setting::float8 AS p_ms FROM pg_settings WHERE name = 'deadlock_timeout'");
  return Math.max(10, Math.min(WAIT_MS, Math.floor(Number(row?.p_ms ?? 1000) / 3)));
}

/**
 * Does something short to tables that people use, in a transaction of its own, which gives up and begins anew while it cannot get what it needs.
 * Throws `FC_PARTITION_BLOCKED` where it never could.
 * @param patienceMs how long it is tried
 */
export async function whenFree<T>(connection: Connection, work: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const waitMs = await safeWaitMs(connection);
  const until = performance.now() + patienceMs;
  for (let restMs = REST_MS; ; restMs = Math.min(restMs * 2, LONGEST_REST_MS)) {
    try {
      return await inTransaction(connection, async () => {
        await connection.script(`SET LOCAL lock_timeout = ${waitMs}`);
        return work();
      });
    } catch (error) {
      if (!isInTheWay(error)) throw error;
      if (performance.now() > until) {
        throw new FlashcaseError('FC_PARTITION_BLOCKED', {
          what: 'Transactions that stay open kept a lock all the time. What was done so far stays.',
          ...(error instanceof FlashcaseError && error.why !== undefined ? { why: error.why } : {}),
          hint: 'Let them end, or end them (SELECT pg_terminate_backend(<pid>)), and type the same command.',
          cause: error,
        });
      }
      // Several that wait must not come back together.
      await delay(restMs * (0.5 + randomInt(1000) / 1000));
    }
  }
}

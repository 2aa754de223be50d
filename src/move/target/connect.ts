import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Engine } from '../../engine/engine.ts';
import { openPostgres } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { limitSilence } from '../../revisions/silent-client.ts';
import { schema } from '../../schema/table.ts';

/** Far longer than any index build; a lost connection is found by keep-alive, not by this. */
const STATEMENT_SECONDS = 86_400;

/**
 * Opens the target with an empty schema: results are then decoded by PostgreSQL's types, whatever the moved tables call their columns.
 * Each piece of work gets a connection of its own.
 */
export function openTarget(url: string): Engine {
  const engine = openPostgres({
    schema: schema({}),
    url,
    pool: { size: 1, maxOverflow: 0, timeoutSeconds: 30, recycleSeconds: -1, statementSeconds: STATEMENT_SECONDS },
  });
  return {
    ...engine,
    // A machine that is gone with its network must not keep the locks of its move for hours: the same command goes on from another.
    dedicated: (work, signal) =>
      engine.dedicated(async (connection) => {
        await limitSilence(connection, true);
        return work(connection);
      }, signal),
  };
}

/** Runs work in a transaction on a dedicated connection. */
export async function inTransaction<T>(connection: Connection, work: () => Promise<T>, begin = 'BEGIN'): Promise<T> {
  await connection.script(begin);
  try {
    const value = await work();
    await connection.script('COMMIT');
    return value;
  } catch (error) {
    // A broken connection rolls back by itself, and its own error is the one to report.
    await connection.script('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** `flash_move` in ASCII: one move at a time per target database. */
const LOCK_KEY = '7378413942531123';
/** Whether a move keeps the target now. A killed one does so until the server notices, for seconds. */
export async function isTargetLocked(target: Connection): Promise<boolean> {
  const [row] = await target.query(
    `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (classid::bigint << 32 | objid::bigint) = ${LOCK_KEY}) AS is_locked`,
  );
  return row?.is_locked === true;
}

/** A killed run's connection is noticed by the server within this time. */
const LOCK_WAIT_SECONDS = 15;

/** Takes the target for this connection until it closes; throws when another move keeps it. */
export async function lockTarget(target: Connection, where: string): Promise<void> {
  for (let second = 0; ; second++) {
    const [row] = await target.query(`SELECT pg_try_advisory_lock(${LOCK_KEY}) AS is_mine`);
    if (row?.is_mine === true) return;
    if (second >= LOCK_WAIT_SECONDS) {
      throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
        what: 'Another move is running on this database.',
        where,
        hint: 'Wait for it to end, or stop it; then run the same command again.',
      });
    }
    await delay(1000);
  }
}

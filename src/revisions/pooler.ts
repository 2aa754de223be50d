import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { LOCK_KEY, LOCK_ROWS } from './holder.ts';

async function backendOf(connection: Connection): Promise<number> {
  const [row] = await connection.query('SELECT pg_backend_pid() AS "backend.pid"');
  return Number(row?.['backend.pid']);
}

/**
 * Refuses to work through a pooler that gives a connection another backend for each transaction: a lock taken there belongs to nobody.
 * It shows when a second connection, in an open transaction, gets the first one's backend, or the first one another.
 * Under load a pooler may hide for the moment of this look; `refuseLostLock` then sees it. Throws `FC_DB_POOLER`.
 */
export async function refuseTransactionPooler(connection: Connection, engine: Engine): Promise<void> {
  const before = await backendOf(connection);
  const isShared = await engine.dedicated(async (other) => {
    await other.script('BEGIN');
    try {
      return (await backendOf(other)) === before || (await backendOf(connection)) !== before;
    } finally {
      await other.script('ROLLBACK');
    }
  });
  if (isShared) throw throughPooler(engine);
}

/** Proves, inside a transaction, that the very backend it runs on holds the revision lock (facts F30). Throws `FC_DB_POOLER`. */
export async function refuseLostLock(connection: Connection, engine: Engine): Promise<void> {
  const holds = `SELECT count(*) AS "lock.held" FROM ${LOCK_ROWS} AND l.pid = pg_backend_pid()`;
  const [row] = await connection.query(holds);
  if (Number(row?.['lock.held']) > 0) return;
  await connection.script('ROLLBACK');
  // The lock lies on a backend that serves others now: it is given back when a statement happens to get there.
  for (let attempt = 0; attempt < 200; attempt++) {
    const [freed] = await connection.query(
      `SELECT CASE WHEN (${holds.replace(' AS "lock.held"', '')}) > 0 THEN pg_advisory_unlock(${LOCK_KEY}) END AS "lock.freed"`,
    );
    if (freed?.['lock.freed'] === true) break;
  }
  throw throughPooler(engine);
}

function throughPooler(engine: Engine): FlashcaseError {
  return new FlashcaseError('FC_DB_POOLER', {
    what: 'A pooler in transaction mode stands before PostgreSQL: a lock taken through it belongs to nobody, so revisions are not safe there.',
    where: engine.location,
    hint: 'Set DATABASE_DIRECT_URL to the PostgreSQL server itself; DATABASE_URL may stay with the pooler.',
  });
}

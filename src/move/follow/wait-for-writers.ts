import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';

/** Looked at again after this long, and then more and more rarely: on a busy server each look takes time from those it waits for. */
const LOOK_AGAIN_MS = 5;
const MOST_REST_MS = 40;

/** Transactions that hold a lock of a writer on a table or one of its partitions, this session's own left out. */
const WRITERS_SQL = `
  SELECT DISTINCT l.virtualtransaction AS m_transaction, l.pid AS m_pid
  FROM pg_locks AS l
  WHERE l.locktype = 'relation' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND l.relation IN (
      SELECT to_regclass(name)::oid FROM unnest($1::text[]) AS name
      UNION SELECT p.relid::oid FROM unnest($1::text[]) AS name, pg_partition_tree(to_regclass(name)) AS p)`;

/**
 * Returns when no transaction that began to write before the call is still open; called after the fence went up, it means that nothing more can
 * be written. It takes no lock, so that no writer can get into a deadlock with it: whoever comes later is refused by the fence, because a
 * statement locks its table before it asks the fence. Throws `FC_DB_LOCK_TIMEOUT` naming those who still write.
 */
export async function waitForWriters(
  postgres: Connection,
  tables: readonly Pick<CarriedTable, 'table'>[],
  limitMs: number,
): Promise<void> {
  const names = tables.map(({ table }) => quoted(table.name));
  const until = performance.now() + limitMs;
  const look = (): ReturnType<Connection['query']> => postgres.query(WRITERS_SQL, [names]);
  let writers = await look();
  const first = new Set(writers.map((row) => row.m_transaction));
  for (let rest = LOOK_AGAIN_MS; writers.length > 0; rest = Math.min(rest * 1.5, MOST_REST_MS)) {
    if (performance.now() >= until) {
      const pids = writers.map((row) => (row.m_pid === null ? 'a prepared transaction' : `process ${String(row.m_pid)}`));
      throw new FlashcaseError('FC_DB_LOCK_TIMEOUT', {
        what: `A transaction that began before is still writing: ${[...new Set(pids)].join(', ')}.`,
        hint: 'Wait until it ends, or end it: SELECT pg_terminate_backend(…).',
        details: { writers: pids },
      });
    }
    await delay(rest);
    writers = (await look()).filter((row) => first.has(row.m_transaction));
  }
}

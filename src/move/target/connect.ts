import type { Connection, Engine } from '../../engine/engine.ts';
import { openPostgres } from '../../engine/postgres/engine.ts';
import { schema } from '../../schema/table.ts';

/** Far longer than any index build; a lost connection is found by keep-alive, not by this. */
const STATEMENT_SECONDS = 86_400;

/**
 * Opens the target with an empty schema: results are then decoded by PostgreSQL's types, whatever the moved tables call their columns.
 * Each piece of work gets a connection of its own.
 */
export function openTarget(url: string): Engine {
  return openPostgres({
    schema: schema({}),
    url,
    pool: { size: 1, maxOverflow: 0, timeoutSeconds: 30, recycleSeconds: -1, statementSeconds: STATEMENT_SECONDS },
  });
}

/** Runs work in a transaction on a dedicated connection. */
export async function inTransaction<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  await connection.script('BEGIN');
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

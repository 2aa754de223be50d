import { FlashcaseError } from '../errors/index.ts';
import type { Session } from './database.ts';

const isLost = (error: unknown): boolean => error instanceof FlashcaseError && error.code === 'FC_DB_UNREACHABLE';

/**
 * Runs work of a read session that sees the database as it was at one moment, whatever others write meanwhile. SQLite's reads always do; on
 * PostgreSQL each statement of a session without a transaction sees the newest commit.
 */
export async function atOneMoment<T>(
  { mode, connection, capabilities, isAtOneMoment }: Session,
  work: () => Promise<T>,
): Promise<T> {
  if (mode === 'write' || isAtOneMoment === true || !capabilities.hasConcurrentWriters) return work();
  await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const value = await work();
    await connection.script('COMMIT');
    return value;
  } catch (error) {
    // A lost connection has no transaction any more. Of any other the next user must not find one: that it cannot be ended is told instead.
    if (!isLost(error)) await connection.script('ROLLBACK');
    throw error;
  }
}

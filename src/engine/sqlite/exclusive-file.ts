import { FlashcaseError } from '../../errors/index.ts';
import { SqliteConnection } from './connection.ts';
import { isBusy } from './errors.ts';
import { processesWith } from './lock-holder.ts';

/**
 * Opens a database that nobody else has open, and keeps everybody out until it is closed: it leaves WAL mode, which SQLite allows only
 * to the last one who has the file open, and takes the exclusive lock. The file then has no log beside it. Throws `FC_DB_BUSY` naming
 * the processes.
 */
export async function onExclusiveFile<T>(file: string, work: (connection: SqliteConnection) => Promise<T>): Promise<T> {
  const connection = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: 2000, columnTypes: new Map() });
  try {
    takeExclusive(connection, file);
    return await work(connection);
  } finally {
    if (connection.isInTransaction) connection.scriptSync('ROLLBACK');
    connection.close();
  }
}

function takeExclusive(connection: SqliteConnection, file: string): void {
  try {
    connection.pragma('journal_mode = DELETE');
    connection.scriptSync('BEGIN EXCLUSIVE');
    if (connection.pragma('journal_mode') === 'delete') return;
  } catch (error) {
    if (!isBusy((error as { cause?: unknown }).cause)) throw error;
  }
  const others = processesWith(file).map(({ pid }) => pid);
  throw new FlashcaseError('FC_DB_BUSY', {
    what: 'Another process has the database open, so its file cannot be exchanged.',
    where: file,
    ...(others.length === 0 ? {} : { why: `It is open in ${others.map((pid) => `process ${pid}`).join(', ')}.` }),
    hint: 'Stop the server and every other program that has the file open, and run the same command again.',
    details: { processes: others },
  });
}

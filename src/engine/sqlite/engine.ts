import { existsSync, realpathSync } from 'node:fs';
import { FlashcaseError } from '../../errors/index.ts';
import { columnTypes } from '../../schema/table.ts';
import type { Connection, Engine, EngineOptions } from '../engine.ts';
import { capabilities } from './capabilities.ts';
import { SqliteConnection } from './connection.ts';
import { ddl } from './ddl.ts';
import { makeDurable, refuseNetworkFileSystem } from './file-checks.ts';
import { introspect } from './introspect.ts';
import { watchVitals } from './vitals.ts';
import { WriteQueue } from './write-queue.ts';

/** Readers kept open. A reader is busy only while its request awaits; more requests than this wait for one. */
const READERS = 8;
/** Readers meet a lock only for the moment of a recovery or checkpoint restart. */
const READ_BUSY_MS = 5000;

export interface SqliteEngineOptions extends EngineOptions {
  readonly file: string;
  /** For a look only: nothing is set on the file, not even its journal mode. Writing fails, and the file must be there. */
  readonly isReadOnly?: boolean;
}

/**
 * The file behind a symbolic link: locks, the log beside the file, its file system and an exchange of files are the real file's, not the
 * link's. A file that is not there yet keeps the name it was given.
 */
function realFile(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

/**
 * Opens (and creates) an SQLite database: one writer, many readers, WAL, every commit synced.
 * Several processes may open the same file. Throws a `FlashcaseError` naming the file.
 */
export function openSqlite(given: SqliteEngineOptions): Engine {
  const options = { ...given, file: realFile(given.file) };
  refuseNetworkFileSystem(options.file);
  const types = columnTypes(options.schema);
  const { isReadOnly = false } = options;
  const setUp = (connection: SqliteConnection): void => {
    if (!isReadOnly) makeDurable(connection, options.file);
  };
  const connect = (busyTimeoutMs: number): SqliteConnection =>
    new SqliteConnection({
      file: options.file,
      readOnly: isReadOnly,
      busyTimeoutMs,
      columnTypes: types,
      onQuery: options.onQuery,
    });

  const writer = connect(READ_BUSY_MS);
  try {
    setUp(writer);
    writer.pragma('busy_timeout = 0');
  } catch (error) {
    writer.close();
    throw error;
  }
  const queue = new WriteQueue(writer, options.guard, options);
  const vitals = watchVitals(options.file);
  const idle: SqliteConnection[] = [];
  const readers = new Set<SqliteConnection>();
  const waiting: ((reader: SqliteConnection) => void)[] = [];
  let isClosed = false;

  async function takeReader(): Promise<SqliteConnection> {
    const asked = performance.now();
    const reader = await freeReader();
    options.onWait?.(performance.now() - asked);
    return reader;
  }

  async function freeReader(): Promise<SqliteConnection> {
    if (isClosed) throw new FlashcaseError('FC_DB_UNREACHABLE', { what: 'The database is closed.', where: options.file });
    const reader = idle.pop();
    if (reader !== undefined) return reader;
    if (readers.size >= READERS) return new Promise((resolve) => waiting.push(resolve));
    const opened = connect(READ_BUSY_MS);
    opened.pragma('query_only = ON');
    readers.add(opened);
    return opened;
  }

  return {
    name: 'sqlite',
    capabilities,
    ddl,
    introspect,
    location: options.file,
    // What could weaken it is set for each connection, and refused where it does not hold (file-checks.ts).
    weaknesses: async () => [],
    // The writer is one more connection, and is never idle in this sense: what waits for it waits in its queue.
    pool: () => ({
      limit: READERS,
      inUse: readers.size - idle.length,
      idle: idle.length,
      waiting: waiting.length + queue.length,
    }),
    vitals,
    version: async () => `SQLite ${String(writer.runSync('SELECT sqlite_version() AS v').rows[0]?.v)}`,

    async read(work) {
      const reader = await takeReader();
      try {
        reader.scriptSync('BEGIN');
        return await work(reader);
      } finally {
        if (reader.isInTransaction) reader.scriptSync('ROLLBACK');
        const next = waiting.shift();
        if (next === undefined) idle.push(reader);
        else next(reader);
      }
    },

    write: (work) =>
      isClosed
        ? Promise.reject(new FlashcaseError('FC_DB_UNREACHABLE', { what: 'The database is closed.', where: options.file }))
        : queue.add(work),

    async dedicated<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
      const connection = connect(READ_BUSY_MS);
      try {
        setUp(connection);
        return await work(connection);
      } finally {
        if (connection.isInTransaction) connection.scriptSync('ROLLBACK');
        connection.close();
      }
    },

    async scratch<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
      const connection = new SqliteConnection({ file: ':memory:', readOnly: false, busyTimeoutMs: 0, columnTypes: types });
      try {
        return await work(connection);
      } finally {
        connection.close();
      }
    },

    async close() {
      isClosed = true;
      await queue.settled();
      for (const reader of readers) reader.close();
      writer.close();
    },
  };
}

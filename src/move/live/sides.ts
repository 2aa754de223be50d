import { existsSync } from 'node:fs';
import type { Connection } from '../../engine/engine.ts';
import { openSqlite } from '../../engine/sqlite/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { schema } from '../../schema/table.ts';
import { silentFor, whileAnswering } from '../switch/deadline.ts';
import { openTarget } from '../target/connect.ts';

/** Both sides under one roof: a connection of its own to each, outside any transaction. Results are decoded by no schema. */
export interface Sides {
  readonly sqlite: Connection;
  readonly postgres: Connection;
}

type SidesOf = { readonly sqliteFile: string; readonly postgresUrl: string };

/** Lends a connection to the SQLite file; commits on it wait for the disk. */
export async function withSqlite<T>(file: string, work: (sqlite: Connection) => Promise<T>): Promise<T> {
  // Opening would make an empty one.
  if (!existsSync(file))
    throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
      what: 'There is no SQLite file here.',
      where: file,
      hint: 'Name the file of the move with --from.',
    });
  const engine = openSqlite({ schema: schema({}), file });
  try {
    return await engine.dedicated(work);
  } finally {
    await engine.close();
  }
}

/**
 * Lends a connection to PostgreSQL; commits on it wait for the disk. Throws `FC_DB_UNREACHABLE` when there is none.
 * @param signal cuts it off: what runs on it, and the opening of it, fails.
 */
export async function withPostgres<T>(url: string, work: (postgres: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const engine = openTarget(url);
  try {
    return await engine.dedicated(work, signal);
  } finally {
    await engine.close();
  }
}

/** For a few short statements, each of which waits for a lock for 5 s at most. */
export const ANSWER_MS = 8000;

/** As `withPostgres`, for a few short statements: a network may be gone and tell nobody, and then nothing would ever end. */
export function withAnswering<T>(url: string, work: (postgres: Connection) => Promise<T>): Promise<T> {
  return withPostgres(url, work, AbortSignal.timeout(ANSWER_MS));
}

const unreachable = (ms: number): FlashcaseError =>
  new FlashcaseError('FC_DB_UNREACHABLE', {
    what: silentFor(ms),
    hint: 'Look at the server and the network to it.',
  });

/**
 * Runs work that may rightly take long on connections of its own, as long as PostgreSQL answers a simple question on another. Throws `FC_DB_UNREACHABLE`
 * when there is none, or when it falls silent: a network may be gone and tell nobody, and TCP alone finds that after a quarter of an hour.
 * @param work is to end when its signal is aborted.
 */
export async function whileReachable<T>(url: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const opening = new AbortController();
  const late = setTimeout(() => opening.abort(), ANSWER_MS);
  try {
    return await withPostgres(
      url,
      (postgres) => {
        clearTimeout(late);
        return whileAnswering(postgres, ANSWER_MS, unreachable, work);
      },
      opening.signal,
    );
  } finally {
    clearTimeout(late);
  }
}

/** Lends a connection to each side. */
export function withSides<T>({ sqliteFile, postgresUrl }: SidesOf, work: (sides: Sides) => Promise<T>): Promise<T> {
  return withSqlite(sqliteFile, (sqlite) => withPostgres(postgresUrl, (postgres) => work({ sqlite, postgres })));
}

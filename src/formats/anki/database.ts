import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { FlashcaseError } from '../../errors/index.ts';
import { tooNew, unreadable } from '../refusals.ts';

const NEEDED = ['col', 'notes', 'cards', 'revlog'];
const MAGIC = 'SQLite format 3\0';

async function startOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A failure while a stranger's database is read, in FlashCase's words. */
export function damaged(error: unknown): FlashcaseError {
  if (error instanceof FlashcaseError) return error;
  return unreadable('The collection in the package is damaged.', {
    why: error instanceof Error ? error.message : String(error),
    hint: 'In Anki, run Tools → Check Database, then export again.',
    cause: error,
  });
}

/** Runs work on a stranger's database: SQLite's errors become `FC_IMPORT_UNREADABLE`. */
export function readingSqlite<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw damaged(error);
  }
}

/**
 * Anki declares columns with a collation that only Anki has: SQLite then refuses half of all queries. On this private copy the name is
 * taken out of the declarations; indexes that were sorted by it go, since their order is now wrong.
 */
function withoutUnicase(file: string): void {
  const connect = () => new DatabaseSync(file, { defensive: false, enableForeignKeyConstraints: false });
  let database = connect();
  try {
    const has = database.prepare("SELECT 1 FROM sqlite_master WHERE sql LIKE '%unicase%' LIMIT 1").get();
    if (has === undefined) return;
    database.exec(`PRAGMA writable_schema = 1;
      UPDATE sqlite_master SET sql = replace(replace(sql, 'COLLATE unicase', ''), 'collate unicase', '') WHERE sql LIKE '%unicase%'`);
    database.close();
    database = connect();
    const indexes = database
      .prepare(
        `SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
         AND tbl_name IN ('fields', 'templates', 'notetypes', 'decks', 'deck_config', 'tags')`,
      )
      .all() as { name: string }[];
    for (const { name } of indexes) database.exec(`DROP INDEX "${name.replaceAll('"', '""')}"`);
  } finally {
    database.close();
  }
}

/** Indexes of our own on the private copy: those of a stranger's file may not say what its tables say. */
export const CARD_INDEX = 'flashcase_cards_of_note';
export const REVIEW_INDEX = 'flashcase_reviews_of_card';

/** Cards are looked up by their note, and reviews by their card, whatever indexes the file came with. */
function indexRows(database: DatabaseSync): void {
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    CREATE INDEX ${CARD_INDEX} ON cards (nid, ord, id); CREATE INDEX ${REVIEW_INDEX} ON revlog (cid, id)`);
}

export interface AnkiDatabase {
  readonly database: DatabaseSync;
  readonly schema: 11 | 18;
}

/** Opens the unpacked collection, a file of our own, for reading. */
export async function openAnkiDatabase(file: string): Promise<AnkiDatabase> {
  if ((await startOf(file)) !== MAGIC) throw unreadable('The collection in the package is not an SQLite database.');
  return readingSqlite(() => {
    withoutUnicase(file);
    const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    try {
      // Nothing a stranger declared may run: no view, trigger or function of theirs is reached by reading plain tables.
      database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
      const tables = new Map(
        (
          database.prepare('SELECT name, type, sql FROM sqlite_master').all() as {
            name: string;
            type: string;
            sql: string | null;
          }[]
        )
          .filter(({ type, sql }) => type === 'table' && !/^\s*create\s+virtual/i.test(sql ?? ''))
          .map(({ name }) => [name, true]),
      );
      const missing = NEEDED.find((name) => !tables.has(name));
      if (missing !== undefined) {
        throw unreadable(`The database in the package is not Anki’s: it has no table ${missing}.`);
      }
      const { ver } = (database.prepare('SELECT ver FROM col').get() ?? {}) as { ver?: number };
      if (ver === undefined) throw unreadable('The collection in the package is empty.');
      if (ver > 18) throw tooNew(`The collection was made by a newer Anki (schema ${ver}); FlashCase reads up to schema 18.`);
      if (ver < 11)
        throw unreadable(`The collection was made by an Anki before 2.0 (schema ${ver}). Open and export it with a newer one.`);
      indexRows(database);
      database.exec('PRAGMA query_only = ON');
      return { database, schema: tables.has('notetypes') ? 18 : 11 };
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

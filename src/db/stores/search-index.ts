import type { Connection, Engine } from '../../engine/engine.ts';
import { DERIVED_PREFIX } from '../../engine/schema-form.ts';

/** The full-text index of `search_card`: an FTS5 table with its triggers, or a GIN index. */
export const SEARCH_INDEX = `${DERIVED_PREFIX}search`;
/** The tokens as PostgreSQL indexes them; a query must say it in the very same words. */
export const VECTOR = "to_tsvector('pg_catalog.simple'::regconfig, search_card.words)";

const MAKE: Readonly<Record<string, string>> = {
  // The table's own rows are its content: nothing is stored twice. Tokens are ASCII, and nobody asks for FTS5's rank.
  [SEARCH_INDEX]: `CREATE VIRTUAL TABLE ${SEARCH_INDEX} USING fts5(words, content='search_card', content_rowid='card_id', tokenize='ascii', columnsize=0)`,
  [`${SEARCH_INDEX}_insert`]: `CREATE TRIGGER ${SEARCH_INDEX}_insert AFTER INSERT ON search_card BEGIN
    INSERT INTO ${SEARCH_INDEX} (rowid, words) VALUES (new.card_id, new.words); END`,
  [`${SEARCH_INDEX}_delete`]: `CREATE TRIGGER ${SEARCH_INDEX}_delete AFTER DELETE ON search_card BEGIN
    INSERT INTO ${SEARCH_INDEX} (${SEARCH_INDEX}, rowid, words) VALUES ('delete', old.card_id, old.words); END`,
  [`${SEARCH_INDEX}_update`]: `CREATE TRIGGER ${SEARCH_INDEX}_update AFTER UPDATE ON search_card
    WHEN old.words <> new.words OR old.card_id <> new.card_id BEGIN
    INSERT INTO ${SEARCH_INDEX} (${SEARCH_INDEX}, rowid, words) VALUES ('delete', old.card_id, old.words);
    INSERT INTO ${SEARCH_INDEX} (rowid, words) VALUES (new.card_id, new.words); END`,
};

/** An index that is being made waits so long for each transaction that was open before; then it is tried again another time. */
const OPEN_TRANSACTIONS_SECONDS = 300;

const ready = new WeakMap<Engine, Promise<void>>();

/**
 * Makes the full-text index where it is missing: on a new database, after a move, after a rebuild of the table. It is in no revision: all
 * that it knows is in `search_card`, and whoever owns the tables can make it again.
 * @param signal ends it early: PostgreSQL's waits for transactions that were open before
 */
export function ensureSearchIndex(engine: Engine, signal?: AbortSignal): Promise<void> {
  const known = ready.get(engine);
  if (known !== undefined) return known;
  const made = makeSearchIndex(engine, false, signal).then(
    (isThere) => {
      if (!isThere) ready.delete(engine);
    },
    (error: unknown) => {
      ready.delete(engine);
      throw error;
    },
  );
  ready.set(engine, made);
  return made;
}

/**
 * Waits for the full-text index where nothing is found without it. PostgreSQL finds everything without, only slower: a search there makes
 * nothing and waits for nothing, since its role perhaps may not; upgrades, moves and the upkeep of the servers make the index.
 */
export async function readySearchIndex(engine: Engine): Promise<void> {
  if (engine.capabilities.isLocalFile) await ensureSearchIndex(engine);
}

/** Makes the full-text index, where it is missing or, with `isAnew`, in any case. False where another process is at it. */
export function makeSearchIndex(engine: Engine, isAnew: boolean, signal?: AbortSignal): Promise<boolean> {
  return engine.dedicated(
    (connection) => (engine.capabilities.isLocalFile ? makeFts5(connection, isAnew) : makeGin(connection, isAnew)),
    signal,
  );
}

/** The same for an SQLite file that is being made, on its own connection, outside a transaction. */
export async function makeFileSearchIndex(connection: Connection): Promise<void> {
  await makeFts5(connection, false);
}

async function makeFts5(connection: Connection, isAnew: boolean): Promise<boolean> {
  const names = Object.keys(MAKE);
  const there = async (): Promise<Set<string>> => {
    const rows = await connection.query(
      `SELECT name AS object_name FROM main.sqlite_schema WHERE name IN (${names.map(() => '?').join(', ')})`,
      names,
    );
    return new Set(rows.map((row) => String(row.object_name)));
  };
  if (!isAnew && (await there()).size === names.length) return true;
  await connection.script('BEGIN IMMEDIATE');
  // Another process may have made it while this one waited.
  const found = await there();
  if (isAnew || found.size < names.length) {
    for (const name of names.toReversed()) {
      if (found.has(name)) await connection.script(`DROP ${name === SEARCH_INDEX ? 'TABLE' : 'TRIGGER'} main.${name}`);
    }
    for (const sql of Object.values(MAKE)) await connection.script(sql);
    await connection.script(`INSERT INTO ${SEARCH_INDEX} (${SEARCH_INDEX}) VALUES ('rebuild')`);
  }
  await connection.script('COMMIT');
  return true;
}

async function makeGin(connection: Connection, isAnew: boolean): Promise<boolean> {
  // Ends with the connection. Without it a second server would take an index that is being built for one that was interrupted.
  const [lock] = await connection.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS is_mine', [SEARCH_INDEX]);
  if (lock?.is_mine !== true) return false;
  const [found] = await connection.query(
    `SELECT x.indisvalid AS is_valid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
     WHERE i.relname = $1 AND i.relnamespace = current_schema()::regnamespace`,
    [SEARCH_INDEX],
  );
  if (!isAnew && found?.is_valid === true) return true;
  await connection.script(`SET lock_timeout = '${OPEN_TRANSACTIONS_SECONDS}s'`);
  // A server that stops ends this connection; without this PostgreSQL would see that only when the index is there. Not every platform can.
  await connection
    .query("SELECT set_config(name, '500', false) FROM pg_settings WHERE name = 'client_connection_check_interval'")
    .catch(() => {});
  // One that was interrupted stays behind, not valid; nobody waits for any of these statements, and searches have the old one meanwhile.
  for (const name of await leftBehind(connection)) await connection.script(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  await connection.script(
    found?.is_valid === true
      ? `REINDEX INDEX CONCURRENTLY ${SEARCH_INDEX}`
      : `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${SEARCH_INDEX} ON search_card USING gin (${VECTOR})`,
  );
  return true;
}

/** Indexes that were interrupted while they were made: under their own name, or under those that REINDEX gives them. */
async function leftBehind(connection: Connection): Promise<string[]> {
  const rows = await connection.query(
    `SELECT i.relname AS index_name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
     WHERE x.indrelid = 'search_card'::regclass AND NOT x.indisvalid AND i.relname ~ $1`,
    [`^${SEARCH_INDEX}(_cc(new|old)\\d*)?$`],
  );
  return rows.map((row) => String(row.index_name));
}

/** What FTS5 itself finds wrong between its index and `search_card`, or that PostgreSQL has none it may use; `undefined` where all is well. */
export async function searchIndexDamage(engine: Engine): Promise<string | undefined> {
  return engine.dedicated(async (connection) => {
    if (!engine.capabilities.isLocalFile) {
      const [found] = await connection.query(
        'SELECT (SELECT x.indisvalid FROM pg_index x WHERE x.indexrelid = to_regclass($1)) AS is_valid',
        [SEARCH_INDEX],
      );
      if (found?.is_valid === true) return undefined;
      const state = found?.is_valid === false ? 'not whole' : 'not there';
      return `${SEARCH_INDEX} is ${state}, or is just being made; every search reads the words of all cards meanwhile.`;
    }
    try {
      await connection.script(`INSERT INTO ${SEARCH_INDEX} (${SEARCH_INDEX}, rank) VALUES ('integrity-check', 1)`);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  });
}

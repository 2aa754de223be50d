import { chownSync, closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import type { Connection } from '../../engine/engine.ts';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { sequenceName } from '../../engine/postgres/ddl.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { openSqlite } from '../../engine/sqlite/engine.ts';
import { translateSqliteError } from '../../engine/sqlite/errors.ts';
import { removeDatabase } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { upgrade } from '../../revisions/run.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { MOST_NAMED, RowDecoder, type Unholdable } from '../follow/carried-values.ts';
import { carriedColumns } from '../follow/postgres-journal.ts';
import { quoted } from '../source/source-tables.ts';
import { inTransaction } from '../target/connect.ts';
import type { HomeAccount, HomeOptions } from './home-options.ts';
import { sourceRows } from './source-rows.ts';

/** An empty file that only its owner can read, with the tables and the ledger the revisions make. */
async function makeTables(file: string, { schema, revisions, clock }: HomeOptions): Promise<void> {
  removeDatabase(file);
  closeSync(openSync(file, 'wx', 0o600));
  // The server's user must be able to read it, also when root types the command.
  const { uid, gid } = statSync(dirname(file));
  if (process.getuid?.() === 0) chownSync(file, uid, gid);
  const engine = openSqlite({ schema, file });
  try {
    await upgrade({ engine, revisions, clock });
  } finally {
    await engine.close();
  }
}

/**
 * Takes indexes and triggers away while rows come: an index is built faster when they are there, and PostgreSQL's triggers have done their work.
 * @returns what makes them again, to the letter and in their order.
 */
function setAside(sqlite: SqliteConnection): string[] {
  const objects = sqlite.runSync(
    "SELECT type AS m_type, name AS m_name, sql AS m_sql FROM main.sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
  ).rows;
  for (const { m_type: type, m_name: name } of objects) sqlite.scriptSync(`DROP ${String(type)} main.${quoted(String(name))}`);
  return objects.map((row) => String(row.m_sql));
}

function refuseUnholdable(problems: readonly Unholdable[], where: string): void {
  if (problems.length === 0) return;
  const shown = problems.map(({ table, key, column, value, why }) =>
    `${table} ${key}: ${column} ${value}: ${why}`.replaceAll('  ', ' '),
  );
  throw new FlashcaseError('FC_MOVE_DECISION_NEEDED', {
    what: `SQLite cannot hold what is in PostgreSQL: ${shown.join('; ')}.`,
    where,
    why: 'The file did not get its name, and PostgreSQL is as it was.',
    hint: 'Change these values in PostgreSQL, or delete the rows; then run the command again.',
    details: { problems },
  });
}

function insertStatement(sqlite: SqliteConnection, carried: CarriedTable): StatementSync {
  const names = carriedColumns(carried).map(([name]) => quoted(name));
  const statement = sqlite.raw.prepare(
    `INSERT INTO main.${quoted(carried.table.name)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  );
  // `run` returns the last row id, which may be larger than a number.
  statement.setReadBigInts(true);
  return statement;
}

async function copyTable(
  postgres: PostgresConnection,
  sqlite: SqliteConnection,
  carried: CarriedTable,
  where: string,
  { events, signal }: HomeOptions,
): Promise<number> {
  const decoder = new RowDecoder(carried);
  const insert = insertStatement(sqlite, carried);
  const problems: Unholdable[] = [];
  let rows = 0;
  for await (const page of sourceRows(postgres, carried, where)) {
    signal?.throwIfAborted();
    for (const row of page) {
      const values = decoder.decode(row, problems);
      if (values === undefined) continue;
      try {
        insert.run(...(values as never[]));
      } catch (error) {
        // A value the file's own conditions refuse; anything else, a full disk for example, is no matter of this row.
        if (((error as { errcode?: number }).errcode ?? 0) % 256 !== 19) throw error;
        problems.push(decoder.refused(row, (error as Error).message));
      }
      if (problems.length >= MOST_NAMED) refuseUnholdable(problems, where);
    }
    rows += page.length;
    events.rows(carried.table.name, page.length);
  }
  refuseUnholdable(problems, where);
  return rows;
}

/** The counter of each table goes on after the highest id PostgreSQL ever handed out, also where its row is gone (facts T-22). */
async function setCounters(
  postgres: PostgresConnection,
  sqlite: SqliteConnection,
  tables: readonly CarriedTable[],
): Promise<void> {
  for (const { table } of tables) {
    const [only, ...others] = table.primaryKey;
    // Other generated columns have no counter in SQLite.
    if (only === undefined || others.length > 0 || table.columns[only]?.isGenerated !== true) continue;
    const last = await lastHandedOut(postgres, sequenceName(table, only));
    if (last === 0n) continue;
    const { changes } = sqlite.runSync('UPDATE main.sqlite_sequence SET seq = max(seq, ?) WHERE name = ?', [last, table.name]);
    if (changes === 0) sqlite.runSync('INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)', [table.name, last]);
  }
}

/** The highest value a sequence handed out; 0 when it never did. */
export async function lastHandedOut(postgres: PostgresConnection, sequence: string): Promise<bigint> {
  const [row] = await postgres.query(
    `SELECT CASE WHEN is_called THEN last_value ELSE 0 END::text AS m_last FROM ${quoted(sequence)}`,
  );
  return BigInt(row?.m_last as string);
}

function refuseDamaged(sqlite: SqliteConnection, file: string): void {
  const orphans = sqlite.runSync('PRAGMA foreign_key_check').rows;
  const verdict = sqlite.runSync('PRAGMA integrity_check(5)').rows.map((row) => String(Object.values(row)[0]));
  const problems = [
    ...orphans
      .slice(0, 5)
      .map((row) => `a row of ${String(row.table)} refers to a row of ${String(row.parent)} that is not there`),
    ...(verdict[0] === 'ok' ? [] : verdict),
  ];
  if (problems.length === 0) return;
  throw new FlashcaseError('FC_MOVE_FAILED', {
    what: `The file that was made is not right: ${problems.join('; ')}.`,
    where: file,
    why: 'It did not get its name, and PostgreSQL is as it was.',
    hint: 'Was PostgreSQL written past its fence meanwhile? Run the command again; if it comes back, flashcase move plan names the rows.',
    details: { problems },
  });
}

/**
 * Makes the file anew, with everything PostgreSQL has in the caller's snapshot. Until it gets its name nobody needs it, so nothing of it is synced before the end:
 * then it is, as a whole.
 * @param turnGate writes the application's gate in the file.
 * @returns the rows read from PostgreSQL and those counted in the file.
 */
export async function makeFile(
  postgres: PostgresConnection,
  file: string,
  where: string,
  options: HomeOptions,
  turnGate: (sqlite: Connection) => Promise<void>,
): Promise<HomeAccount[]> {
  const { tables, events } = options;
  await makeTables(file, options);
  await options.onStep?.('tables');
  const sqlite = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: 0, columnTypes: new Map() });
  try {
    // One file without a log beside it: what gets its name later is all there is.
    for (const pragma of [
      'journal_mode = DELETE',
      'journal_mode = MEMORY',
      'synchronous = OFF',
      'foreign_keys = OFF',
      'cache_size = -65536',
    ])
      sqlite.pragma(pragma);
    const again = setAside(sqlite);
    const read = new Map<string, number>();
    await inTransaction(sqlite, async () => {
      // A revision may have written rows, which come from PostgreSQL as well.
      for (const { table } of tables) sqlite.scriptSync(`DELETE FROM main.${quoted(table.name)}`);
      for (const carried of tables) {
        read.set(carried.table.name, await copyTable(postgres, sqlite, carried, where, options));
        await options.onStep?.(`table ${carried.table.name}`);
      }
      await setCounters(postgres, sqlite, tables);
      await turnGate(sqlite);
    });
    await options.onStep?.('copied');
    events.phase('indexes', `building ${again.length} indexes and triggers, checking every page`);
    for (const sql of again) {
      options.signal?.throwIfAborted();
      sqlite.scriptSync(sql);
    }
    await options.derive?.(sqlite);
    refuseDamaged(sqlite, file);
    sqlite.pragma('journal_mode = DELETE');
    return tables.map(({ table }) => ({
      table: table.name,
      rowsIn: read.get(table.name) ?? 0,
      rowsOut: Number(sqlite.runSync(`SELECT count(*) AS m_rows FROM main.${quoted(table.name)}`).rows[0]?.m_rows),
    }));
  } catch (error) {
    throw error instanceof FlashcaseError || (error as { code?: string }).code !== 'ERR_SQLITE_ERROR'
      ? error
      : translateSqliteError(error, file);
  } finally {
    sqlite.close();
  }
}

/** Makes all of the file outlive a power cut. */
export function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

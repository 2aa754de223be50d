import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import pg from 'pg';
import type { Connection } from '../../src/engine/engine.ts';
import { ddl } from '../../src/engine/postgres/ddl.ts';
import { SqliteConnection } from '../../src/engine/sqlite/connection.ts';
import { ddl as sqliteDdl } from '../../src/engine/sqlite/ddl.ts';
import { installPostgresCapture } from '../../src/move/capture/postgres-capture.ts';
import { installSqliteCapture } from '../../src/move/capture/sqlite-capture.ts';
import { type CarriedTable, carriedTables } from '../../src/move/carried-tables.ts';
import type { Carrier } from '../../src/move/follow/carrier.ts';
import { openForward } from '../../src/move/follow/forward.ts';
import type { Decision } from '../../src/move/plan/rules.ts';
import { Rules } from '../../src/move/plan/rules.ts';
import { createBookkeeping } from '../../src/move/target/bookkeeping.ts';
import { openTarget } from '../../src/move/target/connect.ts';
import { codecOf } from '../../src/schema/codec.ts';
import type { Schema, Table } from '../../src/schema/index.ts';
import type { Target } from '../support/database.ts';
import { freshTarget, library, onTarget, temporaryFolder } from './library.ts';

export const RUN_ID = 'mv-test';

const q = (name: string): string => `"${name}"`;

export interface PairOptions {
  readonly of?: Schema;
  /** Tables on the SQLite side take anything. */
  readonly isLoose?: boolean;
  readonly rules?: readonly Decision[];
  /** A database to use again: everything in it goes first. */
  readonly url?: string;
  /** What stands behind `?` in the carrier's URL. */
  readonly urlOptions?: string;
}

export interface Pair {
  readonly of: Schema;
  readonly tables: readonly CarriedTable[];
  /** SQLite with the capture on; foreign keys are enforced unless the tables are loose. */
  readonly db: DatabaseSync;
  readonly file: string;
  readonly url: string;
  /** Opens a carrier that has claimed and is prepared. */
  carrier(rules?: readonly Decision[]): Promise<Carrier>;
}

/** Tables of the schema; loose ones take anything but keep their key unique, which a live move needs. */
function makeSqlite(db: DatabaseSync, of: Schema, isLoose: boolean): void {
  for (const entry of Object.values(of.tables)) {
    if (!isLoose) {
      for (const sql of sqliteDdl.createTable(entry)) db.exec(sql);
      for (const index of entry.indexes) db.exec(sqliteDdl.createIndex(entry, index));
      for (const trigger of entry.triggers) for (const sql of sqliteDdl.createTrigger(entry, trigger)) db.exec(sql);
      continue;
    }
    const columns = Object.entries(entry.columns).map(
      ([name, { isGenerated }]) => `${q(name)}${isGenerated ? ' INTEGER PRIMARY KEY AUTOINCREMENT' : ''}`,
    );
    const hasId = Object.values(entry.columns).some(({ isGenerated }) => isGenerated);
    db.exec(
      `CREATE TABLE ${q(entry.name)} (${columns.join(', ')}${hasId ? '' : `, UNIQUE (${entry.primaryKey.map(q).join(', ')})`})`,
    );
  }
}

/** References last: tables may refer to each other. */
async function makePostgres(connection: Connection, of: Schema): Promise<void> {
  const tables = Object.values(of.tables);
  const statements = [
    ...tables.flatMap((entry) => [
      ...ddl.createTable({ ...entry, foreignKeys: [] }),
      ...entry.indexes.map((index) => ddl.createIndex(entry, index)),
      ...entry.triggers.flatMap((trigger) => ddl.createTrigger(entry, trigger)),
    ]),
    ...tables.flatMap((entry) => entry.foreignKeys.map((key) => `ALTER TABLE ${q(entry.name)} ADD ${ddl.foreignKeyClause(key)}`)),
  ];
  await connection.script(statements.join(';\n'));
}

/** A SQLite file and a PostgreSQL database of the same schema, empty, in the middle of a move that copied nothing. */
export async function pair(t: TestContext, target: Target, options: PairOptions = {}): Promise<Pair> {
  const of = options.of ?? library;
  const tables = carriedTables(of, []);
  const file = join(temporaryFolder(t), 'source.db');
  const sqlite = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: 5000, columnTypes: new Map() });
  const db = sqlite.raw;
  t.after(() => sqlite.close());
  db.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ${options.isLoose === true ? 'OFF' : 'ON'}`,
  );
  makeSqlite(db, of, options.isLoose === true);
  await installSqliteCapture(sqlite, tables, { runId: RUN_ID, target: 'here', epoch: 1 });
  db.exec("UPDATE flashcase_move SET phase = 'forward'");
  const url = options.url ?? (await freshTarget(t, target));
  const maker = openTarget(url);
  await maker.dedicated(async (connection) => {
    if (options.url !== undefined)
      await connection.script('DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS flashcase_move CASCADE');
    await makePostgres(connection, of);
    await createBookkeeping(connection);
    await installPostgresCapture(connection, tables, { runId: RUN_ID, epoch: 1, position: 0n });
  });
  await maker.close();
  return {
    of,
    tables,
    db,
    file,
    url,
    async carrier(rules = options.rules ?? []) {
      const carrier = await openForward({
        schema: of,
        tables,
        sqliteFile: file,
        postgresUrl: options.urlOptions === undefined ? url : `${url}?${options.urlOptions}`,
        runId: RUN_ID,
        rules: new Rules(rules),
      });
      t.after(() => carrier.close());
      await carrier.claim('a test');
      await carrier.prepare();
      return carrier;
    },
  };
}

const SEND = {
  int32: 'int4send',
  int64: 'int8send',
  float64: 'float8send',
  boolean: 'boolsend',
  text: 'textsend',
  timestamp: 'timestamptz_send',
  bytes: 'byteasend',
} as const;

/** Every row of some tables on both sides in one form that shows every bit, sorted; in the order of the tables. */
async function bothSides(
  { db, url }: Pair,
  tables: readonly Table[],
): Promise<{ table: string; sqlite: string[]; postgres: string[] }[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const sides: { table: string; sqlite: string[]; postgres: string[] }[] = [];
    for (const { name: table, columns: defined } of tables) {
      const columns = Object.entries(defined);
      const statement = db.prepare(`SELECT ${columns.map(([name]) => q(name)).join(', ')} FROM ${q(table)}`);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      const line = (cells: readonly (string | null)[]): string => columns.map(([name], i) => `${name}=${cells[i]}`).join(' ');
      const sqlite = (statement.all() as unknown as (bigint | number | string | Uint8Array | null)[][]).map((cells) =>
        line(
          columns.map(([, { type }], i) => {
            const cell = cells[i] ?? null;
            if (cell === null) return null;
            const codec = codecOf(type);
            return codec.toBinary(codec.fromSqlite(cell)).toString('hex');
          }),
        ),
      );
      const { rows } = await client.query<(string | null)[]>({
        text: `SELECT ${columns.map(([name, { type }]) => `encode(${SEND[type]}(${q(name)}), 'hex')`).join(', ')} FROM ${q(table)}`,
        rowMode: 'array',
      });
      sides.push({ table, sqlite: sqlite.sort(), postgres: rows.map(line).sort() });
    }
    return sides;
  } finally {
    await client.end();
  }
}

export async function rowsOf(made: Pair, table: string): Promise<{ sqlite: string[]; postgres: string[] }> {
  const [sides] = await bothSides(made, [made.of.tables[table] as Table]);
  return sides as { sqlite: string[]; postgres: string[] };
}

/** The tables in which both sides differ; none when PostgreSQL is exactly SQLite. */
export async function differing(made: Pair): Promise<string[]> {
  const sides = await bothSides(
    made,
    made.tables.map(({ table }) => table),
  );
  return sides
    .filter(({ sqlite, postgres }) => sqlite.join('\n') !== postgres.join('\n'))
    .map(({ table, sqlite, postgres }) => `${table}: ${sqlite.join(' | ')} <> ${postgres.join(' | ')}`);
}

/** A change of the target by somebody the fence lets through. */
export async function tamper({ url }: Pick<Pair, 'url'>, sql: string): Promise<void> {
  await onTarget(url, `SET flashcase_move.pass = 'on'; ${sql}`);
}

export async function positionOf({ url }: Pick<Pair, 'url'>): Promise<bigint> {
  const [row] = await onTarget(url, 'SELECT position::text AS p FROM flashcase_move.side');
  return BigInt(row?.p as string);
}

export async function quarantineOf({ url }: Pick<Pair, 'url'>): Promise<string[]> {
  const rows = await onTarget(
    url,
    "SELECT table_name || ' ' || row_key || ' ' || reason AS line FROM flashcase_move.quarantine ORDER BY 1",
  );
  return rows.map(({ line }) => line as string);
}

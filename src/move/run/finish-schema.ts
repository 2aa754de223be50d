import type { Connection, Engine } from '../../engine/engine.ts';
import { ddl, keyOf, keyClauses, sequenceName } from '../../engine/postgres/ddl.ts';
import type { Schema, Table } from '../../schema/table.ts';
import type { MoveEvents } from '../move-events.ts';
import { quoted } from '../source/source-tables.ts';

/** Connections that build indexes at the same time. */
const BUILDERS = 2;
/** For each index build; two at once must fit the smallest server worth moving to. */
const MAINTENANCE_MEMORY = '256MB';

interface Build {
  readonly table: string;
  readonly name: string;
  /** Rows times columns: a guess good enough to start the longest first. */
  readonly cost: number;
  readonly sql: string;
}

/**
 * Index builds of a table. Keys are built as plain unique indexes, which several connections may do at once on one table, and become
 * constraints of the same name afterwards, which costs nothing.
 */
function buildsOf(table: Table, rows: number): Build[] {
  const unique = (name: string, columns: readonly string[]): Build => ({
    table: table.name,
    name,
    cost: rows * columns.length,
    sql: `CREATE UNIQUE INDEX ${quoted(name)} ON ${quoted(table.name)} (${columns.map(quoted).join(', ')})`,
  });
  return [
    unique(`${table.name}_pkey`, keyOf(table)),
    ...table.uniques.map(({ name, columns }) => unique(name, columns)),
    ...table.indexes.map((index) => ({ table: table.name, name: index.name, cost: rows * index.columns.length, sql: ddl.createIndex(table, index) })),
  ];
}

/** Gives every job to the next free connection, in order; the first failure stops all. */
async function inParallel<T>(target: Engine, jobs: readonly T[], work: (connection: Connection, job: T) => Promise<void>): Promise<void> {
  const queue = [...jobs];
  const lane = (): Promise<void> =>
    target.dedicated(async (connection) => {
      await connection.script(`SET maintenance_work_mem = '${MAINTENANCE_MEMORY}'`);
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) await work(connection, job);
    });
  const results = await Promise.allSettled(
    Array.from({ length: Math.min(BUILDERS, jobs.length) }, () =>
      lane().catch((error: unknown) => {
        queue.length = 0;
        throw error;
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function names(connection: Connection, sql: string): Promise<Set<string>> {
  return new Set((await connection.query(sql)).map((row) => String(row.found)));
}

const existingIndexes = (connection: Connection): Promise<Set<string>> =>
  names(connection, `SELECT c.relname::text AS found FROM pg_class AS c WHERE c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace`);

const existingConstraints = (connection: Connection): Promise<Set<string>> =>
  names(
    connection,
    `SELECT r.relname || '.' || c.conname AS found FROM pg_constraint AS c JOIN pg_class AS r ON r.oid = c.conrelid
     WHERE c.connamespace = current_schema()::regnamespace`,
  );

/** Makes constraints of the unique indexes of that name, and declares the foreign keys without checking them yet. */
async function declareKeys(connection: Connection, tables: readonly Table[]): Promise<void> {
  const existing = await existingConstraints(connection);
  for (const table of tables) {
    const alter = `ALTER TABLE ${quoted(table.name)} ADD`;
    const keys = [{ name: `${table.name}_pkey`, kind: 'PRIMARY KEY' }, ...table.uniques.map(({ name }) => ({ name, kind: 'UNIQUE' }))];
    for (const { name, kind } of keys) {
      if (!existing.has(`${table.name}.${name}`)) await connection.script(`${alter} CONSTRAINT ${quoted(name)} ${kind} USING INDEX ${quoted(name)}`);
    }
  }
  for (const table of tables) {
    const clauses = keyClauses(table).foreignKeys;
    for (const [i, key] of table.foreignKeys.entries()) {
      if (!existing.has(`${table.name}.${key.name}`)) await connection.script(`ALTER TABLE ${quoted(table.name)} ADD ${clauses[i]} NOT VALID`);
    }
  }
}

/** Checks every row against the foreign keys; one table at a time per connection, since two checks of one table wait for each other. */
async function validateKeys(target: Engine, tables: readonly Table[]): Promise<void> {
  await inParallel(target, tables.filter((table) => table.foreignKeys.length > 0), async (connection, table) => {
    for (const { name } of table.foreignKeys) await connection.script(`ALTER TABLE ${quoted(table.name)} VALIDATE CONSTRAINT ${quoted(name)}`);
  });
}

/**
 * Builds keys, indexes and foreign keys after the data, longest first over two connections, then gathers statistics. What is already there is
 * left: an interrupted call is simply repeated. At the end every foreign key is valid and everything is named as `ddl` names it.
 * @param rows rows of each table, for the order.
 */
export async function finishSchema(target: Engine, schema: Schema, rows: (table: string) => number, events: MoveEvents): Promise<void> {
  const tables = Object.values(schema.tables).sort((a, b) => rows(b.name) - rows(a.name));
  const existing = await target.dedicated(existingIndexes);
  const builds = tables
    .flatMap((table) => buildsOf(table, rows(table.name)))
    .filter(({ name }) => !existing.has(name))
    .sort((a, b) => b.cost - a.cost);
  events.phase('indexes', `building ${builds.length} keys and indexes`);
  await inParallel(target, builds, async (connection, build) => {
    const started = performance.now();
    await connection.script(build.sql);
    events.done('index', { name: build.name, table: build.table, milliseconds: Math.round(performance.now() - started) });
  });
  events.phase('keys', 'checking foreign keys');
  await target.dedicated((connection) => declareKeys(connection, tables));
  await validateKeys(target, tables);
  events.phase('statistics', 'gathering statistics');
  await inParallel(target, tables, (connection, table) => connection.script(`ANALYZE ${quoted(table.name)}`));
}

/**
 * Sets every sequence so that no id is handed out twice: past `sqlite_sequence` and past the highest id (facts T-21, T-22).
 * @param sequences highest id SQLite ever handed out, by table.
 */
export async function setSequences(connection: Connection, schema: Schema, sequences: ReadonlyMap<string, bigint>): Promise<void> {
  for (const table of Object.values(schema.tables)) {
    for (const [column, definition] of Object.entries(table.columns)) {
      if (!definition.isGenerated) continue;
      const [row] = await connection.query(`SELECT max(${quoted(column)})::text AS highest FROM ${quoted(table.name)}`);
      const highest = typeof row?.highest === 'string' ? BigInt(row.highest) : 0n;
      const promised = sequences.get(table.name) ?? 0n;
      const last = highest > promised ? highest : promised;
      await connection.query('SELECT setval($1::regclass, $2::bigint, $3::boolean)', [quoted(sequenceName(table, column)), String(last > 0n ? last : 1n), last > 0n]);
    }
  }
}

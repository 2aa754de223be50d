import { DatabaseSync } from 'node:sqlite';
import type { Connection } from '../../../engine/engine.ts';
import { keyClauses, ddl as postgresDdl, sequenceName } from '../../../engine/postgres/ddl.ts';
import { ddl as sqliteDdl } from '../../../engine/sqlite/ddl.ts';
import { codecOf } from '../../../schema/codec.ts';
import type { Column, ColumnType, Value } from '../../../schema/column.ts';
import { rowToJson, type StoredCell } from '../../../schema/stored-cell.ts';
import { type Schema, schema, type Table } from '../../../schema/table.ts';
import { quoted, readSourceTables } from '../../source/source-tables.ts';
import { storedRowReader } from '../../source/stored-rows.ts';
import { SEND } from '../find-differences.ts';
import { LAST_PARENT_ID, probeRows, probeTables, quarantineProbe, SET_ASIDE_ID, setAsideRow } from './probe-tables.ts';

/** The schema of the scratch copy. Nobody else ever sees it: the transaction that makes it never commits. */
const SCRATCH = 'flashcase_move_selftest';
/** The move the scratch copy pretends to be. */
export const SCRATCH_RUN = 'self-test';

export type Cells = readonly (Value | null)[];

export interface SampleTable {
  readonly table: Table;
  readonly rows: readonly Cells[];
}

/** A small copy of a target, with the SQLite source it would have come from. */
export interface Scratch {
  readonly schema: Schema;
  readonly db: DatabaseSync;
  readonly samples: readonly SampleTable[];
}

/** Values that only PostgreSQL holds would be no fault of the comparison. */
const HOLDABLE: Partial<Record<ColumnType, (column: string) => string>> = {
  float64: (c) => `(${c} IS NULL OR ${c}::text NOT IN ('NaN', 'Infinity', '-Infinity', '-0'))`,
  timestamp: (c) => `(${c} IS NULL OR ${c} BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00')`,
};

const storedColumns = ({ columns }: Table): [string, Column][] =>
  Object.entries(columns).filter(([, { computed }]) => computed === undefined);

async function copySample(target: Connection, from: string, table: Table, most: number): Promise<void> {
  const columns = storedColumns(table);
  const names = columns.map(([name]) => quoted(name)).join(', ');
  const holdable = columns.flatMap(([name, { type }]) => HOLDABLE[type]?.(quoted(name)) ?? []);
  await target.script(
    `INSERT INTO ${quoted(table.name)} (${names}) SELECT ${names} FROM ${quoted(from)}.${quoted(table.name)}
     ${holdable.length === 0 ? '' : `WHERE ${holdable.join(' AND ')}`} ORDER BY ${table.primaryKey.map(quoted).join(', ')} LIMIT ${most}`,
  );
}

/** Takes rows out whose parents are not in the sample, until none is left. */
async function removeOrphans(target: Connection, tables: readonly Table[]): Promise<void> {
  const statements = tables.flatMap(({ name, foreignKeys }) =>
    foreignKeys.map(
      ({ columns, references }) =>
        `DELETE FROM ${quoted(name)} AS c WHERE ${columns.map((column) => `c.${quoted(column)} IS NOT NULL`).join(' AND ')}
         AND NOT EXISTS (SELECT 1 FROM ${quoted(references.table)} AS p WHERE ${columns
           .map((column, i) => `p.${quoted(references.columns[i] as string)} = c.${quoted(column)}`)
           .join(' AND ')})`,
    ),
  );
  for (let removed = 1; removed > 0; ) {
    removed = 0;
    for (const sql of statements) removed += await target.execute(sql);
  }
}

async function insertProbes(target: Connection): Promise<void> {
  for (const table of probeTables) {
    const columns = Object.entries(table.columns);
    for (const row of probeRows[table.name] ?? [])
      await target.execute(
        `INSERT INTO ${quoted(table.name)} VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
        columns.map(([, { type }], i) => (row[i] === null ? null : codecOf(type).toPostgresText(row[i] as never))),
      );
  }
}

/** Keys, indexes and sequences, in the form every target has them. */
async function finishTables(target: Connection, tables: readonly Table[]): Promise<void> {
  for (const table of tables) {
    const { primary, uniques } = keyClauses(table);
    for (const clause of [primary, ...uniques]) await target.script(`ALTER TABLE ${quoted(table.name)} ADD ${clause}`);
    for (const index of table.indexes) await target.script(postgresDdl.createIndex(table, index));
    for (const comment of postgresDdl.comments(table)) await target.script(comment);
    for (const [name, { isGenerated }] of Object.entries(table.columns))
      if (isGenerated)
        await target.query(
          `SELECT setval('${quoted(sequenceName(table, name)).replaceAll("'", "''")}', greatest((SELECT max(${quoted(name)}) FROM ${quoted(table.name)}), $1))`,
          [probeTables.includes(table) ? String(LAST_PARENT_ID) : '1'],
        );
  }
  for (const table of tables)
    for (const clause of keyClauses(table).foreignKeys) await target.script(`ALTER TABLE ${quoted(table.name)} ADD ${clause}`);
}

async function readRows(target: Connection, table: Table): Promise<Cells[]> {
  const columns = Object.entries(table.columns);
  const rows = await target.query(
    `SELECT ${columns.map(([name, { type }], i) => `encode(${SEND[type]}(${quoted(name)}), 'hex') AS c${i}`).join(', ')}
     FROM ${quoted(table.name)} ORDER BY ${table.primaryKey.map(quoted).join(', ')}`,
  );
  return rows.map((row) =>
    columns.map(([, { type }], i) =>
      row[`c${i}`] === null ? null : codecOf(type).fromBinary(Buffer.from(row[`c${i}`] as string, 'hex')),
    ),
  );
}

function makeSource(samples: readonly SampleTable[]): DatabaseSync {
  const db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  for (const { table, rows } of samples) {
    for (const sql of sqliteDdl.createTable(table)) db.exec(sql);
    const columns = Object.entries(table.columns);
    const stored = storedColumns(table);
    const insert = db.prepare(
      `INSERT INTO ${quoted(table.name)} (${stored.map(([name]) => quoted(name)).join(', ')}) VALUES (${stored.map(() => '?').join(', ')})`,
    );
    const put = (row: Cells): void => {
      const values = columns.flatMap(([, { type, computed }], i) =>
        computed === undefined ? [row[i] === null ? null : codecOf(type).toSqlite(row[i] as never)] : [],
      );
      insert.run(...values);
    };
    for (const row of rows) put(row);
    if (table === quarantineProbe) put(setAsideRow);
  }
  db.prepare('UPDATE sqlite_sequence SET seq = ? WHERE name = ?').run(LAST_PARENT_ID, probeTables[0]?.name as string);
  return db;
}

/** Sets the row aside that the target cannot hold, byte for byte, as a move does. */
async function setAside(target: Connection, scratch: Scratch): Promise<void> {
  const { tables } = readSourceTables(scratch.db, scratch.schema, [], 'the sample');
  const source = tables.find(({ table }) => table === quarantineProbe);
  const row = source && storedRowReader(scratch.db, source)(SET_ASIDE_ID);
  const cells = Object.fromEntries(Object.keys(quarantineProbe.columns).map((name, i) => [name, row?.cells[i] as StoredCell]));
  await target.execute(
    `INSERT INTO flashcase_move.quarantine (run_id, table_name, source_rowid, row_key, reason, detail, cells, quarantined_at)
     VALUES ($1, $2, $3, '{}', 'nul', 'planted', $4, clock_timestamp())`,
    [SCRATCH_RUN, quarantineProbe.name, String(SET_ASIDE_ID), rowToJson(cells)],
  );
}

/**
 * Makes a small copy of the target and its source, in the caller's transaction, which must be rolled back: then, and after a kill, nothing of it was
 * ever there. The tables of the target are only read.
 * @param most rows taken from each table.
 */
export async function makeScratch(target: Connection, of: Schema, most: number): Promise<Scratch> {
  const [row] = await target.query('SELECT current_schema()::text AS m_schema');
  // Triggers would change what is planted.
  const real = Object.values(of.tables).map((table): Table => ({ ...table, triggers: [] }));
  const tables = [...real, ...probeTables];
  await target.script(`CREATE SCHEMA ${SCRATCH}; SET LOCAL search_path = ${SCRATCH}`);
  for (const table of tables) await target.script(postgresDdl.createTable(table, { withoutKeys: true }).join(';\n'));
  for (const table of real) await copySample(target, String(row?.m_schema), table, most);
  await insertProbes(target);
  await removeOrphans(target, tables);
  await finishTables(target, tables);
  const samples: SampleTable[] = [];
  for (const table of tables) samples.push({ table, rows: await readRows(target, table) });
  const scratch = {
    schema: schema(Object.fromEntries(tables.map((table) => [table.name, table]))),
    samples,
    db: makeSource(samples),
  };
  await setAside(target, scratch);
  return scratch;
}

/** Takes away what would refuse a damage: a comparison must see it by itself. */
export async function removeConstraints(target: Connection, { schema: of }: Scratch): Promise<void> {
  const constraints = await target.query(
    `SELECT r.relname::text AS m_table, k.conname::text AS m_name FROM pg_constraint AS k JOIN pg_class AS r ON r.oid = k.conrelid
     WHERE k.connamespace = current_schema()::regnamespace AND k.contype IN ('f', 'c', 'u', 'p') ORDER BY k.contype = 'f' DESC`,
  );
  for (const { m_table: table, m_name: name } of constraints)
    await target.script(`ALTER TABLE ${quoted(String(table))} DROP CONSTRAINT ${quoted(String(name))}`);
  for (const table of Object.values(of.tables)) {
    for (const { name } of table.indexes) await target.script(`DROP INDEX ${quoted(name)}`);
    const changes = Object.entries(table.columns).flatMap(([name, { computed }]) => [
      `ALTER ${quoted(name)} DROP NOT NULL`,
      ...(computed === undefined ? [] : [`ALTER ${quoted(name)} DROP EXPRESSION`]),
    ]);
    await target.script(`ALTER TABLE ${quoted(table.name)} ${changes.join(', ')}`);
  }
}

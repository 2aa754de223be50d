import type { DatabaseSync } from 'node:sqlite';
import { DERIVED_PREFIX, MOVE_PREFIX } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Schema, Table } from '../../schema/table.ts';

export interface SourceTable {
  readonly table: Table;
  /** Where its rows are in the snapshot: its own name, or that of a copy with row ids. */
  readonly storedAs: string;
  /** A name of the row id no column hides. */
  readonly rowid: string;
  readonly rows: number;
  /** Smallest and largest row id; `undefined` for an empty table. */
  readonly firstRowid: bigint | undefined;
  readonly lastRowid: bigint | undefined;
}

export interface UnknownTable {
  readonly name: string;
  readonly rows: number;
  readonly why: string;
}

export interface SourceTables {
  readonly tables: readonly SourceTable[];
  /** Tables of the file the schema does not have. */
  readonly unknown: readonly UnknownTable[];
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

interface ListedTable {
  readonly name: string;
  readonly type: 'table' | 'virtual' | 'shadow' | 'view';
  readonly wr: number;
}

function listedTables(db: DatabaseSync): Map<string, ListedTable> {
  const rows = db.prepare('PRAGMA main.table_list').all() as unknown as ListedTable[];
  return new Map(rows.filter((row) => row.type !== 'view' && !row.name.startsWith('sqlite_')).map((row) => [row.name, row]));
}

function columnsOf(db: DatabaseSync, name: string): string[] {
  return (db.prepare(`PRAGMA main.table_xinfo(${quoted(name)})`).all() as { name: string; hidden: number }[])
    .filter((column) => column.hidden !== 1)
    .map((column) => column.name);
}

const countRows = (db: DatabaseSync, name: string): number =>
  Number(db.prepare(`SELECT count(*) AS n FROM main.${quoted(name)}`).get()?.n);

/** Differences between the file's columns and the schema's, one sentence each. */
function columnDifferences(db: DatabaseSync, table: Table): string[] {
  const have = new Set(columnsOf(db, table.name));
  const want = Object.keys(table.columns);
  return [
    ...want.filter((column) => !have.has(column)).map((column) => `${table.name}.${column} is missing`),
    ...[...have].filter((column) => !want.includes(column)).map((column) => `${table.name}.${column} is unknown`),
  ];
}

function rowidName(db: DatabaseSync, name: string): string {
  const columns = new Set(columnsOf(db, name).map((column) => column.toLowerCase()));
  const free = ['rowid', '_rowid_', 'oid'].find((candidate) => !columns.has(candidate));
  if (free !== undefined) return free;
  throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
    what: 'Columns named rowid, _rowid_ and oid hide the row id.',
    where: name,
    hint: 'Rename one of them.',
  });
}

const COPY_PREFIX = `${MOVE_PREFIX}_copy_of_`;

/** True for a file with tables whose rows have no row id: only a copy of it can be read row by row. */
export function lacksRowids(db: DatabaseSync, schema: Schema): boolean {
  return [...listedTables(db).values()].some(({ name, wr }) => wr === 1 && name in schema.tables);
}

/**
 * Gives tables made `WITHOUT ROWID` a twin with row ids in the snapshot (which is ours to change), so that every row of every table can be
 * named by one number from here on. Storage classes stay as they are.
 */
export function addRowids(snapshot: DatabaseSync, schema: Schema): void {
  for (const { name, wr } of listedTables(snapshot).values()) {
    if (wr === 1 && name in schema.tables)
      snapshot.exec(`CREATE TABLE ${quoted(COPY_PREFIX + name)} AS SELECT * FROM ${quoted(name)}`);
  }
}

/**
 * Looks at the tables of a snapshot. Throws `FC_MOVE_SOURCE_UNFIT` when its text is not UTF-8, or its columns are not the schema's.
 * @param ledgers tables that only describe the database and are made anew on the target; what a live move keeps is none of the data either.
 */
export function readSourceTables(
  snapshot: DatabaseSync,
  schema: Schema,
  ledgers: readonly string[],
  where: string,
): SourceTables {
  const encoding = String(snapshot.prepare('PRAGMA encoding').get()?.encoding);
  if (encoding !== 'UTF-8') {
    throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
      what: `The source stores text as ${encoding}; only UTF-8 files are moved.`,
      where,
      hint: 'Make a UTF-8 file of it first: sqlite3 old.db .dump | sqlite3 new.db',
    });
  }
  const listed = listedTables(snapshot);
  const wanted = Object.values(schema.tables);
  const differences = wanted.flatMap((table) =>
    listed.has(table.name) ? columnDifferences(snapshot, table) : [`table ${table.name} is missing`],
  );
  if (differences.length > 0) {
    throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
      what: `The source is not at the newest form of the schema: ${differences.slice(0, 8).join('; ')}${differences.length > 8 ? ` and ${differences.length - 8} more` : ''}.`,
      where,
      hint: 'Run flashcase db upgrade (a file of the original app: flashcase db adopt), then plan again.',
      details: { differences },
    });
  }
  const tables = wanted.map((table): SourceTable => {
    const storedAs = listed.get(table.name)?.wr === 1 ? COPY_PREFIX + table.name : table.name;
    const rowid = rowidName(snapshot, storedAs);
    const edges = snapshot.prepare(
      `SELECT (SELECT min(${rowid}) FROM main.${quoted(storedAs)}) AS first, (SELECT max(${rowid}) FROM main.${quoted(storedAs)}) AS last`,
    );
    edges.setReadBigInts(true);
    const { first, last } = edges.get() as { first: bigint | null; last: bigint | null };
    return {
      table,
      storedAs,
      rowid,
      rows: countRows(snapshot, storedAs),
      firstRowid: first ?? undefined,
      lastRowid: last ?? undefined,
    };
  });
  const unknown = [...listed.values()]
    .filter(
      ({ name, type }) =>
        !(name in schema.tables) &&
        !ledgers.includes(name) &&
        !name.startsWith(MOVE_PREFIX) &&
        !name.startsWith(DERIVED_PREFIX) &&
        type !== 'shadow',
    )
    .map(
      ({ name, type }): UnknownTable => ({
        name,
        rows: countRows(snapshot, name),
        why:
          type === 'virtual'
            ? 'a virtual table (a search index, for example) has no counterpart in PostgreSQL'
            : 'the schema has no such table',
      }),
    )
    .filter(({ rows }) => rows > 0);
  return { tables, unknown };
}

/** `sqlite_sequence`: the highest id ever handed out, also when its row is gone (facts T-22). Empty when the file has none. */
export function readSequences(snapshot: DatabaseSync): ReadonlyMap<string, bigint> {
  if (snapshot.prepare("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'").get() === undefined) return new Map();
  const statement = snapshot.prepare(
    "SELECT name, max(seq) AS seq FROM main.sqlite_sequence WHERE typeof(seq) = 'integer' GROUP BY name",
  );
  statement.setReadBigInts(true);
  return new Map((statement.all() as { name: string; seq: bigint }[]).map(({ name, seq }) => [name, seq]));
}

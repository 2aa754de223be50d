import { codecOf } from '../../schema/codec.ts';
import type { Column } from '../../schema/column.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { type RowOf, type Table, Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

type Tables = typeof flashcase.tables;
type TableName = keyof Tables;

/**
 * Rows of one statement where each value is a parameter, the most that fit first: few texts, so few prepared statements, each of which
 * takes memory for all its values. The widest table has 22 columns here.
 */
const SIZES = [256, 32, 4, 1] as const;
/** Rows of one statement where each column is a parameter. */
const MOST_ROWS = 4000;

type Values = readonly (readonly unknown[])[];

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** `INSERT` of rows of these columns; of so many where each value is a parameter. */
function insertion({ capabilities, engine }: Session, table: TableName, columns: readonly string[], rows: number): string {
  const into = `INSERT INTO "${table}" (${quoted(columns)})`;
  if (capabilities.hasListParameters) {
    // A list has no collation: its values get their column's.
    const types = columns.map((name) =>
      engine.ddl.columnType(flashcase.tables[table] as unknown as Table, name).replace(/ COLLATE .*$/, ''),
    );
    return `${into} SELECT * FROM unnest(${types.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})`;
  }
  const one = `(${columns.map(() => '?').join(', ')})`;
  return `${into} VALUES ${Array.from({ length: rows }, () => one).join(', ')}`;
}

const texts = new Map<string, string>();

function textFor(session: Session, table: TableName, columns: readonly string[], rows: number): string {
  const key = `${session.engine.name} ${table} ${session.capabilities.hasListParameters ? 'all' : rows} ${columns.join()}`;
  const known = texts.get(key) ?? insertion(session, table, columns, rows);
  texts.set(key, known);
  return known;
}

/** A list of values as PostgreSQL writes it. */
function listOf(rows: Values, column: number, toText: (value: never) => string): string {
  let list = '{';
  for (const row of rows) {
    const value = row[column];
    if (list.length > 1) list += ',';
    list += value === null || value === undefined ? 'NULL' : `"${toText(value as never).replaceAll(/["\\]/g, '\\$&')}"`;
  }
  return `${list}}`;
}

/** Rows as statements: each a text and its parameters. `ending` stands behind the rows. */
function* statements(
  session: Session,
  table: TableName,
  columns: readonly string[],
  rows: Values,
  ending = '',
): Generator<readonly [string, readonly unknown[]]> {
  const check = checkerOf(table, columns);
  for (const row of rows) check(row);
  if (session.capabilities.hasListParameters) {
    const writers = columns.map((name) => codecOf(columnOf(table, name).type).toPostgresText as (value: never) => string);
    for (let at = 0; at < rows.length; at += MOST_ROWS) {
      const part = rows.slice(at, at + MOST_ROWS);
      yield [`${textFor(session, table, columns, 0)}${ending}`, writers.map((toText, column) => listOf(part, column, toText))];
    }
    return;
  }
  for (let at = 0; at < rows.length; ) {
    const size = SIZES.find((one) => one <= rows.length - at) as number;
    yield [`${textFor(session, table, columns, size)}${ending}`, rows.slice(at, at + size).flat()];
    at += size;
  }
}

/**
 * The columns of a table, with what keeps a value of each from being stored. Rows of an import come by the million: what the query builder
 * does for each value would take longer than the database.
 */
function checkerOf(table: TableName, columns: readonly string[]): (row: readonly unknown[]) => void {
  const refusals = columns.map((name) => {
    const column = columnOf(table, name);
    const codec = codecOf(column.type);
    return (value: unknown): string | undefined =>
      value === null ? (column.isNullable ? undefined : 'must not be empty') : codec.refuse(value);
  });
  return (row) => {
    for (let index = 0; index < refusals.length; index++) {
      const refusal = (refusals[index] as (value: unknown) => string | undefined)(row[index]);
      if (refusal !== undefined) throw new Error(`${table}.${columns[index]} ${refusal}`);
    }
  };
}

function columnOf(table: TableName, name: string): Column {
  const column = (flashcase.tables[table].columns as Readonly<Record<string, Column>>)[name];
  if (column === undefined) throw new Error(`${table} has no column ${name}`);
  return column;
}

/** Inserts many rows, each a list of values in the order of the columns. */
export async function insertMany(session: Session, table: TableName, columns: readonly string[], rows: Values): Promise<void> {
  for (const [text, values] of statements(session, table, columns, rows)) await session.connection.execute(text, values);
}

/** The same into a table that hands out ids; gives them in the order of the rows. */
export async function insertManyWithIds(
  session: Session,
  table: TableName,
  columns: readonly string[],
  rows: Values,
): Promise<bigint[]> {
  const ids: bigint[] = [];
  for (const [text, values] of statements(session, table, columns, rows, ' RETURNING id')) {
    const given = (await session.connection.query(text, values)) as { id: bigint }[];
    // The engines hand ids out in the order of the rows, but promise no order of what they return.
    ids.push(...given.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1)));
  }
  return ids;
}

/** Writes whole rows that are there already anew, known by their ids. */
export async function replaceMany<T extends 'note' | 'card'>(
  session: Session,
  table: T,
  rows: readonly RowOf<Tables[T]>[],
): Promise<void> {
  const columns = Object.keys(flashcase.tables[table].columns);
  const changes = columns.filter((name) => name !== 'id').map((name) => `"${name}" = excluded."${name}"`);
  const values = rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name] ?? null));
  const ending = ` ON CONFLICT (id) DO UPDATE SET ${changes.join(', ')}`;
  for (const [text, list] of statements(session, table, columns, values, ending)) await session.connection.execute(text, list);
}

/** Adds figures to rows that are there, known by their keys, and makes those that are not. */
export async function addMany(
  session: Session,
  table: TableName,
  keys: readonly string[],
  figures: readonly string[],
  rows: Values,
): Promise<void> {
  const changes = figures.map((name) => `"${name}" = "${table}"."${name}" + excluded."${name}"`);
  const ending = ` ON CONFLICT (${quoted(keys)}) DO UPDATE SET ${changes.join(', ')}`;
  for (const [text, list] of statements(session, table, [...keys, ...figures], rows, ending))
    await session.connection.execute(text, list);
}

/** KiB of pages that SQLite keeps while many rows are written; the times of reviews come into their indexes in no order. */
const ROOMY_CACHE = 32_768;

/** Runs work that writes many rows. */
export async function writingMany<T>({ capabilities, connection }: Session, work: () => Promise<T>): Promise<T> {
  if (!capabilities.isLocalFile) return work();
  const [before] = await connection.query('PRAGMA cache_size');
  await connection.query(`PRAGMA cache_size = -${ROOMY_CACHE}`);
  try {
    return await work();
  } finally {
    await connection.query(`PRAGMA cache_size = ${String(before?.cache_size)}`);
  }
}

/** A time of a row, from microseconds since 1970. */
export const timeOfMicros = (micros: number): Timestamp => Timestamp.fromSafeMicros(micros);

/** Inserts rows by their columns, the same ones in each; gives their ids in the order of the rows. */
export function insertRowsWithIds<T extends 'note' | 'card'>(
  session: Session,
  table: T,
  rows: readonly Omit<RowOf<Tables[T]>, 'id'>[],
): Promise<bigint[]> {
  const columns = Object.keys(flashcase.tables[table].columns).filter((name) => name !== 'id');
  const values = rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name] ?? null));
  return insertManyWithIds(session, table, columns, values);
}

import { codecOf } from '../../schema/codec.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { type RowOf, Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

type Tables = typeof flashcase.tables;
type TableName = keyof Tables;

/**
 * Rows of one statement, the most that fit first: few texts, so few prepared statements, each of which takes memory for all its values.
 * The widest table has 21 columns here; PostgreSQL counts values in sixteen bits.
 */
const SIZES = [256, 32, 4, 1] as const;

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** `INSERT` of so many rows of these columns. */
function insertion(session: Session, table: string, columns: readonly string[], rows: number): string {
  const isSqlite = session.engine.name === 'sqlite';
  let place = 0;
  const one = (): string => `(${columns.map(() => (isSqlite ? '?' : `$${++place}`)).join(', ')})`;
  return `INSERT INTO "${table}" (${quoted(columns)}) VALUES ${Array.from({ length: rows }, one).join(', ')}`;
}

/** Rows as parts, each of which is one statement. */
function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; ) {
    const size = SIZES.find((one) => one <= rows.length - at) as number;
    yield rows.slice(at, at + size);
    at += size;
  }
}

const texts = new Map<string, string>();

function textFor(session: Session, table: string, columns: readonly string[], rows: number): string {
  const key = `${session.engine.name} ${table} ${rows} ${columns.join()}`;
  const known = texts.get(key) ?? insertion(session, table, columns, rows);
  texts.set(key, known);
  return known;
}

/**
 * The columns of a table, with what keeps a value of each from being stored. Rows of an import come by the million: what the query builder
 * does for each value would take longer than the database.
 */
function checkerOf(table: TableName, columns: readonly string[]): (row: readonly unknown[]) => void {
  const { columns: known } = flashcase.tables[table];
  const refusals = columns.map((name) => {
    const column = (known as Tables[TableName]['columns'] & Record<string, { type: never; isNullable: boolean }>)[name];
    if (column === undefined) throw new Error(`${table} has no column ${name}`);
    const codec = codecOf(column.type);
    return (value: unknown): string | undefined =>
      value === null ? (column.isNullable ? undefined : 'must not be empty') : codec.refuse(value);
  });
  return (row) => {
    for (const [index, value] of row.entries()) {
      const refusal = refusals[index]?.(value);
      if (refusal !== undefined) throw new Error(`${table}.${columns[index]} ${refusal}`);
    }
  };
}

/** Inserts many rows, each a list of values in the order of the columns. */
export async function insertMany(
  session: Session,
  table: TableName,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  const check = checkerOf(table, columns);
  for (const part of parts(rows)) {
    for (const row of part) check(row);
    await session.connection.execute(textFor(session, table, columns, part.length), part.flat());
  }
}

/** The same into a table that hands out ids; gives them in the order of the rows. */
export async function insertManyWithIds(
  session: Session,
  table: TableName,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): Promise<bigint[]> {
  const check = checkerOf(table, columns);
  const ids: bigint[] = [];
  for (const part of parts(rows)) {
    for (const row of part) check(row);
    const sql = `${textFor(session, table, columns, part.length)} RETURNING id`;
    const given = (await session.connection.query(sql, part.flat())) as { id: bigint }[];
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
  const check = checkerOf(table, columns);
  const changes = columns.filter((name) => name !== 'id').map((name) => `"${name}" = excluded."${name}"`);
  const values = rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name] ?? null));
  for (const part of parts(values)) {
    for (const row of part) check(row);
    const sql = `${textFor(session, table, columns, part.length)} ON CONFLICT (id) DO UPDATE SET ${changes.join(', ')}`;
    await session.connection.execute(sql, part.flat());
  }
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
export const timeOfMicros = (micros: number): Timestamp => Timestamp.fromMicros(BigInt(micros));

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

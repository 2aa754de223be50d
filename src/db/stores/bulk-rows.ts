import { codecOf } from '../../schema/codec.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { type RowOf, Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

type Tables = typeof flashcase.tables;
type TableName = keyof Tables;

/** Values of one statement: PostgreSQL counts them in sixteen bits, SQLite takes 32,766. */
const VALUES = 12_000;

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** `INSERT` of so many rows of these columns. */
function insertion(session: Session, table: string, columns: readonly string[], rows: number): string {
  const isSqlite = session.engine.name === 'sqlite';
  let place = 0;
  const one = (): string => `(${columns.map(() => (isSqlite ? '?' : `$${++place}`)).join(', ')})`;
  return `INSERT INTO "${table}" (${quoted(columns)}) VALUES ${Array.from({ length: rows }, one).join(', ')}`;
}

/** Statements as parts of rows: most of them have the same number of rows, and so the same text. */
function* parts<T>(rows: readonly T[], columns: number): Generator<readonly T[]> {
  const size = Math.max(1, Math.floor(VALUES / columns));
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

const texts = new Map<string, string>();
/** Texts kept; each number of rows of a table is one. */
const MOST_TEXTS = 200;

function textFor(session: Session, table: string, columns: readonly string[], rows: number): string {
  const key = `${session.engine.name} ${table} ${rows} ${columns.join()}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  if (texts.size >= MOST_TEXTS) texts.clear();
  const made = insertion(session, table, columns, rows);
  texts.set(key, made);
  return made;
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
  for (const part of parts(rows, columns.length)) {
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
  for (const part of parts(rows, columns.length)) {
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
  for (const part of parts(values, columns.length)) {
    for (const row of part) check(row);
    const sql = `${textFor(session, table, columns, part.length)} ON CONFLICT (id) DO UPDATE SET ${changes.join(', ')}`;
    await session.connection.execute(sql, part.flat());
  }
}

/** A time of a row, from microseconds since 1970. */
export const timeOfMicros = (micros: number): Timestamp => Timestamp.fromMicros(BigInt(micros));

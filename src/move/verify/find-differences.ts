import type { Connection } from '../../engine/engine.ts';
import { codecOf } from '../../schema/codec.ts';
import type { Column, Value } from '../../schema/column.ts';
import type { Table } from '../../schema/table.ts';
import { Timestamp } from '../../schema/timestamp.ts';
import { quoted } from '../source/source-tables.ts';
import { piecesOf } from './digest-rows.ts';
import { type Approved, type ExpectedRow, ExpectedRows, type SourceView } from './expected-rows.ts';
import { BucketDigest, type Buckets, bucketsFor, hashOf, hashSql, recordBytes } from './row-hash.ts';

/** One value that is not what the source and the decisions say. */
export interface Difference {
  readonly table: string;
  /** `id=5`. */
  readonly key: string;
  /** `*` where the whole row is missing or too much. */
  readonly column: string;
  readonly source: string;
  readonly target: string;
  readonly why: string;
  /** The primary key in PostgreSQL's text form; absent where no single row is meant. */
  readonly rowKey?: readonly string[];
  /** What the row says of itself: `updated_at 2024-01-01 00:00:00.000000`. */
  readonly lastWritten?: string;
  /** True when the journal of the primary names the row: it was written since the copy. */
  readonly isJournalled?: boolean;
}

export interface TableVerdict {
  readonly table: string;
  readonly rows: number;
  readonly approved: Approved;
  /** The first differences, by key. */
  readonly differences: readonly Difference[];
  /** How many rows differ in all. */
  readonly differing: number;
  /** Of the rows of each side, as its own engine read them; absent where texts were compared instead. */
  readonly digests?: { readonly sqlite: string; readonly postgres: string };
}

/** Differences listed per table; the number of differing rows is always told. */
export const LISTED = 100;
/** Buckets looked into at once: bounds memory when a whole table differs. */
const BUCKETS_AT_ONCE = 64;

/** Rows the target's own run added to a table, which the source cannot have. */
export interface OwnRows {
  readonly table: string;
  readonly runId: string;
}

/** The condition that leaves the run's own rows of a table out, or nothing. */
export function ownFilter(table: Table, own: OwnRows | undefined): string {
  return own?.table === table.name ? `WHERE run_id IS DISTINCT FROM '${own.runId.replaceAll("'", "''")}'` : '';
}

interface Context {
  readonly target: Connection;
  readonly view: SourceView;
  readonly table: Table;
  readonly buckets: Buckets;
  /** `WHERE` text that leaves the run's own rows out. */
  readonly filter: string;
}

async function targetDigest({ target, table, buckets, filter }: Context): Promise<BucketDigest> {
  const digest = new BucketDigest(buckets.count);
  const rows = await target.query(
    `SELECT ${buckets.sql} AS bucket, count(*) AS rows_in, bit_xor(${hashSql(table)})::text AS digest FROM ${quoted(table.name)} ${filter} GROUP BY 1`,
  );
  for (const row of rows) digest.set(row.bucket as number, Number(row.rows_in), BigInt(row.digest as string));
  return digest;
}

/** Digests the source: rows that are stored exactly straight from their cells, the others as they were decided. */
async function sourceDigest(
  view: SourceView,
  expected: ExpectedRows,
  buckets: Buckets,
  onRows: (rows: number) => void,
): Promise<BucketDigest> {
  const whole = new BucketDigest(buckets.count);
  const columns = Object.values(expected.table.columns);
  const addDecided = ({ values }: ExpectedRow): void => whole.add(buckets.bucketOf(values), hashOf(recordBytes(columns, values)));
  if (expected.mayEmptyReferences) {
    let rows = 0;
    for (const row of expected.rows()) {
      addDecided(row);
      if (++rows % 8192 === 0) onRows(8192);
    }
    onRows(rows % 8192);
    return whole;
  }
  const { digestPiece, readers } = view.readers;
  const pieces = piecesOf(view.source(expected.table.name), view.quarantined(expected.table.name).keys());
  const next = async (): Promise<void> => {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
      const { rows, digest, special } = await digestPiece(piece);
      whole.merge(digest);
      for (const rowid of special) {
        const row = expected.special(rowid);
        if (row !== undefined) addDecided(row);
      }
      onRows(rows);
    }
  };
  await Promise.all(Array.from({ length: readers }, next));
  return whole;
}

export function shown(value: Value | null | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Timestamp) return value.text;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).subarray(0, 40).toString('hex')}'`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  return String(value);
}

const keyShown = (table: Table, values: readonly (Value | null)[]): string => {
  const names = Object.keys(table.columns);
  return table.primaryKey.map((column) => `${column}=${shown(values[names.indexOf(column)])}`).join(',');
};

const rowKeyOf = (table: Table, values: readonly (Value | null)[]): string[] => {
  const names = Object.keys(table.columns);
  return table.primaryKey.map((column) =>
    codecOf((table.columns[column] as Column).type).toPostgresText(values[names.indexOf(column)] as never),
  );
};

const keyBytes = (table: Table, values: readonly (Value | null)[]): string => {
  const names = Object.keys(table.columns);
  return recordBytes(
    table.primaryKey.map((column) => table.columns[column] as Column),
    table.primaryKey.map((column) => values[names.indexOf(column)] ?? null),
  ).toString('hex');
};

/** A row of the target, with the bytes it was read from: a codec would give -0 and 0 the same. */
interface TargetRow {
  readonly values: readonly (Value | null)[];
  readonly hex: readonly (string | null)[];
  /** Rows with this key: more than one where the key of the table is gone. */
  count: number;
}

/** Column by column, compared by their binary form. */
function differingColumns(table: Table, source: readonly (Value | null)[], target: TargetRow): Difference[] {
  return Object.entries(table.columns).flatMap(([column, definition], i) => {
    const left = source[i] ?? null;
    const right = target.values[i] ?? null;
    const isSame = (left === null ? null : codecOf(definition.type).toBinary(left).toString('hex')) === target.hex[i];
    return isSame
      ? []
      : [
          {
            table: table.name,
            key: keyShown(table, source),
            column,
            source: shown(left),
            target: shown(right),
            why: 'the values differ',
            rowKey: rowKeyOf(table, source),
          },
        ];
  });
}

/** The target's rows of some buckets, by key. */
async function targetRows(
  { target, table, buckets, filter }: Context,
  wanted: readonly number[],
): Promise<Map<string, TargetRow>> {
  const columns = Object.entries(table.columns);
  // Values come in their binary form as hex, so that what is shown is what is stored.
  const select = columns.map(([name, { type }], i) => `encode(${SEND[type]}(${quoted(name)}), 'hex') AS c${i}`);
  const condition = `${buckets.sql} = ANY ($1::integer[])`;
  const rows = await target.query(
    `SELECT ${select.join(', ')} FROM ${quoted(table.name)} ${filter === '' ? `WHERE ${condition}` : `${filter} AND ${condition}`}`,
    [wanted],
  );
  const found = new Map<string, TargetRow>();
  for (const row of rows) {
    const hex = columns.map((_, i) => row[`c${i}`] as string | null);
    const values = columns.map(([, { type }], i) =>
      hex[i] === null ? null : codecOf(type).fromBinary(Buffer.from(hex[i] as string, 'hex')),
    );
    const key = keyBytes(table, values);
    const same = found.get(key);
    if (same === undefined) found.set(key, { values, hex, count: 1 });
    else same.count++;
  }
  return found;
}

/** PostgreSQL's functions that give a value in the codecs' binary form. */
export const SEND: Record<Column['type'], string> = {
  int32: 'int4send',
  int64: 'int8send',
  float64: 'float8send',
  boolean: 'boolsend',
  text: 'textsend',
  timestamp: 'timestamptz_send',
  bytes: 'byteasend',
};

async function lookInto(
  context: Context,
  wanted: readonly number[],
  room: number,
): Promise<{ differences: Difference[]; differing: number }> {
  const { table, buckets, view } = context;
  const set = new Set(wanted);
  const found = await targetRows(context, wanted);
  const differences: Difference[] = [];
  let differing = 0;
  const add = (list: readonly Difference[]): void => {
    differing++;
    if (differences.length < room) differences.push(...list);
  };
  const row = (values: readonly (Value | null)[], source: string, found: string, why: string): Difference => ({
    table: table.name,
    key: keyShown(table, values),
    column: '*',
    source,
    target: found,
    why,
    rowKey: rowKeyOf(table, values),
  });
  for (const { values } of new ExpectedRows(view, table).rows()) {
    if (!set.has(buckets.bucketOf(values))) continue;
    const key = keyBytes(table, values);
    const other = found.get(key);
    found.delete(key);
    if (other === undefined) {
      add([row(values, 'a row', 'no row', 'PostgreSQL has no such row')]);
      continue;
    }
    const list = differingColumns(table, values, other);
    if (other.count > 1) list.push(row(values, 'a row', `${other.count} rows`, 'PostgreSQL has it more than once'));
    if (list.length > 0) add(list);
  }
  for (const { values } of found.values()) add([row(values, 'no row', 'a row', 'the SQLite file has no such row')]);
  if (differing === 0) {
    const bucket = `${wanted.length} of ${buckets.count} buckets`;
    add([
      { table: table.name, key: '*', column: '*', source: bucket, target: bucket, why: 'the digests differ, but no row does' },
    ]);
  }
  return { differences, differing };
}

/**
 * Compares one table: digests of buckets on both sides first, then the rows of the buckets that differ, down to the column.
 * The source is read by SQL, the target computes its digests itself: nothing of the copy is trusted.
 */
export async function verifyTable(
  target: Connection,
  view: SourceView,
  table: Table,
  own: OwnRows | undefined,
  onRows: (rows: number) => void,
): Promise<TableVerdict> {
  const buckets = bucketsFor(table, view.source(table.name).rows);
  const filter = ownFilter(table, own);
  const context: Context = { target, view, table, buckets, filter };
  const asked = targetDigest(context);
  // Awaited below: the server computes while this thread reads the source.
  asked.catch(() => {});
  // Lets the query go out before the source is read without a pause.
  await new Promise((resolve) => setImmediate(resolve));
  const expected = new ExpectedRows(view, table);
  const here = await sourceDigest(view, expected, buckets, onRows);
  expected.finish();
  const there = await asked;
  const suspicious = here.differingFrom(there);
  const differences: Difference[] = expected.unexplained.map((row) => ({
    table: table.name,
    key: row.key,
    column: row.column,
    source: row.source,
    target: '-',
    why: row.why,
  }));
  let differing = differences.length;
  for (let i = 0; i < suspicious.length; i += BUCKETS_AT_ONCE) {
    const found = await lookInto(context, suspicious.slice(i, i + BUCKETS_AT_ONCE), LISTED - differences.length);
    differences.push(...found.differences);
    differing += found.differing;
  }
  return {
    table: table.name,
    rows: here.rows,
    approved: expected.approved,
    differences: differences.slice(0, LISTED),
    differing,
    digests: { sqlite: here.whole, postgres: there.whole },
  };
}

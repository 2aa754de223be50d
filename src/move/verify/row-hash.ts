import { hash } from 'node:crypto';
import { codecOf } from '../../schema/codec.ts';
import type { Column, ColumnType, Value } from '../../schema/column.ts';
import type { Table } from '../../schema/table.ts';
import { quoted } from '../source/source-tables.ts';

/** PostgreSQL's object ids of the types columns have; `record_send` puts them before each value. */
export const TYPE_IDS: Record<ColumnType, number> = {
  int32: 23,
  int64: 20,
  float64: 701,
  boolean: 16,
  text: 25,
  timestamp: 1184,
  bytes: 17,
};

/** The bytes PostgreSQL's `record_send(ROW(...))` gives for these values. */
export function recordBytes(columns: readonly Column[], values: readonly (Value | null)[]): Buffer {
  const parts: Buffer[] = [];
  const count = Buffer.allocUnsafe(4);
  count.writeInt32BE(columns.length);
  parts.push(count);
  columns.forEach((column, i) => {
    const value = values[i] ?? null;
    const bytes = value === null ? undefined : codecOf(column.type).toBinary(value);
    const head = Buffer.allocUnsafe(8);
    head.writeInt32BE(TYPE_IDS[column.type]);
    head.writeInt32BE(bytes === undefined ? -1 : bytes.length, 4);
    parts.push(head);
    if (bytes !== undefined) parts.push(bytes);
  });
  return Buffer.concat(parts);
}

/** The first eight bytes of the SHA-256 of a row, as two 32-bit halves. */
export function hashOf(record: Buffer): { readonly high: number; readonly low: number } {
  const digest = hash('sha256', record, 'buffer');
  return { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) };
}

const recordSql = (columns: readonly string[]): string => `record_send(ROW(${columns.map(quoted).join(', ')}))`;

/** The same hash computed by the server, as a bigint. */
export function hashSql(table: Table): string {
  return `('x' || encode(substr(sha256(${recordSql(Object.keys(table.columns))}), 1, 8), 'hex'))::bit(64)::bigint`;
}

/** Row keys by which rows fall into buckets: equal rows on both sides fall into the same one, in whatever order they are read. */
export interface Buckets {
  /** A power of two. */
  readonly count: number;
  readonly sql: string;
  /** Position of the column by whose lowest bits rows fall into buckets; absent where it is by a hash of the key. */
  readonly integerKey?: number;
  bucketOf(values: readonly (Value | null)[]): number;
}

/** Rows of a bucket, on average: small enough to fetch when its digests differ. */
const ROWS_A_BUCKET = 4096;

/** Spreads the rows of a table over buckets by their primary key. */
export function bucketsFor(table: Table, rows: number): Buckets {
  const names = Object.keys(table.columns);
  const positions = table.primaryKey.map((column) => names.indexOf(column));
  const columns = table.primaryKey.map((column) => table.columns[column] as Column);
  const count = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, rows / ROWS_A_BUCKET))));
  const mask = count - 1;
  const [only] = positions;
  if (positions.length === 1 && only !== undefined && (columns[0]?.type === 'int64' || columns[0]?.type === 'int32')) {
    return {
      count,
      integerKey: only,
      sql: `(${quoted(table.primaryKey[0] as string)} & ${mask})::integer`,
      bucketOf: (values) => Number(BigInt.asUintN(32, BigInt(values[only] as bigint | number))) & mask,
    };
  }
  return {
    count,
    sql: `(('x' || encode(substr(sha256(${recordSql(table.primaryKey)}), 1, 4), 'hex'))::bit(32)::bigint & ${mask})::integer`,
    bucketOf: (values) =>
      hashOf(
        recordBytes(
          columns,
          positions.map((i) => values[i] ?? null),
        ),
      ).high & mask,
  };
}

/** Counts and xor of the row hashes of each bucket: independent of the order of rows, and a changed, missing or added row changes it. */
export class BucketDigest {
  readonly counts: Uint32Array;
  readonly high: Uint32Array;
  readonly low: Uint32Array;

  constructor(count: number) {
    this.counts = new Uint32Array(count);
    this.high = new Uint32Array(count);
    this.low = new Uint32Array(count);
  }

  add(bucket: number, rowHash: { readonly high: number; readonly low: number }): void {
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.high[bucket] = (this.high[bucket] as number) ^ rowHash.high;
    this.low[bucket] = (this.low[bucket] as number) ^ rowHash.low;
  }

  set(bucket: number, count: number, xor: bigint): void {
    const bits = BigInt.asUintN(64, xor);
    this.counts[bucket] = count;
    this.high[bucket] = Number(bits >> 32n);
    this.low[bucket] = Number(bits & 0xffffffffn);
  }

  /** Adds what was digested elsewhere. */
  merge({ counts, high, low }: Pick<BucketDigest, 'counts' | 'high' | 'low'>): void {
    for (let i = 0; i < this.counts.length; i++) {
      this.counts[i] = (this.counts[i] as number) + (counts[i] as number);
      this.high[i] = (this.high[i] as number) ^ (high[i] as number);
      this.low[i] = (this.low[i] as number) ^ (low[i] as number);
    }
  }

  differingFrom(other: BucketDigest): number[] {
    const differing: number[] = [];
    for (let i = 0; i < this.counts.length; i++) {
      if (this.counts[i] !== other.counts[i] || this.high[i] !== other.high[i] || this.low[i] !== other.low[i]) differing.push(i);
    }
    return differing;
  }

  /** The whole table as one text: equal for equal rows in equal buckets, in whatever order they were read. */
  get whole(): string {
    return hash('sha256', Buffer.concat([this.counts, this.high, this.low].map(({ buffer }) => Buffer.from(buffer))));
  }

  get rows(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}

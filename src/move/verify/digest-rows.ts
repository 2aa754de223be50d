import type { DatabaseSync } from 'node:sqlite';
import type { Table } from '../../schema/table.ts';
import { quoted, type SourceTable } from '../source/source-tables.ts';
import { RecordWriter } from './record-writer.ts';
import { BucketDigest, type Buckets, bucketsFor } from './row-hash.ts';

/** Row ids read in one piece: a piece is told as progress, and goes to one thread. */
const IDS_A_PIECE = 65_536n;
/** No table is cut in more pieces than this: ids may lie far apart. */
const MOST_PIECES = 1024n;

/** Some rows of one table. All of it is plain data: it crosses to another thread. */
export interface Piece {
  readonly source: SourceTable;
  readonly first: bigint;
  readonly last: bigint;
  /** Rows that were set aside: they are given back as special. */
  readonly aside: ReadonlySet<bigint>;
}

export interface DigestedPiece {
  readonly rows: number;
  readonly digest: Pick<BucketDigest, 'counts' | 'high' | 'low'>;
  /** Rows that are not in the digest: set aside, or with a cell that is not stored exactly as its column wants it. */
  readonly special: readonly bigint[];
}

/** Digests pieces, here or in another thread. */
export type DigestPiece = (piece: Piece) => DigestedPiece | Promise<DigestedPiece>;

export function piecesOf(source: SourceTable, aside: Iterable<bigint>): Piece[] {
  const { firstRowid, lastRowid } = source;
  if (firstRowid === undefined || lastRowid === undefined) return [];
  const even = (lastRowid - firstRowid) / MOST_PIECES + 1n;
  const step = even > IDS_A_PIECE ? even : IDS_A_PIECE;
  const ids = BigInt64Array.from(aside).sort();
  let next = 0;
  /** Each piece has its own only: they cross to another thread. */
  const asideUntil = (last: bigint): Set<bigint> => {
    const from = next;
    while (next < ids.length && (ids[next] as bigint) <= last) next++;
    return new Set(ids.subarray(from, next));
  };
  const pieces: Piece[] = [];
  for (let first = firstRowid; first <= lastRowid; first += step) {
    const end = first + step - 1n;
    const last = end < lastRowid ? end : lastRowid;
    pieces.push({ source, first, last, aside: asideUntil(last) });
  }
  return pieces;
}

/** Finds the bucket of a row from its cells, as `buckets.bucketOf` does from its values. */
function bucketOfCells(table: Table, buckets: Buckets): (cells: readonly unknown[]) => number {
  const mask = buckets.count - 1;
  const { integerKey } = buckets;
  if (integerKey !== undefined) return (cells) => Number(BigInt.asUintN(32, cells[integerKey + 1] as bigint)) & mask;
  const key = new RecordWriter(table, table.primaryKey);
  return (cells) => {
    // Its cells are exact: the whole row was written before.
    key.write(cells);
    return firstWord(key.hash(), 0) & mask;
  };
}

const firstWord = (hash: string, at: number): number =>
  ((hash.charCodeAt(at) << 24) | (hash.charCodeAt(at + 1) << 16) | (hash.charCodeAt(at + 2) << 8) | hash.charCodeAt(at + 3)) >>>
  0;

/** Reads the rows of a piece by plain SQL and digests those that are stored exactly. */
export function digestPiece(db: DatabaseSync, { source, first, last, aside }: Piece): DigestedPiece {
  const { table } = source;
  const names = Object.keys(table.columns);
  const buckets = bucketsFor(table, source.rows);
  const digest = new BucketDigest(buckets.count);
  const bucketOf = bucketOfCells(table, buckets);
  const row = new RecordWriter(table, names);
  const special: bigint[] = [];
  const statement = db.prepare(
    `SELECT ${source.rowid}, ${names.map(quoted).join(', ')} FROM main.${quoted(source.storedAs)} WHERE ${source.rowid} BETWEEN ? AND ?`,
  );
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  let rows = 0;
  for (const cells of statement.iterate(first, last) as unknown as Iterable<readonly unknown[]>) {
    rows++;
    const rowid = cells[0] as bigint;
    if (aside.has(rowid) || !row.write(cells)) {
      special.push(rowid);
      continue;
    }
    const hash = row.hash();
    digest.add(bucketOf(cells), { high: firstWord(hash, 0), low: firstWord(hash, 4) });
  }
  return { rows, digest, special };
}

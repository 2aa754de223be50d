import { createHash, type Hash } from 'node:crypto';

/** Rows of neighbouring ids hashed together. */
export interface DigestOfRange {
  /** Holds the ids from `range * idsPerRange` on. */
  readonly range: number;
  readonly rows: number;
  /** Hex. */
  readonly sha256: string;
}

const TWO_32 = 4_294_967_296;
/** Hashed at once: a call for each row would cost more than its hash. */
const BATCH_BYTES = 64 * 1024;

/** From here on a native copy is faster than one by words. */
const NATIVE_COPY_BYTES = 512;

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Turns a COPY tuple into the bytes PostgreSQL's `record_send` gives for the same row: four bytes for the number of fields instead of two, and the
 * type's object id before each length.
 * @param typeIds object ids in the order of the fields, the PostgreSQL types of the table's columns.
 * @returns where the written bytes end; `out` must have `2 + 4 * typeIds.length` bytes more room than the tuple is long.
 */
export function writeRecord(tuple: DataView, start: number, typeIds: Int32Array, out: DataView, to: number): number {
  let from = start + 2;
  let at = to + 4;
  out.setInt32(to, typeIds.length);
  for (let field = 0; field < typeIds.length; field++) {
    const length = tuple.getInt32(from);
    out.setInt32(at, typeIds[field] as number);
    out.setInt32(at + 4, length);
    from += 4;
    at += 8;
    if (length <= 0) continue;
    if (length > NATIVE_COPY_BYTES) {
      new Uint8Array(out.buffer, out.byteOffset + at, length).set(new Uint8Array(tuple.buffer, tuple.byteOffset + from, length));
    } else {
      let i = 0;
      for (; i + 4 <= length; i += 4) out.setInt32(at + i, tuple.getInt32(from + i));
      for (; i < length; i++) out.setUint8(at + i, tuple.getUint8(from + i));
    }
    from += length;
    at += length;
  }
  return at;
}

/**
 * A running SHA-256 for each range of ids over the records of its rows in the order of their ids: what the server computes as
 * `sha256(string_agg(record_send(t), '' ORDER BY id)) ... GROUP BY id >> 13`. It hashes what is copied, so it proves that the bytes arrived,
 * not that the source was read rightly.
 */
export class RecordDigest {
  readonly #typeIds: Int32Array;
  readonly #idsPerRange: number;
  readonly #done: DigestOfRange[] = [];
  #range: number | undefined;
  #rows = 0;
  #hash: Hash | undefined;
  #batch: Buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #batchView = viewOf(this.#batch);
  #length = 0;

  /** @param idsPerRange a power of two. */
  constructor(typeIds: readonly number[], idsPerRange = 8192) {
    this.#typeIds = Int32Array.from(typeIds);
    this.#idsPerRange = idsPerRange;
  }

  /** Adds the tuple at `start` to `end`, the row of the id with these two halves. Ids must come in rising order. */
  add(high: number, low: number, tuples: DataView, start: number, end: number): void {
    // A division by a power of two is exact in a double, and leaves fewer bits than one keeps when ids are above 2^53.
    const range = high * (TWO_32 / this.#idsPerRange) + Math.floor((low >>> 0) / this.#idsPerRange);
    if (range !== this.#range) {
      this.#close();
      this.#range = range;
      this.#hash = createHash('sha256');
    }
    const size = end - start + 2 + 4 * this.#typeIds.length;
    if (this.#length + size > this.#batch.length) {
      this.#flush();
      if (size > this.#batch.length) this.#useBatch(Buffer.allocUnsafeSlow(size));
    }
    this.#length = writeRecord(tuples, start, this.#typeIds, this.#batchView, this.#length);
    this.#rows++;
  }

  /** The digests of all ranges that had rows. Nothing can be added afterwards. */
  finish(): readonly DigestOfRange[] {
    this.#close();
    this.#range = undefined;
    return this.#done;
  }

  #flush(): void {
    this.#hash?.update(this.#batch.subarray(0, this.#length));
    this.#length = 0;
  }

  #useBatch(batch: Buffer): void {
    this.#batch = batch;
    this.#batchView = viewOf(batch);
  }

  #close(): void {
    if (this.#range === undefined || this.#hash === undefined) return;
    this.#flush();
    if (this.#batch.length > BATCH_BYTES) this.#useBatch(Buffer.allocUnsafeSlow(BATCH_BYTES));
    this.#done.push({ range: this.#range, rows: this.#rows, sha256: this.#hash.digest('hex') });
    this.#rows = 0;
  }
}

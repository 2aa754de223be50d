import { COPY_HEADER, COPY_TRAILER } from './tuple.ts';

/** What the usual last row needs beyond the capacity, so that the buffer rarely grows. */
const MARGIN_BYTES = 64 * 1024;

/**
 * Collects rows in COPY's binary form (PostgreSQL documentation of COPY, "Binary Format") until `capacity` bytes are there.
 * `bytes`, `view` and `length` are open to the readers: a call for each field would cost more than the field. They call `reserve` first and
 * read `bytes` and `view` again after it.
 */
export class BinaryWriter {
  /** Bytes after which the writer counts as full; the row that crosses it is still written whole. */
  readonly capacity: number;
  bytes: Buffer;
  view: DataView;
  /** Bytes written. */
  length = 0;

  /** @param capacity bytes; chunks of 1 MiB by default. */
  constructor(capacity: number = 1 << 20) {
    this.capacity = capacity;
    this.bytes = Buffer.allocUnsafeSlow(capacity + MARGIN_BYTES);
    this.view = viewOf(this.bytes);
  }

  get isFull(): boolean {
    return this.length >= this.capacity;
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.#use(larger);
  }

  /** Writes what starts a COPY stream: signature, flags, header extension length. */
  header(): void {
    this.raw(COPY_HEADER);
  }

  /** Writes what ends a COPY stream. */
  trailer(): void {
    this.raw(COPY_TRAILER);
  }

  /** Appends bytes as they are, a whole tuple for example. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Starts a row of so many fields. */
  startTuple(fields: number): void {
    this.reserve(2);
    this.view.setInt16(this.length, fields);
    this.length += 2;
  }

  /** Writes one field; `null` for NULL. */
  field(value: Uint8Array | null): void {
    this.reserve(4 + (value?.length ?? 0));
    this.view.setInt32(this.length, value === null ? -1 : value.length);
    this.length += 4;
    if (value !== null) {
      this.bytes.set(value, this.length);
      this.length += value.length;
    }
  }

  /** Takes back everything after `length`, a row that turned out to be refused for example. */
  rewind(length: number): void {
    this.length = length;
  }

  /** Hands the bytes over and starts anew in another buffer: the result stays as it is, also while a socket still reads it. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    this.#use(Buffer.allocUnsafeSlow(this.capacity + MARGIN_BYTES));
    return taken;
  }

  /** Starts anew in the same buffer: bytes read from it before are overwritten. */
  clear(): void {
    this.length = 0;
    // One giant row must not keep its memory for the rest of the run.
    if (this.bytes.length > 2 * (this.capacity + MARGIN_BYTES)) this.#use(Buffer.allocUnsafeSlow(this.capacity + MARGIN_BYTES));
  }

  #use(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

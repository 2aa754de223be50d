import { isUtf8 } from 'node:buffer';
import type { Column } from '../../../schema/column.ts';
import type { BinaryWriter } from '../binary-writer.ts';
import type { StoredColumn } from './catalog.ts';
import { REFUSAL_REASONS, type RefusalReason } from './refusal.ts';
import { Varint } from './rowid.ts';
import { TIME_BYTES, TIME_IMPOSSIBLE, TIME_NOT_CANONICAL, TIME_WRITTEN, writeTime } from './time-bytes.ts';

/** What `encode` returns for a row that was written. */
export const WRITTEN = 0;
/** What `encode` returns for a record that is not built as the file format has it. */
export const DAMAGED = -1;

/** How a field is written. Numbers, since the choice is made for each field of each row. */
const ROWID_AS_INT32 = 0;
const ROWID_AS_INT64 = 1;
const INT32 = 2;
const INT64 = 3;
/** A float in a column of REAL affinity: SQLite stores whole numbers as integers there, and hands them out as reals. */
const FLOAT64 = 4;
/** A float in a column of any other affinity: an integer there is an integer. */
const FLOAT64_ONLY = 5;
const BOOLEAN = 6;
const TEXT = 7;
const TIMESTAMP = 8;
const BYTES = 9;

const KINDS: Readonly<Record<Column['type'], number>> = {
  int32: INT32,
  int64: INT64,
  float64: FLOAT64_ONLY,
  boolean: BOOLEAN,
  text: TEXT,
  timestamp: TIMESTAMP,
  bytes: BYTES,
};

/** A refusal is one number: the field above these bits, the reason (from 1) in them. */
const REASON_BITS = 4;
const reasonCode = (reason: RefusalReason): number => REFUSAL_REASONS.indexOf(reason) + 1;
const NUL_CHARACTER = reasonCode('nul_character');
const INVALID_UTF8 = reasonCode('invalid_utf8');
const WRONG_STORAGE_CLASS = reasonCode('wrong_storage_class');
const OUT_OF_RANGE = reasonCode('out_of_range');
const IMPOSSIBLE_TIME = reasonCode('impossible_time');
const NOT_CANONICAL_TIME = reasonCode('not_canonical_time');
const NOT_BOOLEAN = reasonCode('not_boolean');
const NULL_IN_REQUIRED = reasonCode('null_in_required');
const NOT_FINITE = reasonCode('not_finite');
const NEGATIVE_ZERO = reasonCode('negative_zero');
const SHORT_RECORD = reasonCode('short_record');

/** The reason in what `encode` returned. */
export const reasonOf = (code: number): RefusalReason => REFUSAL_REASONS[(code & ((1 << REASON_BITS) - 1)) - 1] as RefusalReason;
/** The field in what `encode` returned. */
export const fieldOf = (code: number): number => code >> REASON_BITS;

/** Serial types of record cells (SQLite file format, section 2.1). From 12 on: even ones are blobs, odd ones text. */
const SERIAL_NULL = 0;
const SERIAL_INT32 = 4;
const SERIAL_INT48 = 5;
const SERIAL_INT64 = 6;
const SERIAL_FLOAT = 7;
const SERIAL_ZERO = 8;
const SERIAL_ONE = 9;
const SERIAL_BLOB = 12;
const SERIAL_TEXT = 13;
const SERIAL_BYTES = Uint8Array.of(0, 1, 2, 3, 4, 6, 8, 8, 0, 0);
const RESERVED_SERIALS_END = 12;

const TWO_32 = 4_294_967_296;
const EXPONENT = 0x7ff00000;
/** A field's length and its eight bytes: the most that any field but text and bytes takes. */
const FIXED_FIELD_BYTES = 12;
/** From here on a native copy is faster than one by words. */
const NATIVE_COPY_BYTES = 1024;

const isSmallInteger = (serial: number): boolean =>
  (serial >= 1 && serial <= SERIAL_INT32) || serial === SERIAL_ZERO || serial === SERIAL_ONE;

/** The value of an integer of up to 32 bits. */
function smallInteger(bytes: Uint8Array, view: DataView, at: number, serial: number): number {
  switch (serial) {
    case 1:
      return view.getInt8(at);
    case 2:
      return view.getInt16(at);
    case 3:
      return (view.getInt16(at) << 8) | (bytes[at + 2] as number);
    case SERIAL_INT32:
      return view.getInt32(at);
    case SERIAL_ONE:
      return 1;
    default:
      return 0;
  }
}

/**
 * Copies text of `length` bytes and checks it on the way.
 * @returns 0, or the reason's code when it is not UTF-8 or has a NUL character.
 */
function copyText(
  bytes: Buffer,
  view: DataView,
  at: number,
  length: number,
  out: Uint8Array,
  outView: DataView,
  to: number,
): number {
  if (length > NATIVE_COPY_BYTES) {
    const text = bytes.subarray(at, at + length);
    if (!isUtf8(text)) return INVALID_UTF8;
    if (text.includes(0)) return NUL_CHARACTER;
    out.set(text, to);
    return 0;
  }
  // Four bytes at a time: `high` collects the top bits, which ASCII has not; `nul` the top bits that only a zero byte leaves.
  let high = 0;
  let nul = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const word = view.getInt32(at + i);
    outView.setInt32(to + i, word);
    high |= word;
    nul |= (word - 0x01010101) & ~word;
  }
  for (; i < length; i++) {
    const byte = bytes[at + i] as number;
    out[to + i] = byte;
    high |= byte;
    nul |= (byte - 1) & ~byte & 0x80;
  }
  if ((high & 0x80808080) !== 0 && !isUtf8(bytes.subarray(at, at + length))) return INVALID_UTF8;
  return (nul & 0x80808080) === 0 ? 0 : NUL_CHARACTER;
}

/** Writes records (SQLite file format, section 2.1) as COPY tuples: from bytes to bytes, no value is made. */
export class RecordEncoder {
  readonly #names: readonly string[];
  readonly #kinds: Uint8Array;
  readonly #positions: Uint16Array;
  readonly #isNullable: Uint8Array;
  /** Cells a record must have for all fields to be in it, and the field that needs the last of them. */
  readonly #neededCells: number;
  readonly #serials: Int32Array;
  readonly #offsets: Int32Array;
  readonly #varint = new Varint();

  /** @param fields name, type and place in the record, in the order of the target. */
  constructor(fields: readonly { readonly name: string; readonly column: Column; readonly stored: StoredColumn }[]) {
    this.#names = fields.map(({ name }) => name);
    this.#kinds = Uint8Array.from(fields, ({ column: { type }, stored }) => {
      if (stored.isRowid) return type === 'int32' ? ROWID_AS_INT32 : ROWID_AS_INT64;
      return type === 'float64' && stored.hasRealAffinity ? FLOAT64 : KINDS[type];
    });
    this.#positions = Uint16Array.from(fields, ({ stored }) => stored.position);
    this.#isNullable = Uint8Array.from(fields, ({ column }) => Number(column.isNullable));
    this.#neededCells = fields.reduce((most, { stored }) => (stored.isRowid ? most : Math.max(most, stored.position + 1)), 0);
    // The row id has no cell of its own to look at, but its place is read like the others'.
    const cells = Math.max(this.#neededCells, ...fields.map(({ stored }) => stored.position + 1));
    this.#serials = new Int32Array(cells);
    this.#offsets = new Int32Array(cells);
  }

  nameOf(field: number): string {
    return this.#names[field] as string;
  }

  /**
   * Appends the record of `size` bytes at `start` as one tuple.
   * @returns `WRITTEN`, `DAMAGED`, or a refusal (`fieldOf`, `reasonOf`); the writer is as before unless it was written.
   */
  encode(
    bytes: Buffer,
    view: DataView,
    start: number,
    size: number,
    rowidHigh: number,
    rowidLow: number,
    writer: BinaryWriter,
  ): number {
    const cells = this.#readHeader(bytes, start, size);
    if (cells < 0) return DAMAGED;
    if (cells < this.#neededCells) return this.#shortField(cells);

    const kinds = this.#kinds;
    const positions = this.#positions;
    const serials = this.#serials;
    const offsets = this.#offsets;
    const fields = kinds.length;
    writer.reserve(2 + fields * FIXED_FIELD_BYTES + size);
    const out = writer.bytes;
    const outView = writer.view;
    let to = writer.length;
    outView.setInt16(to, fields);
    to += 2;

    for (let field = 0; field < fields; field++) {
      const kind = kinds[field] as number;
      if (kind <= ROWID_AS_INT64) {
        if (kind === ROWID_AS_INT64) {
          outView.setInt32(to, 8);
          outView.setInt32(to + 4, rowidHigh);
          outView.setInt32(to + 8, rowidLow);
          to += 12;
        } else {
          if ((rowidLow | 0) >> 31 !== rowidHigh) return (field << REASON_BITS) | OUT_OF_RANGE;
          outView.setInt32(to, 4);
          outView.setInt32(to + 4, rowidLow);
          to += 8;
        }
        continue;
      }
      const position = positions[field] as number;
      const serial = serials[position] as number;
      const at = offsets[position] as number;
      if (serial === SERIAL_NULL) {
        if (this.#isNullable[field] === 0) return (field << REASON_BITS) | NULL_IN_REQUIRED;
        outView.setInt32(to, -1);
        to += 4;
        continue;
      }
      switch (kind) {
        case INT32: {
          if (isSmallInteger(serial)) {
            outView.setInt32(to, 4);
            outView.setInt32(to + 4, smallInteger(bytes, view, at, serial));
          } else {
            if (serial !== SERIAL_INT48 && serial !== SERIAL_INT64) return (field << REASON_BITS) | WRONG_STORAGE_CLASS;
            const high = serial === SERIAL_INT48 ? view.getInt16(at) : view.getInt32(at);
            const low = view.getInt32(serial === SERIAL_INT48 ? at + 2 : at + 4);
            // A small value in a wide cell is one that SQLite reads, though it does not write it.
            if (low >> 31 !== high) return (field << REASON_BITS) | OUT_OF_RANGE;
            outView.setInt32(to, 4);
            outView.setInt32(to + 4, low);
          }
          to += 8;
          break;
        }
        case INT64: {
          outView.setInt32(to, 8);
          if (isSmallInteger(serial)) {
            const value = smallInteger(bytes, view, at, serial);
            outView.setInt32(to + 4, value >> 31);
            outView.setInt32(to + 8, value);
          } else if (serial === SERIAL_INT48) {
            outView.setInt32(to + 4, view.getInt16(at));
            outView.setInt32(to + 8, view.getInt32(at + 2));
          } else if (serial === SERIAL_INT64) {
            outView.setInt32(to + 4, view.getInt32(at));
            outView.setInt32(to + 8, view.getInt32(at + 4));
          } else return (field << REASON_BITS) | WRONG_STORAGE_CLASS;
          to += 12;
          break;
        }
        case FLOAT64:
        case FLOAT64_ONLY: {
          outView.setInt32(to, 8);
          if (serial === SERIAL_FLOAT) {
            const high = view.getInt32(at);
            const low = view.getInt32(at + 4);
            if ((high & EXPONENT) === EXPONENT) {
              // SQLite reads the bits of a NaN as NULL.
              if ((high & 0xfffff) === 0 && low === 0) return (field << REASON_BITS) | NOT_FINITE;
              if (this.#isNullable[field] === 0) return (field << REASON_BITS) | NULL_IN_REQUIRED;
              outView.setInt32(to, -1);
              to += 4;
              break;
            }
            if (high === -0x80000000 && low === 0) return (field << REASON_BITS) | NEGATIVE_ZERO;
            outView.setInt32(to + 4, high);
            outView.setInt32(to + 8, low);
          } else {
            if (kind === FLOAT64_ONLY) return (field << REASON_BITS) | WRONG_STORAGE_CLASS;
            if (isSmallInteger(serial)) outView.setFloat64(to + 4, smallInteger(bytes, view, at, serial));
            else if (serial === SERIAL_INT48) outView.setFloat64(to + 4, view.getInt16(at) * TWO_32 + view.getUint32(at + 2));
            else if (serial === SERIAL_INT64) outView.setFloat64(to + 4, view.getInt32(at) * TWO_32 + view.getUint32(at + 4));
            else return (field << REASON_BITS) | WRONG_STORAGE_CLASS;
          }
          to += 12;
          break;
        }
        case BOOLEAN: {
          if (!isSmallInteger(serial) && serial !== SERIAL_INT48 && serial !== SERIAL_INT64)
            return (field << REASON_BITS) | WRONG_STORAGE_CLASS;
          // Wider cells hold other numbers than 0 and 1: no writer stores those two in them.
          const value = isSmallInteger(serial) ? smallInteger(bytes, view, at, serial) : -1;
          if (value !== 0 && value !== 1) return (field << REASON_BITS) | NOT_BOOLEAN;
          outView.setInt32(to, 1);
          out[to + 4] = value;
          to += 5;
          break;
        }
        case TEXT: {
          if (serial < SERIAL_TEXT || (serial & 1) === 0) return (field << REASON_BITS) | WRONG_STORAGE_CLASS;
          const length = (serial - SERIAL_TEXT) >> 1;
          outView.setInt32(to, length);
          const refused = copyText(bytes, view, at, length, out, outView, to + 4);
          if (refused !== 0) return (field << REASON_BITS) | refused;
          to += 4 + length;
          break;
        }
        case TIMESTAMP: {
          if (serial < SERIAL_TEXT || (serial & 1) === 0) return (field << REASON_BITS) | WRONG_STORAGE_CLASS;
          const outcome = serial === SERIAL_TEXT + 2 * TIME_BYTES ? writeTime(bytes, at, outView, to + 4) : TIME_NOT_CANONICAL;
          if (outcome !== TIME_WRITTEN)
            return (field << REASON_BITS) | (outcome === TIME_IMPOSSIBLE ? IMPOSSIBLE_TIME : NOT_CANONICAL_TIME);
          outView.setInt32(to, 8);
          to += 12;
          break;
        }
        case BYTES: {
          if (serial < SERIAL_BLOB || (serial & 1) === 1) return (field << REASON_BITS) | WRONG_STORAGE_CLASS;
          const length = (serial - SERIAL_BLOB) >> 1;
          outView.setInt32(to, length);
          bytes.copy(out, to + 4, at, at + length);
          to += 4 + length;
          break;
        }
      }
    }
    writer.length = to;
    return WRITTEN;
  }

  /** Finds the serial type and place of each needed cell. Returns how many of them the record has, or -1 when it is damaged. */
  #readHeader(bytes: Buffer, start: number, size: number): number {
    const end = start + size;
    const serials = this.#serials;
    const offsets = this.#offsets;
    const needed = this.#neededCells;
    let p = start;
    let headerSize = bytes[p++] as number;
    if (headerSize >= 0x80) {
      this.#varint.read(bytes, start);
      if (this.#varint.high !== 0 || this.#varint.low < 0) return -1;
      headerSize = this.#varint.low;
      p = this.#varint.end;
    }
    if (headerSize > size) return -1;
    const headerEnd = start + headerSize;
    let body = headerEnd;
    let cells = 0;
    while (p < headerEnd && cells < needed) {
      let serial = bytes[p++] as number;
      if (serial >= 0x80) {
        this.#varint.read(bytes, p - 1);
        if (this.#varint.high !== 0 || this.#varint.low < 0) return -1;
        serial = this.#varint.low;
        p = this.#varint.end;
      }
      serials[cells] = serial;
      offsets[cells] = body;
      if (serial < SERIAL_BYTES.length) body += SERIAL_BYTES[serial] as number;
      else if (serial < RESERVED_SERIALS_END) return -1;
      else body += (serial - SERIAL_BLOB) >> 1;
      // Checked for each cell, so that the sum of lengths cannot overflow.
      if (body > end) return -1;
      cells++;
    }
    return p > headerEnd ? -1 : cells;
  }

  #shortField(cells: number): number {
    const field = this.#positions.findIndex((position, i) => (this.#kinds[i] as number) > ROWID_AS_INT64 && position >= cells);
    return (field << REASON_BITS) | SHORT_RECORD;
  }
}

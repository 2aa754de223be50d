import { isUtf8 } from 'node:buffer';
import { codecOf } from '../../schema/codec.ts';
import type { Column, Value } from '../../schema/column.ts';
import { Timestamp } from '../../schema/timestamp.ts';
import type { BinaryWriter } from './binary-writer.ts';
import type { RefusalReason } from './page-reader/refusal.ts';

interface Refused {
  readonly reason: RefusalReason;
}
const refuse = (reason: RefusalReason): Refused => ({ reason });
const isRefused = (value: Value | Refused): value is Refused => typeof value === 'object' && 'reason' in value;

/** A text column hands its text out as bytes; this string stands for a blob, which would look the same. */
const BLOB_MARK = 'blob';

/**
 * The expression that reads a cell as `writeExact` wants it.
 * @param place the column as SQL names it, quoted.
 */
export function exactSql(place: string, column: Column): string {
  if (column.type !== 'text') return place;
  return `CASE typeof(${place}) WHEN 'text' THEN CAST(${place} AS BLOB) WHEN 'blob' THEN '${BLOB_MARK}' ELSE ${place} END`;
}

const MOST_INT32 = 2_147_483_647n;
const CANONICAL_FORM = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;

/** What a cell that is not NULL is as a value of the column's type, or why it is none. The storage class shows in the JavaScript type. */
const READERS: { readonly [T in Column['type']]: (stored: unknown) => Value | Refused } = {
  int32: (stored) => {
    if (typeof stored !== 'bigint') return refuse('wrong_storage_class');
    return stored > MOST_INT32 || stored < -MOST_INT32 - 1n ? refuse('out_of_range') : Number(stored);
  },
  int64: (stored) => (typeof stored === 'bigint' ? stored : refuse('wrong_storage_class')),
  float64: (stored) => {
    if (typeof stored !== 'number') return refuse('wrong_storage_class');
    if (!Number.isFinite(stored)) return refuse('not_finite');
    return Object.is(stored, -0) ? refuse('negative_zero') : stored;
  },
  boolean: (stored) => {
    if (typeof stored !== 'bigint') return refuse('wrong_storage_class');
    return stored === 0n || stored === 1n ? stored === 1n : refuse('not_boolean');
  },
  text: (stored) => {
    if (!(stored instanceof Uint8Array)) return refuse('wrong_storage_class');
    if (!isUtf8(stored)) return refuse('invalid_utf8');
    return stored.includes(0) ? refuse('nul_character') : Buffer.from(stored.buffer, stored.byteOffset, stored.length).toString();
  },
  timestamp: (stored) => {
    if (typeof stored !== 'string') return refuse('wrong_storage_class');
    // Read as a string: a byte that is not UTF-8 becomes U+FFFD, which is no canonical form either.
    return Timestamp.fromCanonical(stored) ?? refuse(CANONICAL_FORM.test(stored) ? 'impossible_time' : 'not_canonical_time');
  },
  bytes: (stored) => (stored instanceof Uint8Array ? stored : refuse('wrong_storage_class')),
};

/**
 * Writes cells read by `exactSql` as the fields of a tuple the caller started. Stops at the first cell that is no value of its column and
 * says why; the caller then takes the tuple back.
 * @param first where the cells of `columns` begin in `cells`.
 */
export function writeExact(
  writer: BinaryWriter,
  columns: readonly (readonly [string, Column])[],
  cells: readonly unknown[],
  first: number,
): { readonly column: string; readonly reason: RefusalReason } | undefined {
  for (const [i, [name, column]] of columns.entries()) {
    const stored = cells[first + i];
    if (stored === null) {
      if (!column.isNullable) return { column: name, reason: 'null_in_required' };
      writer.field(null);
      continue;
    }
    const value = READERS[column.type](stored);
    if (isRefused(value)) return { column: name, reason: value.reason };
    writer.field(codecOf(column.type).toBinary(value));
  }
  return undefined;
}

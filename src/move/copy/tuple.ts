import { codecOf } from '../../schema/codec.ts';
import type { Column, Value } from '../../schema/column.ts';

/** Signature, flags and header extension length that start a `COPY ... BINARY` stream (PostgreSQL documentation of COPY). */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** A field count of -1 ends the stream. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

/** One row in COPY's binary form. */
export function tupleOf(columns: readonly (readonly [string, Column])[], values: readonly (Value | null)[]): Buffer {
  const parts: Buffer[] = [];
  const head = Buffer.allocUnsafe(2);
  head.writeInt16BE(columns.length);
  parts.push(head);
  columns.forEach(([, column], i) => {
    const value = values[i] ?? null;
    const length = Buffer.allocUnsafe(4);
    if (value === null) {
      length.writeInt32BE(-1);
      parts.push(length);
      return;
    }
    const bytes = codecOf(column.type).toBinary(value);
    length.writeInt32BE(bytes.length);
    parts.push(length, bytes);
  });
  return Buffer.concat(parts);
}

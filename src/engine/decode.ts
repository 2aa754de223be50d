import { codecOf, type SqliteValue } from '../schema/codec.ts';
import type { ColumnType } from '../schema/column.ts';
import type { Row } from './engine.ts';

export type Decoder<V> = (value: V) => unknown;

/** An integer of no schema column: a number while it is exact, else a bigint. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Decoder of one SQLite result column, by its name (see `schema()` for why by name). */
export function sqliteDecoder(type: ColumnType | undefined): Decoder<SqliteValue> {
  if (type === undefined) return (value) => (typeof value === 'bigint' ? exactInteger(value) : value);
  const codec = codecOf(type);
  return (value) => (value === null ? null : codec.fromSqlite(value));
}

/** Builds rows from arrays of values; `undefined` names never occur. */
export function toRows<V>(names: readonly string[], decoders: readonly Decoder<V>[], values: readonly (readonly V[])[]): Row[] {
  return values.map((cells) => {
    const row: Row = {};
    for (let i = 0; i < names.length; i++) row[names[i] as string] = (decoders[i] as Decoder<V>)(cells[i] as V);
    return row;
  });
}

import type { ColumnType, SqlText } from '../../../src/schema/column.ts';
import { Timestamp, type Value } from '../../../src/schema/index.ts';
import { quote } from './genes.ts';

/** Conversions there and back that lose nothing, written as a person would. */
export const RETYPED: Partial<Record<ColumnType, ColumnType>> = {
  int32: 'int64',
  boolean: 'int32',
  text: 'bytes',
  int64: 'text',
};
/** The conversion a person writes where autogenerate does not know one. */
export function usingOf(column: string, from: ColumnType, to: ColumnType): SqlText | undefined {
  if (from !== 'bytes' || to !== 'text') return undefined;
  return { sqlite: `CAST(${quote(column)} AS TEXT)`, postgres: `convert_from(${quote(column)}, 'UTF8')` };
}

export const VALUES: Readonly<Record<ColumnType, readonly Value[]>> = {
  int32: [-2_147_483_648, 2_147_483_647, 0, 17, -1, 5],
  int64: [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 0n, -1n, 5n],
  float64: [0.1 + 0.2, 5e-324, Number.MAX_VALUE, -1e22, 3, 0],
  boolean: [true, false, true, false, true, false],
  text: ['', ' x ', 'Ünï🚀\n', `quo'te"\\`, 'x'.repeat(3000), '\ufeff007'],
  timestamp: [-62_135_596_800_000_000n, 253_402_300_799_999_999n, -1n, 0n, 946_684_800_000_000n, 1n].map((micros) =>
    Timestamp.fromMicros(micros),
  ),
  bytes: ['', '00', 'ff00', 'deadbeef', '61'.repeat(2000), '27'].map((hex) => Buffer.from(hex, 'hex')),
};
/** Columns that change their type have values that both types can hold. */
export const PLAIN: Partial<Record<ColumnType, readonly Value[]>> = {
  int32: [1, -2, 3, 400_000, 5, 0],
  int64: [1n, -2n, 3n, 4_000_000_000n, 5n, 0n],
};
export const WORDS = ['new', "it's", 'ok', 'völlig', 'Done', ''];
export const DEFAULTS: Partial<Record<ColumnType, readonly (string | number | boolean)[]>> = {
  int32: [7, -1],
  int64: [0, 9_007_199_254_740_991],
  float64: [1.5, -0.25],
  boolean: [false, true],
  text: ["it's", 'x'],
};

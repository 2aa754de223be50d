import type { Value } from '../../../schema/column.ts';
import { boolean, bytes, float64, generatedId, int32, int64, type Table, table, text, timestamp } from '../../../schema/index.ts';
import { Timestamp } from '../../../schema/timestamp.ts';

/**
 * Tables of the self-test's own, beside the samples of the real ones: with every type, key and constraint, and with values that careless moves
 * damage. So every kind of damage can be planted also where the real tables are empty, or have no such column.
 */

const parent = table('flashcase_probe_parent', {
  columns: { probe_id: generatedId(), probe_name: text() },
  primaryKey: ['probe_id'],
  uniqueIndexes: { ix_flashcase_probe_parent_name: ['probe_name'] },
});

const probe = table('flashcase_probe', {
  columns: {
    probe_id: generatedId(),
    probe_parent_id: int64(),
    probe_text: text({ nullable: true }),
    probe_other_text: text({ default: 'none' }),
    probe_state: text({ oneOf: ['new', 'old'] }),
    probe_int: int32({ default: 1 }),
    probe_other_int: int32({ nullable: true }),
    probe_long: int64({ nullable: true }),
    probe_real: float64({ nullable: true }),
    probe_flag: boolean({ nullable: true }),
    probe_at: timestamp(),
    probe_other_at: timestamp({ nullable: true }),
    probe_bytes: bytes({ nullable: true }),
  },
  primaryKey: ['probe_id'],
  uniques: { uq_flashcase_probe_int: ['probe_int'] },
  indexes: { ix_flashcase_probe_parent: ['probe_parent_id', '-probe_id'] },
  references: { probe_parent_id: 'flashcase_probe_parent.probe_id' },
  checks: { flashcase_probe_int_positive: 'probe_int >= 0' },
});

const pair = table('flashcase_probe_pair', {
  columns: { probe_left: text(), probe_right: text(), probe_text: text({ nullable: true }) },
  primaryKey: ['probe_left', 'probe_right'],
});

/** Parents before children. */
export const probeTables: readonly Table[] = [parent, probe, pair];

/** The table in which a row is set aside, as a move does it. */
export const quarantineProbe: Table = probe;
/** The id of that row, and the last one of the parents that was handed out: its row is gone. */
export const SET_ASIDE_ID = 90n;
export const LAST_PARENT_ID = 99n;

const at = (words: string): Timestamp => Timestamp.parse(words) as Timestamp;

/** The rows on both sides, in the order of the columns. */
export const probeRows: Readonly<Record<string, readonly (readonly (Value | null)[])[]>> = {
  [parent.name]: [
    [1n, 'Ada'],
    [2n, 'Bo'],
    [3n, 'Café'],
  ],
  [probe.name]: [
    [
      1n,
      1n,
      'Café',
      'Straße',
      'new',
      1,
      2,
      9007199254740993n,
      3.1729999999999996,
      true,
      at('2024-03-31 01:30:00.123456'),
      at('2025-01-01 00:00:00.000001'),
      Buffer.from('00ff10', 'hex'),
    ],
    [
      2n,
      2n,
      '',
      'two  words',
      'old',
      2,
      3,
      -9223372036854775808n,
      0,
      false,
      at('2024-10-27 02:30:00.999999'),
      at('2024-10-27 02:30:00.000000'),
      Buffer.from('', 'hex'),
    ],
    [
      3n,
      1n,
      'line\r\nline',
      '😀',
      'new',
      3,
      -7,
      4294967296n,
      1 / 3,
      true,
      at('1970-01-01 00:00:00.000000'),
      null,
      Buffer.from('deadbeef', 'hex'),
    ],
    [4n, 3n, null, 'none', 'old', 4, null, null, null, null, at('9999-12-31 23:59:58.999998'), null, null],
    [
      5n,
      2n,
      'Ünïcödé',
      'x',
      'new',
      5,
      2147483647,
      1n,
      1e-300,
      false,
      at('0001-01-01 00:00:00.000001'),
      at('2024-02-29 12:00:00.500000'),
      Buffer.from('01', 'hex'),
    ],
  ],
  [pair.name]: [
    ['a', 'b', 'first'],
    ['a', 'B', null],
    ['', 'é', 'third'],
  ],
};

/** A row only SQLite can hold: its text has a NUL. */
export const setAsideRow: readonly (Value | null)[] = [
  SET_ASIDE_ID,
  1n,
  'a\0b',
  'none',
  'new',
  90,
  null,
  null,
  null,
  null,
  at('2024-01-01 00:00:00.000000'),
  null,
  null,
];

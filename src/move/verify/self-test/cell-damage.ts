import { codecOf } from '../../../schema/codec.ts';
import type { Column, ColumnType, Value } from '../../../schema/column.ts';
import { Timestamp } from '../../../schema/timestamp.ts';

/** One way in which a single value goes wrong. */
export interface CellDamage {
  readonly name: string;
  readonly types: readonly ColumnType[];
  /** The damaged value in PostgreSQL's text form; `undefined` where this value cannot be damaged so. */
  readonly change: (value: Value | null, type: ColumnType) => string | null | undefined;
}

const ALL: readonly ColumnType[] = ['int32', 'int64', 'float64', 'boolean', 'text', 'timestamp', 'bytes'];

const ofText = (name: string, change: (value: string) => string): CellDamage => ({
  name,
  types: ['text'],
  change: (value) => {
    if (typeof value !== 'string') return undefined;
    const damaged = change(value);
    return damaged === value ? undefined : damaged;
  },
});

const ofReal = (name: string, change: (value: number) => string): CellDamage => ({
  name,
  types: ['float64'],
  change: (value) => {
    if (typeof value !== 'number') return undefined;
    const damaged = change(value);
    return Object.is(Number(damaged), value) ? undefined : damaged;
  },
});

const LIMITS: Partial<Record<ColumnType, bigint>> = { int32: 2_147_483_647n, int64: 9_223_372_036_854_775_807n };

const ofInteger = (name: string, change: (value: bigint) => bigint): CellDamage => ({
  name,
  types: ['int32', 'int64'],
  change: (value, type) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
    const damaged = change(BigInt(value));
    const limit = LIMITS[type] as bigint;
    return damaged === BigInt(value) || damaged > limit || damaged < -limit - 1n ? undefined : String(damaged);
  },
});

const ofTime = (name: string, change: (micros: bigint) => bigint): CellDamage => ({
  name,
  types: ['timestamp'],
  change: (value) => {
    if (!(value instanceof Timestamp)) return undefined;
    const micros = change(value.micros);
    return micros === value.micros ? undefined : codecOf('timestamp').toPostgresText(Timestamp.fromMicros(micros));
  },
});

const ofBytes = (name: string, change: (value: Buffer) => Buffer): CellDamage => ({
  name,
  types: ['bytes'],
  change: (value) => {
    if (!(value instanceof Uint8Array) || value.length === 0) return undefined;
    return `\\x${change(Buffer.from(value)).toString('hex')}`;
  },
});

/** The next double away from zero. */
function nextDouble(value: number): number {
  const bits = new BigInt64Array(1);
  const reals = new Float64Array(bits.buffer);
  reals[0] = value;
  bits[0] = (bits[0] as bigint) + 1n;
  return reals[0];
}

const flipCase = (letter: string): string => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase());

const flipLastBit = (bytes: Buffer): Buffer => {
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  return bytes;
};

/** A step towards the middle of time, so that it stays within the years both engines know. */
const step =
  (size: bigint) =>
  (micros: bigint): bigint =>
    micros > 0n ? micros - size : micros + size;

export const cellDamages: readonly CellDamage[] = [
  ofText('text: one bit changed', (text) => text.replace(/[!-~](?=[^!-~]*$)/, (c) => String.fromCharCode(c.charCodeAt(0) ^ 1))),
  ofText('text: a letter in the other case', (text) => text.replace(/\p{L}/u, flipCase)),
  ofText('text: a trailing blank added', (text) => `${text} `),
  ofText('text: the last character cut off', (text) => [...text].slice(0, -1).join('')),
  ofText('text: a character replaced by U+FFFD', (text) => text.replace(/[^\uFFFD]/u, '\uFFFD')),
  ofText('text: another Unicode normal form', (text) =>
    text.normalize('NFD') === text ? text.normalize('NFC') : text.normalize('NFD'),
  ),
  ofText('text: read as Latin-1', (text) => Buffer.from(text, 'utf8').toString('latin1').replaceAll('\0', '')),
  ofText('text: other line ends', (text) =>
    text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text.replaceAll('\n', '\r\n'),
  ),
  { name: 'text: empty instead of NULL', types: ['text'], change: (value) => (value === null ? '' : undefined) },
  { name: 'text: NULL instead of empty', types: ['text'], change: (value) => (value === '' ? null : undefined) },
  ofReal('real: the last bit changed', (value) => String(nextDouble(value))),
  { name: 'real: -0 instead of 0', types: ['float64'], change: (value) => (value === 0 ? '-0' : undefined) },
  ofReal('real: rounded to single precision', (value) => String(Math.fround(value))),
  ofReal('real: rounded to 15 digits', (value) => value.toPrecision(15)),
  ofInteger('integer: off by one', (value) => (value > 0n ? value - 1n : value + 1n)),
  ofInteger('integer: the other sign', (value) => -value),
  ofInteger('integer: read as a double', (value) => BigInt(Number(value))),
  ofInteger('integer: cut to 32 bits', (value) => BigInt.asIntN(32, value)),
  {
    name: 'boolean: the other value',
    types: ['boolean'],
    change: (value) => (value === null ? undefined : value === true ? 'f' : 't'),
  },
  ofTime('time: one microsecond', step(1n)),
  ofTime('time: one millisecond', step(1000n)),
  ofTime('time: one hour (a time zone)', step(3_600_000_000n)),
  ofTime('time: cut to milliseconds', (micros) => micros - (micros % 1000n)),
  ofBytes('bytes: one bit changed', flipLastBit),
  ofBytes('bytes: the last byte cut off', (bytes) => bytes.subarray(0, -1)),
  ofBytes('bytes: a zero byte added', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  { name: 'a value: NULL instead of it', types: ALL, change: (value) => (value === null ? undefined : null) },
];

/** The damages a column can suffer at all. */
export const damagesOf = ({ type }: Column): readonly CellDamage[] => cellDamages.filter(({ types }) => types.includes(type));

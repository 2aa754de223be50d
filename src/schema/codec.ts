import { FlashcaseError } from '../errors/index.ts';
import type { ColumnType, Value, ValueOf } from './column.ts';
import { POSTGRES_EPOCH_MICROS, Timestamp } from './timestamp.ts';

/** What SQLite stores: integers are read as `bigint`. */
export type SqliteValue = bigint | number | string | Uint8Array | null;

/**
 * Carries values of one column type between TypeScript, SQLite and PostgreSQL. The binary form is PostgreSQL's own
 * (`COPY ... BINARY`, `record_send`), so the same bytes are copied, compared and hashed on both sides.
 */
export interface Codec<T extends ColumnType> {
  /** Why the value cannot be stored, or `undefined` when it can: the same answer on both engines. */
  refuse(value: unknown): string | undefined;
  toSqlite(value: ValueOf[T]): Exclude<SqliteValue, null>;
  /** Throws `FC_VALUE_UNREADABLE` when the stored class or form is not the column's. */
  fromSqlite(value: Exclude<SqliteValue, null>): ValueOf[T];
  /** PostgreSQL's text form. */
  toPostgresText(value: ValueOf[T]): string;
  fromPostgresText(text: string): ValueOf[T];
  /** PostgreSQL's binary form without its length. */
  toBinary(value: ValueOf[T]): Buffer;
  fromBinary(bytes: Buffer): ValueOf[T];
}

const unreadable = (type: ColumnType, value: unknown): never => {
  const shown =
    value instanceof Uint8Array
      ? `bytes ${Buffer.from(value).subarray(0, 32).toString('hex')}`
      : `${typeof value} ${String(value).slice(0, 80)}`;
  throw new FlashcaseError('FC_VALUE_UNREADABLE', {
    what: `A stored value is not a ${type}: ${shown}.`,
    why: 'It was written by another program, or the file is damaged.',
    hint: 'flashcase db check names the rows; flashcase move plan lists every such value with a remedy.',
  });
};

const INT32_MAX = 2_147_483_647;
const INT64_MAX = 9_223_372_036_854_775_807n;

function integerCodec(): Codec<'int32'> {
  const isInt32 = (value: unknown): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= -INT32_MAX - 1 && value <= INT32_MAX;
  return {
    refuse: (value) => (isInt32(value) ? undefined : 'is not a whole number between -2147483648 and 2147483647'),
    toSqlite: (value) => BigInt(value),
    fromSqlite: (value) => (typeof value === 'bigint' && isInt32(Number(value)) ? Number(value) : unreadable('int32', value)),
    toPostgresText: String,
    fromPostgresText: Number,
    toBinary: (value) => {
      const out = Buffer.allocUnsafe(4);
      out.writeInt32BE(value);
      return out;
    },
    fromBinary: (bytes) => bytes.readInt32BE(),
  };
}

function bigintCodec(): Codec<'int64'> {
  return {
    refuse: (value) =>
      typeof value === 'bigint' && value >= -INT64_MAX - 1n && value <= INT64_MAX ? undefined : 'is not a 64-bit whole number',
    toSqlite: (value) => value,
    fromSqlite: (value) => (typeof value === 'bigint' ? value : unreadable('int64', value)),
    toPostgresText: String,
    fromPostgresText: BigInt,
    toBinary: (value) => {
      const out = Buffer.allocUnsafe(8);
      out.writeBigInt64BE(value);
      return out;
    },
    fromBinary: (bytes) => bytes.readBigInt64BE(),
  };
}

function floatCodec(): Codec<'float64'> {
  // SQLite cannot keep -0 (it stores 0) nor NaN (it stores NULL): both sides store 0 for -0, and both refuse NaN.
  const plain = (value: number): number => (Object.is(value, -0) ? 0 : value);
  return {
    refuse: (value) => (typeof value === 'number' && Number.isFinite(value) ? undefined : 'is not a finite number'),
    toSqlite: plain,
    fromSqlite: (value) => (typeof value === 'number' ? value : unreadable('float64', value)),
    toPostgresText: (value) => String(plain(value)),
    fromPostgresText: Number,
    toBinary: (value) => {
      const out = Buffer.allocUnsafe(8);
      out.writeDoubleBE(plain(value));
      return out;
    },
    fromBinary: (bytes) => bytes.readDoubleBE(),
  };
}

function booleanCodec(): Codec<'boolean'> {
  return {
    refuse: (value) => (typeof value === 'boolean' ? undefined : 'is not true or false'),
    toSqlite: (value) => (value ? 1n : 0n),
    fromSqlite: (value) => (value === 1n ? true : value === 0n ? false : unreadable('boolean', value)),
    toPostgresText: (value) => (value ? 't' : 'f'),
    fromPostgresText: (text) => text === 't' || text === 'true',
    toBinary: (value) => Buffer.from([value ? 1 : 0]),
    fromBinary: (bytes) => bytes[0] === 1,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textCodec(): Codec<'text'> {
  return {
    refuse: (value) =>
      typeof value !== 'string'
        ? 'is not text'
        : value.includes('\0')
          ? 'contains a NUL character'
          : value.isWellFormed()
            ? undefined
            : 'contains half of a surrogate pair',
    toSqlite: (value) => value,
    fromSqlite: (value) => (typeof value === 'string' ? value : unreadable('text', value)),
    toPostgresText: (value) => value,
    fromPostgresText: (text) => text,
    toBinary: (value) => Buffer.from(value, 'utf8'),
    fromBinary: (bytes) => utf8.decode(bytes),
  };
}

function timestampCodec(): Codec<'timestamp'> {
  return {
    refuse: (value) => (value instanceof Timestamp ? undefined : 'is not a time'),
    toSqlite: (value) => value.text,
    fromSqlite: (value) =>
      (typeof value === 'string' ? Timestamp.fromCanonical(value) : undefined) ?? unreadable('timestamp', value),
    toPostgresText: (value) => value.toPostgres(),
    fromPostgresText: (text) => Timestamp.parse(text) ?? unreadable('timestamp', text),
    toBinary: (value) => {
      const out = Buffer.allocUnsafe(8);
      out.writeBigInt64BE(value.micros - POSTGRES_EPOCH_MICROS);
      return out;
    },
    fromBinary: (bytes) => Timestamp.fromMicros(bytes.readBigInt64BE() + POSTGRES_EPOCH_MICROS),
  };
}

function bytesCodec(): Codec<'bytes'> {
  return {
    refuse: (value) => (value instanceof Uint8Array ? undefined : 'is not bytes'),
    toSqlite: (value) => value,
    fromSqlite: (value) => (value instanceof Uint8Array ? value : unreadable('bytes', value)),
    toPostgresText: (value) => `\\x${Buffer.from(value).toString('hex')}`,
    fromPostgresText: (text) => Buffer.from(text.slice(2), 'hex'),
    toBinary: (value) => Buffer.from(value),
    fromBinary: (bytes) => bytes,
  };
}

/** One codec a column type: used by sessions, copy, verify, capture and the way back. */
export const codecs: { readonly [T in ColumnType]: Codec<T> } = {
  int32: integerCodec(),
  int64: bigintCodec(),
  float64: floatCodec(),
  boolean: booleanCodec(),
  text: textCodec(),
  timestamp: timestampCodec(),
  bytes: bytesCodec(),
};

/** The codec of a type only known at run time. */
export function codecOf(type: ColumnType): Codec<ColumnType> {
  return codecs[type] as unknown as Codec<ColumnType>;
}

export type { Value };

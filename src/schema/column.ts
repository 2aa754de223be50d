import type { Timestamp } from './timestamp.ts';

/**
 * The types a column can have. Each has one meaning on both engines:
 * int32/int64 signed integers (int64 is a `bigint` in TypeScript), float64 an IEEE double without NaN and infinities,
 * boolean, text (UTF-8, no NUL, compared bytewise), timestamp (UTC, microseconds), bytes.
 */
export type ColumnType = 'int32' | 'int64' | 'float64' | 'boolean' | 'text' | 'timestamp' | 'bytes';

/** What a column type is in TypeScript. */
export interface ValueOf {
  int32: number;
  int64: bigint;
  float64: number;
  boolean: boolean;
  text: string;
  timestamp: Timestamp;
  bytes: Uint8Array;
}

export type Value = ValueOf[ColumnType];

/** SQL that both engines understand word for word, or one text for each. */
export type SqlText = string | { readonly sqlite: string; readonly postgres: string };

/** The text for one engine. */
export function sqlFor(text: SqlText, engine: 'sqlite' | 'postgres'): string {
  return typeof text === 'string' ? text : text[engine];
}

/** A default the database applies. Constants only: time and randomness are passed in, so that both engines store the same. */
export type DefaultValue = string | number | boolean;

export interface Column<T extends ColumnType = ColumnType, N extends boolean = boolean, D extends boolean = boolean> {
  readonly type: T;
  readonly isNullable: N;
  /** True where an insert may leave the column out (default or generated id). */
  readonly hasDefault: D;
  readonly default?: DefaultValue;
  /** Text only: the allowed values, checked by the database. */
  readonly oneOf?: readonly string[];
  /** True for an id the database hands out, never twice (AUTOINCREMENT; an owned sequence). */
  readonly isGenerated: boolean;
  /** The database computes the value from other columns of the row; always stored, which every version of both engines can do. */
  readonly computed?: SqlText;
  /** Kept by engines that have comments. */
  readonly comment?: string;
  /** The name before a rename; a mark for `revision --autogenerate`, to be taken out once the rename is a revision. */
  readonly renamedFrom?: string;
}

export interface ColumnOptions {
  readonly nullable?: boolean;
  readonly default?: DefaultValue;
  readonly oneOf?: readonly string[];
  readonly computed?: SqlText;
  readonly comment?: string;
  readonly renamedFrom?: string;
}

type Built<T extends ColumnType, O extends ColumnOptions> = Column<
  T,
  O extends { nullable: true } ? true : false,
  O extends { default: DefaultValue } | { computed: SqlText } | { nullable: true } ? true : false
>;

function builder<T extends ColumnType>(type: T) {
  return <const O extends ColumnOptions = Record<never, never>>(options?: O): Built<T, O> => {
    // A time written into the schema would be read in each server's own time zone; bytes have no spelling that both engines read.
    if (options?.default !== undefined && (type === 'timestamp' || type === 'bytes'))
      throw new Error(`a column of type ${type} has no default: its values are passed in`);
    return {
      type,
      isNullable: options?.nullable === true,
      hasDefault: options?.default !== undefined || options?.computed !== undefined || options?.nullable === true,
      isGenerated: false,
      ...(options?.default === undefined ? {} : { default: options.default }),
      ...(options?.oneOf === undefined ? {} : { oneOf: options.oneOf }),
      ...(options?.computed === undefined ? {} : { computed: options.computed }),
      ...(options?.comment === undefined ? {} : { comment: options.comment }),
      ...(options?.renamedFrom === undefined ? {} : { renamedFrom: options.renamedFrom }),
    } as unknown as Built<T, O>;
  };
}

export const int32 = builder('int32');
export const int64 = builder('int64');
export const float64 = builder('float64');
export const boolean = builder('boolean');
export const text = builder('text');
export const timestamp = builder('timestamp');
export const bytes = builder('bytes');

/** A 64-bit id the database hands out in rising order and never twice, also after the highest row is deleted. */
export function generatedId(): Column<'int64', false, true> {
  return { type: 'int64', isNullable: false, hasDefault: true, isGenerated: true };
}

import type { Column, ColumnType, SqlText } from '../schema/column.ts';

/** Both engines hold these alike: a value that the new type cannot hold is refused by the type or its check. */
const KEPT = new Set(['int32 int64', 'int64 int32']);

/** True when existing values stay as they are without an expression, or are refused. */
export function keepsValues(from: ColumnType, to: ColumnType): boolean {
  return from === to || KEPT.has(`${from} ${to}`);
}

const FORM = 'YYYY-MM-DD HH24:MI:SS.US';

/**
 * The values of a column in another type, for the changes that can keep every value and mean the same on both engines. A value that
 * would have to be bent to fit ('007' as a number, 1.5 as an integer) fails the revision on both, and names itself (facts F14).
 * `undefined` for the changes that a person must decide.
 */
export function conversionOf(quoted: string, from: ColumnType, to: ColumnType): SqlText | undefined {
  const c = quoted;
  const refused = `'not exactly ${to}: ' || ${c}`;
  const kind = `${from} ${to}`;
  switch (kind) {
    case 'boolean int32':
      return { sqlite: c, postgres: `${c}::integer` };
    case 'boolean int64':
      return { sqlite: c, postgres: `${c}::integer::bigint` };
    case 'int32 boolean':
    case 'int64 boolean':
      return { sqlite: c, postgres: `CASE ${c} WHEN 0 THEN false WHEN 1 THEN true ELSE (${refused})::boolean END` };
    case 'int32 float64':
      return { sqlite: `CAST(${c} AS REAL)`, postgres: `${c}::double precision` };
    case 'int64 float64':
      return {
        sqlite: `CASE WHEN CAST(CAST(${c} AS REAL) AS INTEGER) = ${c} THEN CAST(${c} AS REAL) WHEN ${c} IS NOT NULL THEN ${refused} END`,
        postgres: `CASE WHEN ${c}::double precision::numeric = ${c} THEN ${c}::double precision ELSE (${refused})::double precision END`,
      };
    case 'float64 int32':
    case 'float64 int64':
      return {
        sqlite: c,
        postgres: `CASE WHEN ${c} = trunc(${c}) THEN ${c} ELSE (${refused})::double precision END::${INTEGERS[to]}`,
      };
    case 'int32 text':
    case 'int64 text':
      return { sqlite: `CAST(${c} AS TEXT)`, postgres: `${c}::text` };
    case 'text int32':
    case 'text int64':
      return {
        sqlite: `CASE WHEN CAST(CAST(${c} AS INTEGER) AS TEXT) = ${c} THEN CAST(${c} AS INTEGER) WHEN ${c} IS NOT NULL THEN ${refused} END`,
        postgres: `CASE WHEN ${c} ~ '^(0|-?[1-9][0-9]*)$' THEN ${c} ELSE ${refused} END::${INTEGERS[to]}`,
      };
    case 'timestamp text':
      return { sqlite: c, postgres: `to_char(${c} AT TIME ZONE 'UTC', '${FORM}')` };
    case 'text timestamp':
      return {
        sqlite: c,
        postgres: `CASE WHEN to_char(${c}::timestamp, '${FORM}') = ${c} THEN ${c} ELSE ${refused} END::timestamp AT TIME ZONE 'UTC'`,
      };
    case 'text bytes':
      return { sqlite: `CAST(${c} AS BLOB)`, postgres: `convert_to(${c}, 'UTF8')` };
    default:
      return undefined;
  }
}

const INTEGERS: Partial<Record<ColumnType, string>> = { int32: 'integer', int64: 'bigint' };

/** True when existing values cannot come along unless a person says how. */
export function needsUsing(from: Column, to: Column): boolean {
  return to.computed === undefined && !keepsValues(from.type, to.type) && conversionOf('', from.type, to.type) === undefined;
}

/** What both engines say when they refuse a column whose values nobody decided; the number of rows stands before it. */
export function valuesWithoutWord(table: string, column: string, from: Column, to: Column): string {
  return `rows of ${table} have a value in ${column}, and nothing says what ${from.type} becomes as ${to.type} (using)`;
}

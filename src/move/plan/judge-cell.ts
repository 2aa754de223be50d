import { isUtf8 } from 'node:buffer';
import type { Column } from '../../schema/column.ts';
import type { StoredCell } from '../../schema/stored-cell.ts';
import { Timestamp } from '../../schema/timestamp.ts';

/** What the operator can choose for a kind of problem. `leave` is for tables the schema does not know. */
export type Remedy =
  | 'quarantine'
  | 'replace'
  | 'set_null'
  | 'convert'
  | 'round'
  | 'nonzero_is_true'
  | 'normalise_time'
  | 'epoch_seconds'
  | 'epoch_milliseconds'
  | 'use_default'
  | 'keep'
  | 'leave';

/** What each remedy does, for the rules file and the guide. */
export const REMEDIES: Readonly<Record<Remedy, string>> = {
  quarantine: 'keep the whole row, byte for byte, in the quarantine table instead of its own',
  replace: 'write U+2400 for each NUL and U+FFFD for bytes that are not UTF-8; the old bytes stay in the source file only',
  set_null: 'store NULL instead',
  convert: 'store the same value in the type of the column',
  round: 'round to the nearest whole number, half to even',
  nonzero_is_true: 'store true for every number but 0',
  normalise_time: 'store the same moment in the usual form (24:00:00 becomes 00:00:00 of the next day; no zone means UTC)',
  epoch_seconds: 'read the number as seconds since 1970-01-01 UTC',
  epoch_milliseconds: 'read the number as milliseconds since 1970-01-01 UTC',
  use_default: "store the column's default",
  keep: 'copy it as it is; should PostgreSQL not be able to index it, the run stops and names the index',
  leave: 'do not move this table; it stays in the source file',
};

export type CellKind =
  | 'nul_character'
  | 'invalid_utf8'
  | 'number_in_text'
  | 'blob_in_text'
  | 'binary_in_text'
  | 'value_not_allowed'
  | 'number_as_text'
  | 'text_in_number'
  | 'blob_in_number'
  | 'whole_number_as_real'
  | 'integer_in_float'
  | 'fraction'
  | 'out_of_range'
  | 'not_finite'
  | 'negative_zero'
  | 'boolean_as_text'
  | 'not_boolean'
  | 'time_not_canonical'
  | 'time_24_hours'
  | 'impossible_time'
  | 'epoch_number'
  | 'text_in_bytes'
  | 'number_in_bytes'
  | 'null_not_allowed';

/** Why a cell does not convert exactly. The first remedy is the proposal. */
export interface CellProblem {
  readonly kind: CellKind;
  readonly why: string;
  readonly remedies: readonly Remedy[];
}

const problem = (kind: CellKind, why: string, ...remedies: Remedy[]): CellProblem => ({ kind, why, remedies });

const INT32_MIN = -2_147_483_648n;
const INT32_MAX = 2_147_483_647n;
const INT64_MIN = -9_223_372_036_854_775_808n;
const INT64_MAX = 9_223_372_036_854_775_807n;
/** Years 0001 and 9999 in seconds since 1970. */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;

const fits = (value: bigint, column: Column): boolean =>
  column.type === 'int32' ? value >= INT32_MIN && value <= INT32_MAX : value >= INT64_MIN && value <= INT64_MAX;

function judgeInteger(column: Column, cell: StoredCell): CellProblem | undefined {
  const range = column.type === 'int32' ? '-2147483648 to 2147483647' : '64 bits';
  const tooLarge = () => problem('out_of_range', `the number does not fit into ${range}`, 'quarantine', 'set_null');
  switch (cell.kind) {
    case 'integer':
      return fits(cell.value, column) ? undefined : tooLarge();
    case 'real':
      if (
        !Number.isFinite(cell.value) ||
        !fits(BigInt(Math.floor(cell.value)), column) ||
        !fits(BigInt(Math.ceil(cell.value)), column)
      )
        return tooLarge();
      if (Number.isInteger(cell.value))
        return problem('whole_number_as_real', 'a whole number is stored as a real', 'convert', 'quarantine');
      return problem('fraction', 'a fraction is stored in a whole-number column', 'quarantine', 'round', 'set_null');
    case 'text': {
      const text = cell.bytes.toString('latin1');
      if (!/^(0|-?[1-9]\d{0,18})$/.test(text))
        return problem('text_in_number', 'text is stored in a whole-number column', 'quarantine', 'set_null');
      return fits(BigInt(text), column)
        ? problem('number_as_text', 'a number is stored as text', 'convert', 'quarantine')
        : tooLarge();
    }
    default:
      return problem('blob_in_number', 'bytes are stored in a whole-number column', 'quarantine', 'set_null');
  }
}

function judgeFloat(cell: StoredCell): CellProblem | undefined {
  switch (cell.kind) {
    case 'real':
      if (!Number.isFinite(cell.value))
        return problem('not_finite', 'infinity is stored; only finite numbers are kept', 'quarantine', 'set_null');
      return Object.is(cell.value, -0)
        ? problem('negative_zero', 'minus zero is stored; both engines keep it as 0', 'convert', 'quarantine')
        : undefined;
    case 'integer':
      return BigInt(Number(cell.value)) === cell.value
        ? problem('integer_in_float', 'a whole number is stored as an integer in a column of reals', 'convert', 'quarantine')
        : problem('out_of_range', 'the integer has more digits than a double keeps', 'quarantine', 'set_null');
    case 'text': {
      const text = cell.bytes.toString('latin1');
      return Number.isFinite(Number(text)) && String(Number(text)) === text && text !== '-0'
        ? problem('number_as_text', 'a number is stored as text', 'convert', 'quarantine')
        : problem('text_in_number', 'text is stored in a column of reals', 'quarantine', 'set_null');
    }
    default:
      return problem('blob_in_number', 'bytes are stored in a column of reals', 'quarantine', 'set_null');
  }
}

function judgeBoolean(cell: StoredCell): CellProblem | undefined {
  if (cell.kind === 'integer' && (cell.value === 0n || cell.value === 1n)) return undefined;
  if (cell.kind === 'real' && (cell.value === 0 || cell.value === 1)) {
    return problem('whole_number_as_real', 'true or false is stored as a real', 'convert', 'quarantine');
  }
  if (cell.kind === 'text' && /^(true|false|t|f|1|0)$/i.test(cell.bytes.toString('latin1'))) {
    return problem('boolean_as_text', 'true or false is stored as text', 'convert', 'quarantine');
  }
  return cell.kind === 'integer' || cell.kind === 'real'
    ? problem(
        'not_boolean',
        'a number other than 0 and 1 is stored in a yes/no column',
        'quarantine',
        'nonzero_is_true',
        'set_null',
      )
    : problem('not_boolean', 'neither true nor false is stored in a yes/no column', 'quarantine', 'set_null');
}

function judgeText(column: Column, cell: StoredCell): CellProblem | undefined {
  switch (cell.kind) {
    case 'text': {
      if (!isUtf8(cell.bytes)) return problem('invalid_utf8', 'the text is not UTF-8', 'quarantine', 'replace', 'set_null');
      const nul = cell.bytes.indexOf(0);
      if (nul >= 0) return problem('nul_character', 'PostgreSQL text has no NUL character', 'quarantine', 'replace', 'set_null');
      if (column.oneOf !== undefined && !column.oneOf.includes(cell.bytes.toString('utf8'))) {
        return problem('value_not_allowed', `only ${column.oneOf.join(', ')} are allowed`, 'quarantine', 'set_null');
      }
      return undefined;
    }
    case 'blob':
      return isUtf8(cell.bytes) && !cell.bytes.includes(0) && column.oneOf === undefined
        ? problem('blob_in_text', 'text is stored as bytes', 'quarantine', 'convert', 'set_null')
        : problem('binary_in_text', 'bytes that are no text are stored in a text column', 'quarantine', 'set_null');
    default:
      return column.oneOf === undefined
        ? problem('number_in_text', 'a number is stored in a text column', 'convert', 'quarantine')
        : problem('value_not_allowed', `only ${column.oneOf.join(', ')} are allowed`, 'quarantine', 'set_null');
  }
}

/** `2025-10-03 24:00:00`, which some programs write for the midnight that ends a day: the day's own text, or `undefined`. */
export function dayEndedByMidnight(text: string): string | undefined {
  const match = /^(.*)[ T]24:00(?::00(?:\.0{1,6})?)?$/.exec(text);
  return match?.[1];
}

function judgeTime(cell: StoredCell): CellProblem | undefined {
  switch (cell.kind) {
    case 'text': {
      const text = cell.bytes.toString('latin1');
      if (Timestamp.fromCanonical(text) !== undefined) return undefined;
      if (Timestamp.parse(text) !== undefined) {
        return problem(
          'time_not_canonical',
          'the time is not in the form YYYY-MM-DD HH:MM:SS.ffffff',
          'normalise_time',
          'quarantine',
        );
      }
      const day = dayEndedByMidnight(text);
      // The last midnight of 9999 would be the year 10000.
      if (day !== undefined && day !== '9999-12-31' && Timestamp.parse(`${day} 00:00`) !== undefined) {
        return problem(
          'time_24_hours',
          '24:00:00 would silently become the next day',
          'quarantine',
          'normalise_time',
          'set_null',
        );
      }
      return problem('impossible_time', 'no such time exists', 'quarantine', 'set_null');
    }
    case 'integer':
    case 'real': {
      const number = Number(cell.value);
      const millisecondsFit = number >= MIN_SECONDS * 1000 && number <= MAX_SECONDS * 1000;
      if (!millisecondsFit)
        return problem('impossible_time', 'a number that is no time is stored in a time column', 'quarantine', 'set_null');
      const secondsFit = number >= MIN_SECONDS && number <= MAX_SECONDS;
      return problem(
        'epoch_number',
        'a number is stored in a time column; seconds or milliseconds must be said',
        'quarantine',
        ...(secondsFit ? (['epoch_seconds'] as const) : []),
        'epoch_milliseconds',
        'set_null',
      );
    }
    default:
      return problem('impossible_time', 'bytes are stored in a time column', 'quarantine', 'set_null');
  }
}

function judgeBytes(cell: StoredCell): CellProblem | undefined {
  if (cell.kind === 'blob') return undefined;
  return cell.kind === 'text'
    ? problem('text_in_bytes', 'text is stored in a column of bytes', 'convert', 'quarantine')
    : problem('number_in_bytes', 'a number is stored in a column of bytes', 'quarantine', 'set_null');
}

function judgeType(column: Column, cell: StoredCell): CellProblem | undefined {
  switch (column.type) {
    case 'int32':
    case 'int64':
      return judgeInteger(column, cell);
    case 'float64':
      return judgeFloat(cell);
    case 'boolean':
      return judgeBoolean(cell);
    case 'text':
      return judgeText(column, cell);
    case 'timestamp':
      return judgeTime(cell);
    case 'bytes':
      return judgeBytes(cell);
  }
}

/**
 * What changing a column could do to other rows. A `key` identifies its row (primary key, unique key, target of a reference): changed, it
 * could make two rows one or orphan others, so only quarantine is offered. A `reference` could point elsewhere: quarantine or NULL.
 */
export type ColumnRole = 'key' | 'reference' | 'plain';

const ALLOWED: Record<ColumnRole, (remedy: Remedy) => boolean> = {
  key: (remedy) => remedy === 'quarantine',
  reference: (remedy) => remedy === 'quarantine' || remedy === 'set_null',
  plain: () => true,
};

/** Says why a stored cell does not convert exactly, or `undefined` when it does. */
export function judgeCell(column: Column, cell: StoredCell, role: ColumnRole): CellProblem | undefined {
  if (cell.kind === 'null') {
    if (column.isNullable) return undefined;
    const hasConstant = column.default !== undefined && role === 'plain';
    const remedies = hasConstant ? (['quarantine', 'use_default'] as const) : (['quarantine'] as const);
    return problem('null_not_allowed', 'the column must not be empty', ...remedies);
  }
  const found = judgeType(column, cell);
  if (found === undefined) return undefined;
  const offered = found.remedies.filter((remedy) => ALLOWED[role](remedy) && (remedy !== 'set_null' || column.isNullable));
  return { ...found, remedies: offered.length > 0 ? offered : ['quarantine'] };
}

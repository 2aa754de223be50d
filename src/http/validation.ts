import type { JsonSchema, Schema } from './json-schema.ts';

/** One problem in the form FastAPI reports it (pydantic 2): existing clients read `detail[].msg` and `detail[].loc`. */
export interface ValidationProblem {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

export class ValidationFailed extends Error {
  readonly problems: readonly ValidationProblem[];
  constructor(problems: readonly ValidationProblem[]) {
    super('The request is not valid.');
    this.problems = problems;
  }
}

type Location = readonly (string | number)[];
type Report = (type: string, msg: string, ctx?: Readonly<Record<string, unknown>>) => undefined;

const plural = (count: number): string => `${count} character${count === 1 ? '' : 's'}`;
const DIGITS = /^\s*[+-]?\d{1,4300}\s*$/;
const TRUE = /^(true|t|yes|y|on|1)$/i;
const FALSE = /^(false|f|no|n|off|0)$/i;

/** `password`, `current_password`, `new_password`, a `token` of a link. */
const isSecret = (name: string): boolean => /(^|_)(password|token)$/.test(name);

/** What a client sent comes back in a refusal, except what opens an account. */
function shown(input: unknown, loc: Location): unknown {
  if (isSecret(String(loc.at(-1)))) return '';
  if (typeof input === 'object' && input !== null && Object.keys(input).some(isSecret))
    return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, isSecret(name) ? '' : value]));
  return input ?? null;
}

function checkText(schema: JsonSchema, value: unknown, report: Report): string | undefined {
  if (typeof value !== 'string') return report('string_type', 'Input should be a valid string');
  // What PostgreSQL cannot store and SQLite should not: refused in the same words on both engines.
  if (!value.isWellFormed()) {
    return report('string_unicode', 'Input should be a valid string, unable to parse raw data as a unicode string');
  }
  if (value.includes('\0')) {
    return report('value_error', 'Value error, a text cannot contain the NUL character', { error: 'NUL character' });
  }
  const length = [...value].length;
  if (schema.minLength !== undefined && length < schema.minLength) {
    return report('string_too_short', `String should have at least ${plural(schema.minLength)}`, {
      min_length: schema.minLength,
    });
  }
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    return report('string_too_long', `String should have at most ${plural(schema.maxLength)}`, { max_length: schema.maxLength });
  }
  if (schema.format === 'email' && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value)) {
    const reason = 'An address needs a name, an @-sign and a domain with a period.';
    return report('value_error', `value is not a valid email address: ${reason}`, { reason });
  }
  return value;
}

function checkChoice(allowed: readonly string[], value: unknown, report: Report): string | undefined {
  if (typeof value === 'string' && allowed.includes(value)) return value;
  const names = allowed.map((name) => `'${name}'`);
  const expected = names.length === 1 ? `${names[0]}` : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return report('enum', `Input should be ${expected}`, { expected });
}

function checkWhole(schema: JsonSchema, value: unknown, report: Report): number | bigint | undefined {
  let whole: bigint | undefined;
  if (typeof value === 'bigint') whole = value;
  else if (typeof value === 'string') {
    if (!DIGITS.test(value)) {
      return report('int_parsing', 'Input should be a valid integer, unable to parse string as an integer');
    }
    whole = BigInt(value.trim().replace(/^\+/, ''));
  } else if (typeof value === 'number') {
    if (!Number.isInteger(value)) {
      return report('int_from_float', 'Input should be a valid integer, got a number with a fractional part');
    }
    whole = BigInt(value);
  } else if (typeof value === 'boolean') whole = value ? 1n : 0n;
  if (whole === undefined) return report('int_type', 'Input should be a valid integer');
  if (schema.minimum !== undefined && whole < schema.minimum) {
    return report('greater_than_equal', `Input should be greater than or equal to ${schema.minimum}`, { ge: schema.minimum });
  }
  if (schema.maximum !== undefined && whole > schema.maximum) {
    return report('less_than_equal', `Input should be less than or equal to ${schema.maximum}`, { le: schema.maximum });
  }
  return schema.format === 'int64' ? whole : Number(whole);
}

function checkReal(schema: JsonSchema, value: unknown, report: Report): number | undefined {
  if (typeof value !== 'number') return report('float_type', 'Input should be a valid number');
  if (schema.minimum !== undefined && value < schema.minimum) {
    return report('greater_than_equal', `Input should be greater than or equal to ${schema.minimum}`, { ge: schema.minimum });
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    return report('less_than_equal', `Input should be less than or equal to ${schema.maximum}`, { le: schema.maximum });
  }
  return value;
}

function checkTruth(value: unknown, report: Report): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' || value === 0 || value === 1) {
    if (TRUE.test(String(value))) return true;
    if (FALSE.test(String(value))) return false;
    return report('bool_parsing', 'Input should be a valid boolean, unable to interpret input');
  }
  return report('bool_type', 'Input should be a valid boolean');
}

/** Returns what the handler gets; problems are added to the list, one a field, as pydantic stops at a field's first. */
function check(schema: JsonSchema, value: unknown, loc: Location, problems: ValidationProblem[]): unknown {
  const report: Report = (type, msg, ctx) => {
    problems.push({ type, loc, msg, input: shown(value, loc), ...(ctx === undefined ? {} : { ctx }) });
    return undefined;
  };
  const types = [schema.type].flat();
  if (value === null && types.includes('null')) return null;
  if (schema.format === 'int64') return checkWhole(schema, value, report);
  if (schema.enum !== undefined) return checkChoice(schema.enum, value, report);
  if (types.includes('string')) return checkText(schema, value, report);
  if (types.includes('integer')) return checkWhole(schema, value, report);
  if (types.includes('boolean')) return checkTruth(value, report);
  if (types.includes('number')) return checkReal(schema, value, report);
  if (types.includes('array')) {
    if (!Array.isArray(value)) return report('list_type', 'Input should be a valid list');
    return value.map((item, index) => check(schema.items as JsonSchema, item, [...loc, index], problems));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return report('model_attributes_type', 'Input should be a valid dictionary or object to extract fields from');
  }
  const given = value as Readonly<Record<string, unknown>>;
  const taken: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = [...loc, name];
    if (Object.hasOwn(given, name)) taken[name] = check(property, given[name], at, problems);
    else if (property.default !== undefined) taken[name] = property.default;
    else if (schema.required?.includes(name) === true) {
      problems.push({ type: 'missing', loc: at, msg: 'Field required', input: shown(given, at) });
    }
  }
  return taken;
}

/** Where a part of a request is named in `loc`. */
export type RequestPart = 'body' | 'query' | 'path' | 'header';

/** Checks one part of a request and converts it: ids to `bigint`, numbers and truth values sent as text to themselves. */
export function validate<T>(schema: Schema<T>, value: unknown, part: RequestPart, problems: ValidationProblem[]): T {
  if (part === 'body' && (value === undefined || value === null)) {
    problems.push({ type: 'missing', loc: [part], msg: 'Field required', input: null });
    return undefined as T;
  }
  // A query name given twice counts with its last value.
  const given =
    part === 'query'
      ? Object.fromEntries(
          Object.entries(value as object).map(([name, sent]) => [name, Array.isArray(sent) ? sent.at(-1) : sent]),
        )
      : value;
  return check(schema, given, [part], problems) as T;
}

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';

/** One problem in the form FastAPI reports it (pydantic 2): existing clients read `detail[].msg` and `detail[].loc`. */
export interface ValidationProblem {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
}

export class ValidationFailed extends Error {
  readonly problems: readonly ValidationProblem[];
  constructor(problems: readonly ValidationProblem[]) {
    super('The request is not valid.');
    this.problems = problems;
  }
}

const strict = new Ajv({ allErrors: true, verbose: true, useDefaults: true, allowUnionTypes: true });
/** Query and path values arrive as text. */
const fromText = new Ajv({ allErrors: true, verbose: true, useDefaults: true, allowUnionTypes: true, coerceTypes: true });
for (const ajv of [strict, fromText]) {
  ajv.addFormat('email', /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/);
  // What PostgreSQL cannot store and SQLite should not: the same answer on both engines.
  ajv.addKeyword({
    keyword: 'storable',
    validate: (_: unknown, value: unknown) => typeof value !== 'string' || (!value.includes('\0') && value.isWellFormed()),
  });
}

const plural = (count: unknown): string => `${String(count)} character${count === 1 ? '' : 's'}`;

function describe(error: ErrorObject): { type: string; msg: string } {
  const params = error.params as Record<string, unknown>;
  const wanted = [params.type].flat().filter((type) => type !== 'null')[0];
  switch (error.keyword) {
    case 'required':
      return { type: 'missing', msg: 'Field required' };
    case 'minLength':
      return { type: 'string_too_short', msg: `String should have at least ${plural(params.limit)}` };
    case 'maxLength':
      return { type: 'string_too_long', msg: `String should have at most ${plural(params.limit)}` };
    case 'minimum':
      return { type: 'greater_than_equal', msg: `Input should be greater than or equal to ${String(params.limit)}` };
    case 'maximum':
      return { type: 'less_than_equal', msg: `Input should be less than or equal to ${String(params.limit)}` };
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).filter((value) => value !== null).map((value) => `'${String(value)}'`);
      return {
        type: 'enum',
        msg: `Input should be ${allowed.slice(0, -1).join(', ')}${allowed.length > 1 ? ' or ' : ''}${allowed.at(-1)}`,
      };
    }
    case 'format':
      return {
        type: 'value_error',
        msg: 'value is not a valid email address: it must have a name, an @-sign and a domain with a period.',
      };
    case 'pattern':
      return { type: 'int_parsing', msg: 'Input should be a valid integer, unable to parse string as an integer' };
    case 'storable':
      return { type: 'string_unstorable', msg: 'String should contain no NUL character and no half of a surrogate pair' };
    case 'type':
      if (wanted === 'integer' && typeof error.data === 'string') {
        return { type: 'int_parsing', msg: 'Input should be a valid integer, unable to parse string as an integer' };
      }
      if (wanted === 'integer') return { type: 'int_type', msg: 'Input should be a valid integer' };
      if (wanted === 'boolean')
        return { type: 'bool_parsing', msg: 'Input should be a valid boolean, unable to interpret input' };
      if (wanted === 'object')
        return { type: 'model_attributes_type', msg: 'Input should be a valid dictionary or object to extract fields from' };
      return { type: 'string_type', msg: 'Input should be a valid string' };
    default:
      return { type: error.keyword, msg: error.message ?? 'is not valid' };
  }
}

const LOCATIONS: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'header' };

function problemsOf(validate: ValidateFunction, part: string): ValidationProblem[] {
  const seen = new Set<string>();
  return (validate.errors ?? []).flatMap((error) => {
    const path = error.instancePath
      .split('/')
      .slice(1)
      .map((step) => decodeURIComponent(step.replaceAll('~1', '/').replaceAll('~0', '~')));
    const missing = error.keyword === 'required' ? [(error.params as { missingProperty: string }).missingProperty] : [];
    const loc = [LOCATIONS[part] ?? part, ...path, ...missing];
    // One problem a field, as pydantic stops at a field's first.
    if (seen.has(loc.join('/'))) return [];
    seen.add(loc.join('/'));
    return [{ ...describe(error), loc, input: error.data }];
  });
}

/** Whole numbers and truth values sent as text are taken as such, as pydantic takes them. */
function acceptText(schema: { properties?: Record<string, { type?: string | readonly string[] }> }, body: unknown): void {
  if (body === null || typeof body !== 'object') return;
  const values = body as Record<string, unknown>;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const value = values[name];
    if (typeof value !== 'string') continue;
    const types = [property.type].flat();
    if (types.includes('integer') && /^\s*[+-]?\d{1,15}\s*$/.test(value)) values[name] = Number(value);
    if (types.includes('boolean') && /^(true|false)$/i.test(value)) values[name] = value.toLowerCase() === 'true';
  }
}

/** Fastify's validator: JSON bodies strictly, query and path from text, problems in FastAPI's form. */
export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const validate = (httpPart === 'body' ? strict : fromText).compile(schema);
  return (data: unknown) => {
    if (httpPart === 'body') acceptText(schema, data);
    return validate(data) ? { value: data } : { error: new ValidationFailed(problemsOf(validate, httpPart ?? 'body')) };
  };
};

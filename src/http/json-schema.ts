/**
 * JSON schemas that know the TypeScript type of what passes them. They check requests (`validation.ts`) and are printed as OpenAPI.
 * Builders of our own, because importing a known library costs a fifth of the time from start to the first answer.
 */
export interface JsonSchema {
  readonly type: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Properties;
  readonly required?: readonly string[];
}

type Properties = Readonly<Record<string, JsonSchema>>;
declare const checkedType: unique symbol;
/** A schema whose values have the type `T`; the mark exists for the compiler only. */
export type Schema<T> = JsonSchema & { readonly [checkedType]?: T };
export type TypeOf<S> = S extends { readonly [checkedType]?: infer T } ? Exclude<T, undefined> : never;

type ObjectOf<R extends Properties, O extends Properties> = { readonly [K in keyof R]: TypeOf<R[K]> } & {
  readonly [K in keyof O]?: TypeOf<O[K]>;
};

interface TextLimits {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly description?: string;
}
interface WholeLimits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
}

/** Lengths count characters (code points), as the original counted them. */
export const text = (limits: TextLimits = {}): Schema<string> => ({ type: 'string', ...limits });
export const email = (): Schema<string> => ({ type: 'string', format: 'email', maxLength: 320 });
export const oneOf = <const V extends readonly string[]>(values: V): Schema<V[number]> => ({ type: 'string', enum: values });
export const whole = (limits: WholeLimits = {}): Schema<number> => ({ type: 'integer', ...limits });
/** A 64-bit id. Handlers get a `bigint`: a JavaScript number beyond 2^53 loses digits. */
export const id = (more: { description?: string } = {}): Schema<bigint> => ({ type: 'integer', format: 'int64', ...more });
/** The same in a path or query, where JavaScript clients can pass it on as text with every digit. */
export const idText = (more: { description?: string } = {}): Schema<bigint> => ({ type: 'string', format: 'int64', ...more });
export const real = (): Schema<number> => ({ type: 'number', format: 'double' });
export const truth = (): Schema<boolean> => ({ type: 'boolean' });
export const time = (): Schema<string> => ({
  type: 'string',
  format: 'date-time',
  description: 'UTC without a zone: 2025-10-03T00:43:50.819817',
});
export const list = <T>(items: Schema<T>): Schema<readonly T[]> => ({ type: 'array', items });
export const nullable = <T>(schema: Schema<T>): Schema<T | null> =>
  ({ ...schema, type: [schema.type, 'null'].flat() }) as Schema<T | null>;
/** A property that is always there for the handler, and may be left out by the client. */
export const withDefault = <T>(schema: Schema<T>, value: T): Schema<T> => ({ ...schema, default: value });

/** An object with these properties; the second ones may be left out, any others are ignored. */
export function object<const R extends Properties, const O extends Properties = Record<never, never>>(
  required: R,
  optional?: O,
): Schema<ObjectOf<R, O>> {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required).filter((name) => required[name]?.default === undefined),
  };
}

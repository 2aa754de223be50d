import { tooLarge, unreadable, unsafe } from '../refusals.ts';

/** A moment, in milliseconds since 1970; not always a number that a date can have. */
export class Instant {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/**
 * What EDN and Transit say, as far as cards need it. Keywords, symbols and characters are strings; sets and lists are lists; of a tag that
 * is no moment only its value stays.
 */
export type Value = null | boolean | number | string | Instant | readonly Value[] | Fields;
export type Fields = ReadonlyMap<string, Value>;

/** Values inside of values; a real file has ten. */
export const MOST_DEPTH = 64;
/** Values together: a card with its reviews has some hundred. */
const MOST_VALUES = 4_000_000;

export const damagedAt = (at: number): Error =>
  unreadable('The data of the Mochi file are damaged.', { why: `What stands at character ${at} cannot be read.` });

/** Counts what a file makes this process hold, before it holds it. */
export class Budget {
  #values = 0;

  value(): void {
    if (++this.#values > MOST_VALUES) throw tooLarge(`The data have more than ${MOST_VALUES.toLocaleString('en')} values.`);
  }

  depth(depth: number): void {
    if (depth > MOST_DEPTH) throw unsafe(`The data lie more than ${MOST_DEPTH} levels deep in each other.`);
  }
}

/** The moment that a tag with this name means; `undefined` for every other tag. */
export function taggedInstant(tag: string, value: Value): Instant | undefined {
  if (tag !== 'inst' && tag !== 'dt' && tag !== 'm' && tag !== 't') return undefined;
  if (typeof value === 'number') return new Instant(value);
  if (typeof value !== 'string') return undefined;
  return new Instant(/^-?\d{1,16}$/.test(value) ? Number(value) : Date.parse(value));
}

const NOTHING: Fields = new Map();

export const fieldsOf = (value: Value | undefined): Fields => (value instanceof Map ? value : NOTHING);
export const listOf = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? (value as readonly Value[]) : []);
export const textOf = (value: Value | undefined): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
/** Whether a mark is set: by `true`, or by the moment since when it is. */
export const isSet = (value: Value | undefined): boolean => value !== undefined && value !== null && value !== false;

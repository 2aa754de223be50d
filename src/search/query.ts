import { askedWords, fold } from './words.ts';

export type Side = 'front' | 'back';
export const STATES = ['new', 'learning', 'due', 'suspended', 'buried', 'leech', 'flagged'] as const;
export type State = (typeof STATES)[number];
export const DAY_FIELDS = ['added', 'edited', 'rated', 'due'] as const;
export type DayField = (typeof DAY_FIELDS)[number];

/** Words in a row, on a side or anywhere on the card and in its note. */
export interface TextNode {
  readonly kind: 'text';
  readonly side: Side | undefined;
  readonly words: readonly string[];
  readonly isPrefix: boolean;
  /** Where they stand in the query. */
  readonly at: number;
  readonly length: number;
}
export type QueryNode =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly QueryNode[] }
  | { readonly kind: 'not'; readonly part: QueryNode }
  | TextNode
  /** Folded; with `isPrefix` all that begin so. */
  | { readonly kind: 'tag' | 'deck'; readonly name: string; readonly isPrefix: boolean }
  | { readonly kind: 'is'; readonly state: State }
  | { readonly kind: 'flag'; readonly flag: number }
  /** Within so many days: of the past, for `due` of the future. */
  | { readonly kind: 'days'; readonly field: DayField; readonly days: number };

/** What is wrong with a query, where, and what to write instead. */
export interface QueryProblem {
  readonly what: string;
  readonly at: number;
  readonly length: number;
  readonly hint: string;
}
export type Parsed =
  | { readonly query: QueryNode; readonly problem?: undefined }
  | { readonly problem: QueryProblem; readonly query?: undefined };

/** Characters, terms and parentheses in each other, at most. */
export const MAX_QUERY = 1000;
const MAX_TERMS = 50;
const MAX_DEPTH = 20;
/** Letters before a `*`: all that begins with one letter is nearly everything. */
const MIN_PREFIX = 2;
const MAX_DAYS = 36_500;

const FIELDS = 'deck:, tag:, front:, back:, is:, flag:, added:, edited:, rated:, due:';

/** Carries a problem out of the parser; never leaves this file. */
class Wrong extends Error {
  readonly problem: QueryProblem;

  constructor(problem: QueryProblem) {
    super(problem.what);
    this.problem = problem;
  }
}

/** Reads a query. Never throws, whatever it is given. */
export function parseQuery(text: string): Parsed {
  if (text.length > MAX_QUERY)
    return {
      problem: {
        what: `A search has at most ${MAX_QUERY} characters`,
        at: MAX_QUERY,
        length: text.length - MAX_QUERY,
        hint: 'Search for fewer words.',
      },
    };
  try {
    return { query: new Parser(text).parse() };
  } catch (error) {
    if (error instanceof Wrong) return { problem: error.problem };
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;
  #terms = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): QueryNode {
    const query = this.#any();
    if (this.#at < this.#text.length)
      throw this.#wrong('There is nothing for this ) to close', this.#at, 1, 'Take it away, or put it between quotes.');
    if (query === undefined && this.#text.trim() !== '')
      throw this.#wrong(
        'There is no letter and no digit to search for',
        0,
        this.#text.length,
        'Signs alone are not searched: write a word.',
      );
    return query ?? { kind: 'all', parts: [] };
  }

  #wrong(what: string, at: number, length: number, hint: string): Wrong {
    return new Wrong({ what, at, length, hint });
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  /** True at an operator written as a word of its own in capitals. */
  #isOr(): boolean {
    return /^OR(?=[\s()]|$)/.test(this.#text.slice(this.#at, this.#at + 3));
  }

  /** `a b OR c d`: one of the lists. `undefined` where nothing is asked. */
  #any(): QueryNode | undefined {
    const parts: QueryNode[] = [];
    for (;;) {
      const before = this.#at;
      const part = this.#all();
      if (part !== undefined) parts.push(part);
      this.#skipSpace();
      const isOr = this.#isOr();
      if (part === undefined && (isOr || parts.length > 0))
        throw this.#wrong(
          'There is nothing on one side of OR',
          isOr ? this.#at : Math.max(before - 2, 0),
          2,
          'Write words on both sides of it, or "or" for the word itself.',
        );
      if (!isOr) break;
      this.#at += 2;
    }
    return parts.length > 1 ? { kind: 'any', parts } : parts[0];
  }

  #all(): QueryNode | undefined {
    const parts: QueryNode[] = [];
    for (;;) {
      this.#skipSpace();
      if (this.#at >= this.#text.length || this.#text[this.#at] === ')' || this.#isOr()) break;
      const part = this.#one();
      if (part !== undefined) parts.push(part);
    }
    return parts.length > 1 ? { kind: 'all', parts } : parts[0];
  }

  /** One term with its signs. `undefined` for one of signs only, which is passed over. */
  #one(): QueryNode | undefined {
    if (this.#text[this.#at] === '-') {
      this.#at++;
      // A dash between words is no sign of ours.
      if (/^[\s)]?$/.test(this.#text[this.#at] ?? '')) return undefined;
      return this.#deeper(this.#at - 1, () => {
        const part = this.#one();
        return part && { kind: 'not', part };
      });
    }
    if (this.#text[this.#at] === '(') {
      const open = this.#at++;
      return this.#deeper(open, () => {
        const part = this.#any();
        if (this.#text[this.#at] !== ')')
          throw this.#wrong('This ( is never closed', open, 1, 'Write ) after the words that belong together.');
        this.#at++;
        return part;
      });
    }
    if (++this.#terms > MAX_TERMS)
      throw this.#wrong(
        `A search has at most ${MAX_TERMS} terms`,
        this.#at,
        this.#text.length - this.#at,
        'Search for fewer words.',
      );
    return this.#term();
  }

  #deeper(at: number, work: () => QueryNode | undefined): QueryNode | undefined {
    if (++this.#depth > MAX_DEPTH)
      throw this.#wrong(`There are more than ${MAX_DEPTH} of ( and - in each other`, at, 1, 'Write the search more simply.');
    const node = work();
    this.#depth--;
    return node;
  }

  #term(): QueryNode | undefined {
    const at = this.#at;
    const field = /^([A-Za-z]+):(?!\/\/)/.exec(this.#text.slice(at, at + 40))?.[1];
    if (field !== undefined) this.#at += field.length + 1;
    const value = this.#value();
    const length = this.#at - at;
    if (field === undefined) return this.#textNode(undefined, value, at, length);
    const key = field.toLowerCase();
    const problem = (what: string, hint: string): Wrong => this.#wrong(what, at, length, hint);
    if (value.text.trim() === '')
      throw problem(`There is nothing after ${field}:`, `Write a value right after it, as in ${key}:${EXAMPLES[key] ?? 'word'}`);
    switch (key) {
      case 'front':
      case 'back':
        return this.#textNode(key, value, at, length);
      case 'deck':
      case 'tag':
        return { kind: key, name: fold(value.text), isPrefix: value.isPrefix };
      case 'is': {
        const state = value.text.toLowerCase();
        const known = STATES.find((one) => one === state);
        if (known === undefined)
          throw problem(`A card is never ${value.text.slice(0, 40)}`, `Write one of is:${STATES.join(', is:')}`);
        return { kind: 'is', state: known };
      }
      case 'flag': {
        if (!/^[0-7]$/.test(value.text))
          throw problem('Flags are the numbers 0 to 7', 'Write flag:1, or flag:0 for cards without one.');
        return { kind: 'flag', flag: Number(value.text) };
      }
      default: {
        const day = DAY_FIELDS.find((one) => one === key);
        if (day === undefined)
          throw problem(
            `There is no field ${field}:`,
            `Fields are ${FIELDS}. To search for the text itself, put it between quotes: "${this.#text.slice(at, this.#at).replaceAll('"', '')}"`,
          );
        const days = /^\d{1,5}$/.test(value.text) ? Number(value.text) : 0;
        if (days < 1 || days > MAX_DAYS)
          throw problem(
            `${field}: takes a number of days`,
            `Write ${day}:7 for the ${day === 'due' ? 'next' : 'last'} seven days.`,
          );
        return { kind: 'days', field: day, days };
      }
    }
  }

  /** A quoted text, or everything up to a space or a parenthesis; a `*` at its end is taken off. */
  #value(): { text: string; isPrefix: boolean; isQuoted: boolean } {
    const open = this.#at;
    if (this.#text[open] === '"') {
      let text = '';
      for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
        if (this.#text[this.#at] === '\\' && /["\\]/.test(this.#text[this.#at + 1] ?? '')) this.#at++;
        if (this.#at >= this.#text.length)
          throw this.#wrong('This quote is never closed', open, 1, 'Write a second " after the phrase.');
        text += this.#text[this.#at];
      }
      this.#at++;
      const isPrefix = this.#text[this.#at] === '*';
      if (isPrefix) this.#at++;
      return { text, isPrefix, isQuoted: true };
    }
    while (this.#at < this.#text.length && !/[\s()"]/.test(this.#text[this.#at] as string)) this.#at++;
    const text = this.#text.slice(open, this.#at);
    return text.endsWith('*')
      ? { text: text.slice(0, -1), isPrefix: true, isQuoted: false }
      : { text, isPrefix: false, isQuoted: false };
  }

  #textNode(
    side: Side | undefined,
    { text, isPrefix, isQuoted }: { text: string; isPrefix: boolean; isQuoted: boolean },
    at: number,
    length: number,
  ): TextNode | undefined {
    if (!isQuoted && text.includes('*'))
      throw this.#wrong(
        'A * stands only at the end of a word',
        at,
        length,
        'Write the beginning of the word and then *, as in negl*',
      );
    const asked = askedWords(text, isPrefix);
    const last = asked.words.at(-1);
    if (last === undefined) return undefined;
    if (isPrefix && [...last].length < MIN_PREFIX && /[a-z0-9]/.test(last))
      throw this.#wrong(
        `There are fewer than ${MIN_PREFIX} letters before the *`,
        at,
        length,
        'Write more of the word, as in negl*',
      );
    return { kind: 'text', side, ...asked, at, length };
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  deck: 'Torts',
  tag: 'exam',
  is: 'due',
  flag: '1',
  added: '7',
  edited: '7',
  rated: '7',
  due: '3',
};

import { Budget, damagedAt, type Fields, taggedInstant, type Value } from './value.ts';

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const ESCAPED: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', b: '\b', f: '\f', '\\': '\\', '"': '"' };
const CHARACTERS: Readonly<Record<string, string>> = { newline: '\n', return: '\r', space: ' ', tab: '\t' };
const NUMBER = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?[NM]?$/;
/** Ends a word: blanks (a comma is one), brackets, texts and comments. */
const IS_END = /[\s,()[\]{}";]/;

/** What a read gave: a value, or nothing where `#_` took it away or a bracket closed. */
type Read = { readonly value: Value } | undefined;

class EdnReader {
  readonly #text: string;
  readonly #budget = new Budget();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Value {
    const first = this.#next(0);
    if (first === undefined || this.#next(0) !== undefined || this.#at < this.#text.length) throw damagedAt(this.#at);
    return first.value;
  }

  #skip(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === ';') {
        const end = this.#text.indexOf('\n', this.#at);
        this.#at = end === -1 ? this.#text.length : end + 1;
      } else if (character !== undefined && (character === ',' || character.trim() === '')) this.#at++;
      else return;
    }
  }

  /** The next value on this level; `undefined` at its end, which is left unread. */
  #next(depth: number): Read {
    this.#budget.depth(depth);
    for (;;) {
      this.#skip();
      const character = this.#text[this.#at];
      if (character === undefined || character === ')' || character === ']' || character === '}') return undefined;
      if (character !== '#' || this.#text[this.#at + 1] !== '_') {
        this.#budget.value();
        return { value: this.#value(character, depth) };
      }
      // `#_` takes the next value away, whatever it is.
      this.#at += 2;
      this.#needed(depth + 1);
    }
  }

  #needed(depth: number): Value {
    const read = this.#next(depth);
    if (read === undefined) throw damagedAt(this.#at);
    return read.value;
  }

  #value(character: string, depth: number): Value {
    if (character === '"') return this.#string();
    if (character === '(' || character === '[') return this.#list(CLOSING[character] as string, depth);
    if (character === '{') return this.#map(depth);
    if (character === '#') return this.#tagged(depth);
    if (character === '\\') return this.#character();
    const word = this.#word();
    if (word.startsWith(':')) return word.slice(1);
    if (word === 'nil') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    return NUMBER.test(word) ? Number(word.replace(/[NM]$/, '')) : word;
  }

  #word(): string {
    const from = this.#at;
    while (this.#at < this.#text.length && !IS_END.test(this.#text[this.#at] as string)) this.#at++;
    if (this.#at === from) throw damagedAt(from);
    return this.#text.slice(from, this.#at);
  }

  #list(closing: string, depth: number): Value[] {
    this.#at++;
    const values: Value[] = [];
    for (let read = this.#next(depth + 1); read !== undefined; read = this.#next(depth + 1)) values.push(read.value);
    if (this.#text[this.#at] !== closing) throw damagedAt(this.#at);
    this.#at++;
    return values;
  }

  #map(depth: number): Fields {
    const values = this.#list('}', depth);
    if (values.length % 2 !== 0) throw damagedAt(this.#at);
    const map = new Map<string, Value>();
    for (let index = 0; index < values.length; index += 2) {
      const key = values[index];
      // No field of a card is named by anything else.
      if (typeof key === 'string') map.set(key, values[index + 1] as Value);
    }
    return map;
  }

  #tagged(depth: number): Value {
    this.#at++;
    if (this.#text[this.#at] === '{') return this.#list('}', depth);
    // `##NaN`, `##Inf`: no date and no text.
    if (this.#text[this.#at] === '#') {
      this.#at++;
      this.#word();
      return null;
    }
    const tag = this.#word();
    const value = this.#needed(depth + 1);
    return taggedInstant(tag, value) ?? value;
  }

  #character(): string {
    this.#at++;
    const first = this.#text[this.#at];
    if (first === undefined) throw damagedAt(this.#at);
    // A bracket is a character too, and would end a word.
    if (IS_END.test(first)) {
      this.#at++;
      return first;
    }
    const word = this.#word();
    return CHARACTERS[word] ?? word;
  }

  #string(): string {
    const from = ++this.#at;
    const parts: string[] = [];
    let start = from;
    for (; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined) throw damagedAt(from);
      if (character === '"') break;
      if (character !== '\\') continue;
      parts.push(this.#text.slice(start, this.#at));
      const sign = this.#text[++this.#at] ?? '';
      if (sign === 'u') {
        const code = this.#text.slice(this.#at + 1, this.#at + 5);
        if (!/^[0-9a-fA-F]{4}$/.test(code)) throw damagedAt(this.#at);
        parts.push(String.fromCharCode(Number.parseInt(code, 16)));
        this.#at += 4;
      } else if (Object.hasOwn(ESCAPED, sign)) parts.push(ESCAPED[sign] as string);
      else throw damagedAt(this.#at);
      start = this.#at + 1;
    }
    parts.push(this.#text.slice(start, this.#at));
    this.#at++;
    return parts.join('');
  }
}

/** Reads one value of EDN. Throws nothing but `FC_IMPORT_UNREADABLE`, `_UNSAFE` or `_TOO_LARGE`. */
export function readEdn(text: string): Value {
  return new EdnReader(text).whole();
}

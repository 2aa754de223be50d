import { unreadable } from '../refusals.ts';
import { Budget, damagedAt, Instant, taggedInstant, type Value } from './value.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Names that were written once are called by their place afterwards: `^0`, `^1`, …, in digits of this base from this character on. */
const BASE = 44;
const FIRST_DIGIT = 48;
const MOST_CACHED = BASE * BASE;
const LONG_ENOUGH = 4;
const MAP = '^ ';

/** Looks at brackets and commas alone, so that what would be too much is never made. */
function checkSize(text: string): void {
  const budget = new Budget();
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (isText) {
      if (character === 0x5c) at++;
      else if (character === 0x22) isText = false;
    } else if (character === 0x22) isText = true;
    else if (character === 0x2c) budget.value();
    else if (character === 0x5b || character === 0x7b) {
      budget.value();
      budget.depth(++depth);
    } else if (character === 0x5d || character === 0x7d) depth--;
  }
}

class TransitReader {
  #cached: string[] = [];

  value(json: Json): Value {
    if (typeof json === 'string') return this.#text(this.#known(json, false));
    if (json === null || typeof json !== 'object') return json;
    return Array.isArray(json) ? this.#list(json as readonly Json[]) : this.#object(json as { readonly [name: string]: Json });
  }

  /** What a text stands for: itself, or one that was written before. */
  #known(text: string, isKey: boolean): string {
    // Longer than two digits it is a text that somebody wrote without marking its `^`.
    if (/^\^[^ ][^ ]?$/.test(text)) {
      const place = [...text.slice(1)].reduce((sum, digit) => sum * BASE + digit.charCodeAt(0) - FIRST_DIGIT, 0);
      const known = this.#cached[place];
      if (known === undefined) throw unreadable('The data of the Mochi file name something that they do not have.');
      return known;
    }
    if (text.length >= LONG_ENOUGH && (isKey || /^~[:$#]/.test(text))) {
      if (this.#cached.length === MOST_CACHED) this.#cached = [];
      this.#cached.push(text);
    }
    return text;
  }

  #text(text: string): Value {
    if (!text.startsWith('~')) return text;
    const rest = text.slice(2);
    switch (text[1]) {
      case '~':
      case '^':
      case '`':
        return text.slice(1);
      case '_':
        return null;
      case '?':
        return rest === 't';
      case 'i':
      case 'd':
      case 'n':
      case 'f':
        return Number(rest);
      case 'm':
      case 't':
        return taggedInstant(text[1], rest) ?? new Instant(Number.NaN);
      default:
        // `~:keyword`, `~$symbol`, `~uuuid`, `~cx`: their words.
        return rest;
    }
  }

  #key(text: string): string {
    const key = this.#text(this.#known(text, true));
    return typeof key === 'string' ? key : '';
  }

  #list(json: readonly Json[]): Value {
    const [first, ...rest] = json;
    if (first === MAP) return this.#pairs(rest);
    if (typeof first !== 'string' || json.length !== 2) return json.map((one) => this.value(one));
    const known = this.#known(first, false);
    if (known.startsWith('~#')) return this.#tagged(known.slice(2), rest[0] as Json);
    return [this.#text(known), this.value(rest[0] as Json)];
  }

  #pairs(json: readonly Json[]): Value {
    const map = new Map<string, Value>();
    for (let index = 0; index < json.length; index += 2) {
      const key = json[index] as Json;
      const name = typeof key === 'string' ? this.#key(key) : this.value(key);
      const value = this.value(json[index + 1] ?? null);
      if (typeof name === 'string') map.set(name, value);
    }
    return map;
  }

  #object(json: { readonly [name: string]: Json }): Value {
    const entries = Object.entries(json);
    const [tag] = entries;
    if (tag !== undefined && entries.length === 1 && tag[0].startsWith('~#')) return this.#tagged(tag[0].slice(2), tag[1]);
    return new Map(entries.map(([key, value]) => [this.#key(key), this.value(value)]));
  }

  #tagged(tag: string, json: Json): Value {
    // A map whose keys are no texts has its pairs in one list.
    if (tag === 'cmap' && Array.isArray(json)) return this.#pairs(json as readonly Json[]);
    const value = this.value(json);
    return taggedInstant(tag, value) ?? value;
  }
}

/** Reads Transit as JSON, verbose or with its short names. Throws nothing but `FC_IMPORT_UNREADABLE`, `_UNSAFE` or `_TOO_LARGE`. */
export function readTransit(text: string): Value {
  checkSize(text);
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (cause) {
    const at = /position (\d+)/.exec((cause as Error).message)?.[1];
    throw damagedAt(Number(at ?? text.length));
  }
  return new TransitReader().value(json);
}

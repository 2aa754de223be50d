import { nameOf, type Token } from './tokens.ts';

/** Reads tokens one after the other. Words are given in capitals; a quoted name is never a keyword. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#tokens.length;
  }

  next(): Token | undefined {
    return this.#tokens[this.#position++];
  }

  /** What is left. */
  rest(): readonly Token[] {
    return this.#tokens.slice(this.#position);
  }

  /** True when these words or signs come next. */
  is(...words: readonly string[]): boolean {
    return this.#isAt(this.#position, words);
  }

  /** True when these words follow each other somewhere in what is left. */
  has(...words: readonly string[]): boolean {
    return this.rest().some((_, i) => this.#isAt(this.#position + i, words));
  }

  /** Takes these words when they come next. */
  take(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false;
    this.#position += words.length;
    return true;
  }

  /** Takes one of these words, if one comes next. */
  takeOne(...words: readonly string[]): string | undefined {
    return words.find((word) => this.take(word));
  }

  /** Takes a name, without its schema, as `nameOf` reads it. */
  takeName(): string | undefined {
    const token = this.#tokens[this.#position];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) return undefined;
    this.#position++;
    return this.take('.') ? this.takeName() : nameOf(token);
  }

  /** Takes what stands between the parenthesis that comes next and its partner; `undefined` where none comes. */
  takeParenthesis(): Token[] | undefined {
    if (!this.take('(')) return undefined;
    const inside: Token[] = [];
    for (let depth = 1; ; ) {
      const token = this.next();
      if (token?.value === '(') depth++;
      if (token?.value === ')') depth--;
      if (token === undefined || depth === 0) return inside;
      inside.push(token);
    }
  }

  #isAt(position: number, words: readonly string[]): boolean {
    return words.every((word, i) => this.#tokens[position + i]?.value === word);
  }
}

/** Splits at the commas outside parentheses. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.value === '(') depth++;
    if (token.value === ')') depth--;
    if (token.value === ',' && depth === 0) parts.push([]);
    else (parts.at(-1) as Token[]).push(token);
  }
  return parts;
}

import type { Statement } from './statements.ts';
import type { Token } from './tokens.ts';

/** Reads the tokens of a statement from its beginning. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(statement: Statement) {
    this.#tokens = statement.tokens;
  }

  /** Takes these words if they come next. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, i) => this.#isWord(this.#tokens[this.#at + i], word))) return false;
    this.#at += words.length;
    return true;
  }

  /** Takes one of these words, if one comes next. */
  takeOne(...words: readonly string[]): string | undefined {
    return words.find((word) => this.take(word));
  }

  /** Takes a name, without its schema; unquoted names fold to lower case as both engines compare them. */
  name(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'identifier')) return undefined;
    this.#at++;
    if (this.#tokens[this.#at]?.value === '.') {
      this.#at++;
      return this.name();
    }
    return nameOf(token);
  }

  /** What is left. */
  rest(): readonly Token[] {
    return this.#tokens.slice(this.#at);
  }

  /** True when these words follow each other somewhere in what is left. */
  has(...words: readonly string[]): boolean {
    return this.rest().some((_, i) => words.every((word, j) => this.#isWord(this.rest()[i + j], word)));
  }

  #isWord(token: Token | undefined, word: string): boolean {
    return token !== undefined && token.kind !== 'identifier' && token.kind !== 'string' && token.value === word;
  }
}

/** What a word or quoted identifier names. */
export function nameOf(token: Token): string {
  return token.kind === 'word' ? token.text.toLowerCase() : token.value;
}

export type Dialect = 'sqlite' | 'postgres';

/** A piece of SQL text. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign';
  /** As it is written. */
  readonly text: string;
  /** A word in capitals, anything else as it is written: what a keyword or sign is compared with. */
  readonly value: string;
  /** What it says where it stands for a name: without its quotes. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s+|--[^\n]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /0[xX][\da-fA-F]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const SIGN = /\|\||<<|>>|<=|>=|<>|!=|==|->>|->|[\s\S]/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const OPENS_STRING: Readonly<Record<Dialect, RegExp>> = { sqlite: /[xX]?'/y, postgres: /[eE]?'/y };
const OPENS_NAME: Readonly<Record<Dialect, string>> = { sqlite: '"`[', postgres: '"' };

/**
 * The tokens of an SQL text; comments and spaces are left out. Literals, dollar quotes and comments end where the engine ends them: block
 * comments nest on PostgreSQL and do not on SQLite, `E'...'` knows backslashes, `[a]` and backticks quote names on SQLite.
 * A text that ends within a literal or comment ends with it.
 */
export function tokensOf(sql: string, dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (kind: Token['kind'], end: number, name?: string): void => {
    const text = sql.slice(at, end);
    tokens.push({ kind, text, value: kind === 'word' ? text.toUpperCase() : text, name: name ?? text, start: at, end });
    at = end;
  };
  /** Where it is, the pattern's `lastIndex` is its end. */
  const isHere = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    return pattern.test(sql);
  };
  const opensString = OPENS_STRING[dialect];
  while (at < sql.length) {
    const here = sql[at] as string;
    if (isHere(SPACE)) at = SPACE.lastIndex;
    else if (here === '/' && sql[at + 1] === '*') at = endOfComment(sql, at, dialect);
    else if (isHere(opensString)) {
      const inside = opensString.lastIndex;
      const end = endOfQuoted(sql, inside - 1, "'", dialect === 'postgres' && here !== "'");
      take('string', end, unquoted(sql, inside, end, "'"));
    } else if (isHere(WORD)) take('word', WORD.lastIndex);
    else if (OPENS_NAME[dialect].includes(here)) {
      const quote = here === '[' ? ']' : here;
      const end = here === '[' ? indexOrEnd(sql, quote, at, 1) : endOfQuoted(sql, at, quote, false);
      take('quoted', end, unquoted(sql, at + 1, end, quote));
    } else if (dialect === 'postgres' && isHere(DOLLAR_TAG)) {
      const tag = sql.slice(at, DOLLAR_TAG.lastIndex);
      take('string', indexOrEnd(sql, tag, DOLLAR_TAG.lastIndex, tag.length));
    } else if (isHere(NUMBER)) take('number', NUMBER.lastIndex);
    else if (isHere(SIGN)) take('sign', SIGN.lastIndex);
  }
  return tokens;
}

/** What a word or a quoted name names: a word folds to lower case, as both engines compare it. */
export function nameOf(token: Token): string {
  if (token.kind === 'word') return token.text.toLowerCase();
  return token.kind === 'quoted' ? token.name : token.text;
}

/** Where the wanted text ends, looked for from here on; the end of the SQL where it never comes. */
function indexOrEnd(sql: string, wanted: string, from: number, length: number): number {
  const found = sql.indexOf(wanted, from);
  return found < 0 ? sql.length : found + length;
}

const unquoted = (sql: string, start: number, end: number, quote: string): string =>
  sql.slice(start, end - 1).replaceAll(quote + quote, quote);

/** A doubled quote stands for one; with backslashes, an escaped one too. */
function endOfQuoted(sql: string, start: number, quote: string, hasBackslashes: boolean): number {
  for (let at = start + 1; at < sql.length; at++) {
    if (hasBackslashes && sql[at] === '\\') at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return sql.length;
}

function endOfComment(sql: string, start: number, dialect: Dialect): number {
  let depth = 1;
  for (let at = start + 2; at < sql.length; at++) {
    if (sql.startsWith('*/', at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    } else if (dialect === 'postgres' && sql.startsWith('/*', at)) {
      depth++;
      at++;
    }
  }
  return sql.length;
}

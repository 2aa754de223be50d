export type Dialect = 'sqlite' | 'postgres';

export interface Token {
  readonly kind: 'word' | 'identifier' | 'string' | 'number' | 'symbol';
  /** As it is written. */
  readonly text: string;
  /** A word in capitals, an identifier without its quotes; else as written. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/**
 * The tokens of an SQL text; comments and spaces are left out. Literals, dollar quotes and comments end where the engine ends them: block
 * comments nest on PostgreSQL and do not on SQLite, `E'...'` knows backslashes, `[a]` and backticks quote names on SQLite.
 * A text that ends within a literal or comment ends with it.
 */
export function tokensOf(sql: string, dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (kind: Token['kind'], end: number, value?: string): void => {
    const text = sql.slice(at, end);
    tokens.push({ kind, text, value: value ?? text, start: at, end });
    at = end;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  while (at < sql.length) {
    const here = sql[at] as string;
    const word = match(WORD);
    const dollar = dialect === 'postgres' && here === '$' ? match(DOLLAR_TAG) : undefined;
    if (/\s/.test(here)) at++;
    else if (sql.startsWith('--', at)) at = indexOrEnd(sql, '\n', at);
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at, dialect);
    else if (word !== undefined && dialect === 'postgres' && /^e$/i.test(word) && sql[at + 1] === "'")
      take('string', endOfQuoted(sql, at + 1, "'", true));
    else if (word !== undefined) take('word', at + word.length, word.toUpperCase());
    else if (here === "'") take('string', endOfQuoted(sql, at, "'", false));
    else if (dollar !== undefined) take('string', indexOrEnd(sql, dollar, at + dollar.length) + dollar.length);
    else if (here === '"' || (dialect === 'sqlite' && here === '`')) {
      const end = endOfQuoted(sql, at, here, false);
      take('identifier', end, sql.slice(at + 1, end - 1).replaceAll(here + here, here));
    } else if (dialect === 'sqlite' && here === '[') {
      const end = Math.min(sql.length, indexOrEnd(sql, ']', at) + 1);
      take('identifier', end, sql.slice(at + 1, end - 1));
    } else {
      const number = match(NUMBER);
      take(number === undefined ? 'symbol' : 'number', at + (number ?? here).length);
    }
  }
  return tokens;
}

function indexOrEnd(sql: string, wanted: string, from: number): number {
  const found = sql.indexOf(wanted, from);
  return found < 0 ? sql.length : found;
}

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

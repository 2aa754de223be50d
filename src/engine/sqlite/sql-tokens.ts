/** A piece of SQL text. `name`: what an identifier says, without its quotes. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign';
  readonly text: string;
  readonly name: string;
}

/** Comments are dropped: they stand beside what a text means. The last alternative takes any other character by itself. */
const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|(?<string>[xX]?'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?<number>(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?|0[xX][\da-fA-F]+)|(?<word>[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*)|(?<sign>\|\||<<|>>|<=|>=|<>|!=|==|->>|->|[\s\S])/gu;

/** Splits SQL as SQLite does: strings, the four ways to quote a name, numbers, words, signs. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const { 0: text, groups = {} } of sql.matchAll(TOKEN)) {
    if (groups.word !== undefined) tokens.push({ kind: 'word', text, name: text });
    else if (groups.string !== undefined) tokens.push({ kind: 'string', text, name: text.slice(1, -1).replaceAll("''", "'") });
    else if (groups.quoted !== undefined) {
      const mark = text.charAt(0);
      const inner = text.slice(1, -1);
      tokens.push({ kind: 'quoted', text, name: mark === '[' ? inner : inner.replaceAll(mark + mark, mark) });
    } else if (groups.number !== undefined) tokens.push({ kind: 'number', text, name: text });
    else if (groups.sign !== undefined) tokens.push({ kind: 'sign', text, name: text });
  }
  return tokens;
}

/** Every keyword of SQLite: a name like one of them needs its quotes. */
const KEYWORDS = new Set(
  `abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast check collate
   column commit conflict constraint create cross current current_date current_time current_timestamp database default deferrable deferred
   delete desc detach distinct do drop each else end escape except exclude exclusive exists explain fail false filter first following for
   foreign from full generated glob group groups having if ignore immediate in index indexed initially inner insert instead intersect into
   is isnull join key last left like limit match materialized natural no not nothing notnull null nulls of offset on or order others outer
   over partition plan pragma preceding primary query raise range recursive references regexp reindex release rename replace restrict
   returning right rollback row rows savepoint select set stored strict table temp temporary then ties to transaction trigger true
   unbounded union unique update using vacuum values view virtual when where window with without`.split(/\s+/),
);

export const isKeyword = (token: Token): boolean => token.kind === 'word' && KEYWORDS.has(token.text.toLowerCase());

/** A name as it is written where it may be: bare when that is enough. SQLite puts quotes around a name it changes; the meaning is one. */
function written(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name.toLowerCase()) ? name : `"${name.replaceAll('"', '""')}"`;
}

/**
 * Text of some SQL in one spelling: one space where one is needed, no comments, quotes around names only where they are needed.
 * @param names words that are names here, even where they look like keywords: the columns of the table.
 */
export function textOf(tokens: readonly Token[], names: ReadonlySet<string> = new Set()): string {
  let text = '';
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    const isCall = tokens[i + 1]?.text === '(';
    const isName = token.kind === 'quoted' || (token.kind === 'word' && names.has(token.name) && !isCall);
    if (before !== undefined && isApart(before, token)) text += ' ';
    text += isName ? written(token.name) : token.text;
  });
  return text;
}

function isApart(before: Token, token: Token): boolean {
  if ([',', ')', '.', ';'].includes(token.text) || ['(', '.'].includes(before.text)) return false;
  if (token.text !== '(') return true;
  return !(before.kind === 'quoted' || (before.kind === 'word' && (!isKeyword(before) || before.text.toLowerCase() === 'raise')));
}

/** Reads tokens one after the other. Words are compared without regard to case; a quoted name is never a keyword. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#position + ahead];
  }

  next(): Token | undefined {
    return this.#tokens[this.#position++];
  }

  rest(): readonly Token[] {
    return this.#tokens.slice(this.#position);
  }

  /** True when these words or signs come next. */
  is(...expected: readonly string[]): boolean {
    return expected.every((wanted, i) => {
      const token = this.peek(i);
      return token !== undefined && token.kind !== 'quoted' && token.kind !== 'string' && token.text.toLowerCase() === wanted;
    });
  }

  /** Takes these words when they come next. */
  take(...expected: readonly string[]): boolean {
    if (!this.is(...expected)) return false;
    this.#position += expected.length;
    return true;
  }

  /** What stands between the parenthesis that comes next and its partner; `undefined` where none comes. */
  takeParenthesis(): Token[] | undefined {
    if (!this.take('(')) return undefined;
    const inside: Token[] = [];
    for (let depth = 1; ; ) {
      const token = this.next();
      if (token === undefined) return inside;
      if (token.kind === 'sign' && token.text === '(') depth++;
      if (token.kind === 'sign' && token.text === ')') depth--;
      if (depth === 0) return inside;
      inside.push(token);
    }
  }
}

/** Splits at the commas outside parentheses. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (token.text === ',' && depth === 0) parts.push([]);
    else (parts.at(-1) as Token[]).push(token);
  }
  return parts;
}

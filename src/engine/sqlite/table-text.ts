/** One fact that a CREATE TABLE says, in one spelling: lower case, without quotes and comments. */
export interface TableFact {
  readonly text: string;
  /** The constraint's name, where it has one. */
  readonly name?: string;
}

interface Token {
  readonly text: string;
  /** A quoted identifier is never a keyword. */
  readonly isWord: boolean;
}

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|('(?:[^']|'')*')|("(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|([\d.]+(?:[eE][+-]?\d+)?)|([^\s])/g;
const BEGINS_CONSTRAINT = new Set([
  'constraint', 'primary', 'not', 'null', 'unique', 'check', 'default', 'collate', 'references', 'generated', 'as', 'foreign',
]); // biome-ignore format: a list of words

/** An SQL text as SQLite reads it: identifiers and keywords in lower case, spaces, comments and quotes of identifiers away. */
function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const [, literal, quoted, word, number, sign] of sql.matchAll(TOKEN)) {
    if (quoted !== undefined) {
      const close = quoted.at(-1) as string;
      tokens.push({
        text: quoted
          .slice(1, -1)
          .replaceAll(close + close, close)
          .toLowerCase(),
        isWord: false,
      });
    } else if (word !== undefined) tokens.push({ text: word.toLowerCase(), isWord: true });
    else if (literal !== undefined || number !== undefined || sign !== undefined)
      tokens.push({ text: (literal ?? number ?? sign) as string, isWord: false });
  }
  return tokens;
}

/** An SQL text in one spelling, to compare what two texts say. */
export function spelled(sql: string): string {
  return tokensOf(sql)
    .map((token) => token.text)
    .join(' ');
}

/** Everything a CREATE TABLE statement says of its columns, keys, checks, references and flags, whatever hand or version of SQLite wrote it. */
export function factsOf(createTable: string): TableFact[] {
  const tokens = tokensOf(createTable);
  const open = tokens.findIndex((token) => token.text === '(');
  const end = open < 0 ? 0 : groupEnd(tokens, open);
  const facts = open < 0 ? [] : commaParts(tokens.slice(open + 1, end - 1)).flatMap(definitionFacts);
  const flags = commaParts(tokens.slice(end)).map((part) => ({ text: part.map((token) => token.text).join(' ') }));
  return [...facts, ...flags.filter((flag) => flag.text !== '')];
}

/** The position behind the parenthesis that closes the one at `open`. */
function groupEnd(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]?.text === '(') depth++;
    if (tokens[i]?.text === ')' && --depth === 0) return i + 1;
  }
  return tokens.length;
}

function commaParts(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.text === '(') {
      const end = groupEnd(tokens, i);
      parts.at(-1)?.push(...tokens.slice(i, end));
      i = end - 1;
    } else if (token.text === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

const isOne = (token: Token | undefined, words: ReadonlySet<string>): boolean => token?.isWord === true && words.has(token.text);
const TABLE_CONSTRAINTS = new Set(['constraint', 'primary', 'unique', 'check', 'foreign']);

function definitionFacts(part: readonly Token[]): TableFact[] {
  if (part.length === 0) return [];
  if (isOne(part[0], TABLE_CONSTRAINTS)) return constraintFacts(part, undefined);
  const column = (part[0] as Token).text;
  let i = 1;
  while (i < part.length && !isOne(part[i], BEGINS_CONSTRAINT)) i = part[i]?.text === '(' ? groupEnd(part, i) : i + 1;
  const type = part.slice(1, i).map((token) => token.text);
  return [{ text: ['column', column, ...type].join(' ') }, ...constraintFacts(part.slice(i), column)];
}

/** Constraints may follow each other without a comma, so each ends where the next begins. */
function constraintFacts(tokens: readonly Token[], column: string | undefined): TableFact[] {
  const facts: TableFact[] = [];
  let name: string | undefined;
  for (let i = 0; i < tokens.length; ) {
    if (tokens[i]?.isWord === true && tokens[i]?.text === 'constraint') {
      name = tokens[i + 1]?.text;
      i += 2;
      continue;
    }
    const end = constraintEnd(tokens, i);
    const words = tokens.slice(i, end).map((token) => token.text);
    facts.push({ text: onTable(words, column), ...(name === undefined ? {} : { name }) });
    name = undefined;
    i = end;
  }
  return facts;
}

function constraintEnd(tokens: readonly Token[], start: number): number {
  let i = start + 1;
  const first = tokens[start]?.text;
  // Its own next words may look like the beginning of another: NOT NULL, DEFAULT NULL, GENERATED ALWAYS AS, FOREIGN KEY … REFERENCES.
  if (first === 'not' || first === 'default') i = tokens[i]?.text === '(' ? groupEnd(tokens, i) : i + 1;
  let isReferencing = first === 'references';
  while (i < tokens.length) {
    const token = tokens[i] as Token;
    if (token.text === '(') i = groupEnd(tokens, i);
    else if (first === 'generated' && token.text === 'as') i++;
    else if (first === 'foreign' && !isReferencing && token.text === 'references') {
      isReferencing = true;
      i++;
    } else if (isReferencing && token.text === 'set')
      i += 2; // ON DELETE SET NULL, SET DEFAULT
    else if (isReferencing && token.text === 'not' && tokens[i + 1]?.text === 'deferrable') i += 2;
    else if (isOne(token, BEGINS_CONSTRAINT)) return i;
    else i++;
  }
  return i;
}

/** A constraint written at its column says the same as one written behind all columns. */
function onTable(words: readonly string[], column: string | undefined): string {
  const text = words.join(' ');
  if (column === undefined || words[0] === 'check') return text;
  if (words[0] === 'primary' || words[0] === 'unique') {
    const length = words[0] === 'primary' ? 2 : 1;
    return [...words.slice(0, length), '(', column, ')', ...words.slice(length)].join(' ');
  }
  if (words[0] === 'references') return `foreign key ( ${column} ) ${text}`;
  return `column ${column} ${words[0] === 'as' ? `generated always ${text}` : text}`;
}

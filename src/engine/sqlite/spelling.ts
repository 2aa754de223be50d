import type { Token } from '../sql/tokens.ts';

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

const isKeyword = (word: string): boolean => KEYWORDS.has(word.toLowerCase());

/** A name as it is written where it may be: bare when that is enough. SQLite puts quotes around a name it changes; the meaning is one. */
function written(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !isKeyword(name) ? name : `"${name.replaceAll('"', '""')}"`;
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
  return !(before.kind === 'quoted' || (before.kind === 'word' && (!isKeyword(before.text) || before.value === 'RAISE')));
}

import { nameOf, type Token, tokensOf } from '../engine/sql/tokens.ts';
import type { SqlText } from '../schema/column.ts';

/**
 * Renames a column in an SQL expression over one table, as both engines do in their catalogs when the column is renamed: whole
 * identifiers only, never text in a literal, a function's name, or a part of another name.
 */
export function renameInSql(text: SqlText, from: string, to: string): SqlText {
  if (typeof text !== 'string')
    return { sqlite: renameInText(text.sqlite, from, to), postgres: renameInText(text.postgres, from, to) };
  return renameInText(text, from, to);
}

function renameInText(text: string, from: string, to: string): string {
  const quoted = `"${to.replaceAll('"', '""')}"`;
  const bare = /^[a-z_][a-z0-9_]*$/.test(to) ? to : quoted;
  let renamed = '';
  let end = 0;
  for (const token of columnsIn(text, from)) {
    renamed += text.slice(end, token.start) + (token.kind === 'word' ? bare : quoted);
    end = token.end;
  }
  return renamed + text.slice(end);
}

/** The tokens that name the column. What both engines read is quoted as PostgreSQL does: double quotes. */
function columnsIn(text: string, column: string): Token[] {
  return tokensOf(text, 'postgres').filter(
    (token, i, tokens) => names(token, column) && !(token.kind === 'word' && tokens[i + 1]?.value === '('),
  );
}

const names = (token: Token, name: string): boolean =>
  token.kind === 'word' ? nameOf(token) === name.toLowerCase() : token.kind === 'quoted' && token.name === name;

/** True when a statement has this name in it, as a word or in quotes, not within a text. */
export function namesWord(sql: string, name: string): boolean {
  return tokensOf(sql, 'postgres').some((token) => names(token, name));
}

/** True when an expression names the column. */
export function namesColumn(text: SqlText, column: string): boolean {
  const texts = typeof text === 'string' ? [text] : [text.sqlite, text.postgres];
  return texts.some((one) => columnsIn(one, column).length > 0);
}

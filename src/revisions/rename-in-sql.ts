import type { SqlText } from '../schema/column.ts';

/** String literal, quoted identifier, or word. Everything else stands between. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;

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
  return text.replaceAll(TOKEN, (token, offset: number) => {
    if (token.startsWith("'")) return token;
    if (token.startsWith('"')) return token.slice(1, -1).replaceAll('""', '"') === from ? quoted : token;
    if (token.toLowerCase() !== from.toLowerCase() || /^\s*\(/.test(text.slice(offset + token.length))) return token;
    return /^[a-z_][a-z0-9_]*$/.test(to) ? to : quoted;
  });
}

/** True when a statement has this name in it, as a word or in quotes, not within a text. */
export function namesWord(sql: string, name: string): boolean {
  return [...sql.matchAll(TOKEN)].some(([token]) =>
    token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') === name : token.toLowerCase() === name.toLowerCase(),
  );
}

/** True when an expression names the column. */
export function namesColumn(text: SqlText, column: string): boolean {
  return JSON.stringify(renameInSql(text, column, `${column}_`)) !== JSON.stringify(text);
}

import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection } from '../../engine/engine.ts';
import { splitAtCommas, TokenReader } from '../../engine/sql/token-reader.ts';
import { type Token, tokensOf } from '../../engine/sql/tokens.ts';
import { fingerprint } from '../../schema/form.ts';

/** A column or an expression of a unique key, as the file has it. */
export type KeyPart = { readonly collation: string } & (
  | { readonly column: string; readonly expression?: undefined }
  | { readonly column?: undefined; readonly expression: string }
);

/** Rows that are equal in all parts cannot stand beside each other: `REPLACE` deletes the one that is there. */
export interface UniqueKey {
  readonly parts: readonly KeyPart[];
  /** Of a partial index: only these rows. */
  readonly where?: string;
}

export interface ColumnFact {
  readonly name: string;
  readonly isComputed: boolean;
  /** What `REPLACE` puts into a NOT NULL column in place of NULL. */
  readonly replacesNull: string | undefined;
}

/** What a file says about one table, as far as capture depends on it. */
export interface TableFacts {
  readonly name: string;
  readonly columns: readonly ColumnFact[];
  readonly uniqueKeys: readonly UniqueKey[];
  /** Changes with the text of the table or of one of its unique indexes. */
  readonly form: string;
}

/**
 * Reads a table from the file itself: what its unique keys are does not depend on what anybody declared.
 * @returns `undefined` when the file has no such table.
 */
export async function readTableFacts(connection: Connection, table: string): Promise<TableFacts | undefined> {
  const [found] = await catalogQuery(
    connection,
    { kind: 't.type', isWithoutRowid: 't.wr', sql: 's.sql' },
    "FROM pragma_table_list AS t JOIN main.sqlite_schema AS s ON s.type = 'table' AND s.name = t.name WHERE t.schema = 'main' AND t.name = ?",
    [table],
  );
  if (found === undefined || found.kind !== 'table') return undefined;
  const columns = await catalogQuery(
    connection,
    { name: 'name', isRequired: '"notnull"', fallback: 'dflt_value', hidden: 'hidden', pk: 'pk' },
    "FROM pragma_table_xinfo(?, 'main') ORDER BY cid",
    [table],
  );
  const indexes = await catalogQuery(
    connection,
    { name: 'i.name', origin: 'i.origin', isPartial: 'i.partial', sql: 's.sql' },
    `FROM pragma_index_list(?, 'main') AS i LEFT JOIN main.sqlite_schema AS s ON s.type = 'index' AND s.name = i.name
     WHERE i."unique" = 1 ORDER BY i.name`,
    [table],
  );
  const uniqueKeys: UniqueKey[] = [];
  for (const { name, sql } of indexes) uniqueKeys.push(await keyOfIndex(connection, String(name), sql as string | null));
  if (found.isWithoutRowid === 0) {
    const primary = columns.filter((column) => Number(column.pk) > 0);
    // Without an index of its own, a primary key is another name of the row id.
    const alias = indexes.some(({ origin }) => origin === 'pk') ? undefined : primary[0];
    const rowid = alias === undefined ? freeRowidName(columns.map(({ name }) => String(name))) : String(alias.name);
    if (rowid !== undefined) uniqueKeys.push({ parts: [{ column: rowid, collation: 'BINARY' }] });
  }
  return {
    name: table,
    columns: columns.map(({ name, isRequired, fallback, hidden }) => ({
      name: String(name),
      isComputed: hidden !== 0,
      replacesNull: isRequired === 1 && fallback !== null ? defaultExpression(String(fallback)) : undefined,
    })),
    uniqueKeys,
    form: fingerprint([String(found.sql), ...indexes.map(({ sql }) => String(sql))]),
  };
}

/** `undefined` where columns hide the row id: then no statement can name it either. */
function freeRowidName(columns: readonly string[]): string | undefined {
  const taken = new Set(columns.map((column) => column.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name));
}

async function keyOfIndex(connection: Connection, index: string, sql: string | null): Promise<UniqueKey> {
  const parts = await catalogQuery(
    connection,
    { column: 'name', collation: 'coll' },
    "FROM pragma_index_xinfo(?, 'main') WHERE key = 1 ORDER BY seqno",
    [index],
  );
  const text = sql === null ? undefined : indexText(sql);
  return {
    parts: parts.map(({ column, collation }, i) =>
      column === null
        ? { expression: text?.parts[i] as string, collation: String(collation) }
        : { column: String(column), collation: String(collation) },
    ),
    ...(text?.where === undefined ? {} : { where: text.where }),
  };
}

/** The parts of a `CREATE INDEX`, without collation and order, and its condition. */
function indexText(sql: string): { parts: string[]; where: string | undefined } {
  const reader = new TokenReader(tokensOf(sql, 'sqlite'));
  while (!reader.isAtEnd && !reader.is('(')) reader.next();
  const parts = splitAtCommas(reader.takeParenthesis() ?? []).map((part) => {
    const rest = [...part];
    const order = rest.length > 1 ? rest.at(-1)?.value : undefined;
    if (order === 'ASC' || order === 'DESC') rest.pop();
    if (rest.length > 2 && rest.at(-2)?.value === 'COLLATE') rest.splice(-2);
    return between(sql, rest);
  });
  return { parts, where: reader.take('WHERE') ? between(sql, reader.rest()) : undefined };
}

const between = (sql: string, tokens: readonly Token[]): string => sql.slice(tokens[0]?.start ?? 0, tokens.at(-1)?.end ?? 0);

/** A default as an expression: a bare or double-quoted word is a text there, and would be a name here. */
function defaultExpression(text: string): string {
  const [token, ...more] = tokensOf(text, 'sqlite');
  const isConstant = /^(?:true|false|null|current_(?:date|time|timestamp))$/i.test(text);
  if (token === undefined || more.length > 0 || isConstant || (token.kind !== 'word' && token.kind !== 'quoted'))
    return `(${text})`;
  return `'${token.name.replaceAll("'", "''")}'`;
}

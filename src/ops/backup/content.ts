import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** How many rows a table has, and a digest of every stored bit of them. */
export interface TableContent {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Class and every bit of a stored value as text: 1 and 1.0, a text and its bytes are told apart. */
const cellSql = (column: string): string =>
  `CASE typeof(${column}) WHEN 'text' THEN 't' || hex(${column}) WHEN 'blob' THEN 'x' || hex(${column}) WHEN 'null' THEN 'n' ELSE quote(${column}) END`;

function tablesOf(db: DatabaseSync): string[] {
  const rows = db
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') AND name <> 'sqlite_schema' AND name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY name",
    )
    .all() as { name: string }[];
  return rows.map(({ name }) => name);
}

function contentOfTable(db: DatabaseSync, table: string): TableContent {
  const columns = (db.prepare(`PRAGMA main.table_xinfo(${quoted(table)})`).all() as { name: string; hidden: number }[])
    .filter(({ hidden }) => hidden === 0)
    .map(({ name }) => cellSql(quoted(name)));
  // By the table itself, whose order is that of its key: an index may hold the rows in another one.
  const statement = db.prepare(`SELECT ${columns.join(` || ',' || `)} AS line FROM main.${quoted(table)} NOT INDEXED`);
  const hash = createHash('sha256');
  let rows = 0;
  for (const { line } of statement.iterate() as unknown as Iterable<{ line: string }>) {
    hash.update(line).update('\n');
    rows++;
  }
  return { table, rows, digest: hash.digest('hex') };
}

/**
 * The content of every table of a file, counters of ids included, by the file's own columns: it can be computed again whatever revision the
 * code is at that reads it.
 */
export function contentOf(db: DatabaseSync): TableContent[] {
  return tablesOf(db).map((table) => contentOfTable(db, table));
}

/** One sentence for each table that is not what it was. */
export function contentDifferences(expected: readonly TableContent[], found: readonly TableContent[]): string[] {
  const now = new Map(found.map((content) => [content.table, content]));
  const missing = expected.flatMap(({ table, rows, digest }) => {
    const other = now.get(table);
    if (other === undefined) return [`table ${table} is missing`];
    if (other.rows !== rows) return [`${table} has ${other.rows} rows instead of ${rows}`];
    return other.digest === digest ? [] : [`a value in ${table} is not what it was`];
  });
  const known = new Set(expected.map(({ table }) => table));
  return [...missing, ...found.filter(({ table }) => !known.has(table)).map(({ table }) => `table ${table} is too much`)];
}

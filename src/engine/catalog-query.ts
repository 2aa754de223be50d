import type { Connection, Row } from './engine.ts';

/**
 * Asks a system catalog. Result columns get a prefix and lose it again: results are decoded by schema column names, and a catalog's
 * `name` is not the schema's `name`.
 * @param columns alias to SQL expression. @param rest everything after the select list.
 */
export async function catalogQuery(
  connection: Connection,
  columns: Readonly<Record<string, string>>,
  rest: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const selected = Object.entries(columns).map(([alias, expression]) => `${expression} AS "catalog.${alias}"`);
  const rows = await connection.query(`SELECT ${selected.join(', ')} ${rest}`, parameters);
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name.slice('catalog.'.length), value])),
  );
}

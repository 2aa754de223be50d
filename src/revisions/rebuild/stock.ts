import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection } from '../../engine/engine.ts';

export interface StoredObject {
  readonly kind: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** What a database holds, as far as a rebuild of one table could lose it: the text of every object, the rows of every table, its ids. */
export interface Stock {
  readonly objects: readonly StoredObject[];
  readonly rows: ReadonlyMap<string, number>;
  readonly sequences: ReadonlyMap<string, bigint>;
}

export async function takeStock(connection: Connection, quote: (name: string) => string): Promise<Stock> {
  return {
    objects: await readObjects(connection),
    rows: await countAll(connection, quote),
    sequences: await readSequences(connection),
  };
}

export async function readObjects(connection: Connection): Promise<StoredObject[]> {
  const rows = await catalogQuery(
    connection,
    { kind: 'type', name: 'name', table: 'tbl_name', sql: 'sql' },
    "FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
  );
  return rows as unknown as StoredObject[];
}

/** Tables, and the shadow tables behind virtual ones: what a full-text index holds is in those. */
async function countAll(connection: Connection, quote: (name: string) => string): Promise<Map<string, number>> {
  const tables = await catalogQuery(
    connection,
    { object: 'name' },
    "FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  const counts = new Map<string, number>();
  for (const { object } of tables) counts.set(String(object), await countRows(connection, quote(String(object))));
  return counts;
}

export async function countRows(connection: Connection, relation: string): Promise<number> {
  const [row] = await catalogQuery(connection, { total: 'count(*)' }, `FROM ${relation}`);
  return Number(row?.total);
}

/** The highest id each AUTOINCREMENT table has handed out. */
async function readSequences(connection: Connection): Promise<Map<string, bigint>> {
  const [exists] = await catalogQuery(connection, { found: '1' }, "FROM sqlite_schema WHERE name = 'sqlite_sequence'");
  if (exists === undefined) return new Map();
  const rows = await catalogQuery(connection, { name: 'name', seq: 'seq' }, 'FROM sqlite_sequence');
  return new Map(rows.map((row) => [String(row.name), BigInt(row.seq as number | bigint)]));
}

/** Every row written on this connection so far, by statements, triggers and foreign key actions alike. */
export async function changesSoFar(connection: Connection): Promise<number> {
  const [row] = await catalogQuery(connection, { total: 'total_changes()' }, '');
  return Number(row?.total);
}

import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { hasTable } from './ledger.ts';

export interface TableSize {
  readonly rows: number;
  /** Of the table without its indexes; absent where this build of SQLite cannot tell. */
  readonly bytes?: number;
  /** The server's own estimate: counting would read the whole of a large table. */
  readonly isEstimate: boolean;
}

/** PostgreSQL counts a table of this size in well under a second. */
const COUNTED_BYTES = 64 * 1024 * 1024;

/** How large tables are; those that are not there are left out. */
export async function sizesOf(connection: Connection, engine: Engine, names: Iterable<string>): Promise<Map<string, TableSize>> {
  const sizes = new Map<string, TableSize>();
  const hasDbstat = engine.capabilities.isLocalFile && (await canReadPages(connection));
  for (const name of new Set(names)) {
    if (!(await hasTable(connection, engine, name))) continue;
    sizes.set(name, await sizeOf(connection, engine, name, hasDbstat));
  }
  return sizes;
}

async function sizeOf(connection: Connection, engine: Engine, name: string, hasDbstat: boolean): Promise<TableSize> {
  const table = engine.ddl.quote(name);
  const count = async (): Promise<number> =>
    Number((await catalogQuery(connection, { total: 'count(*)' }, `FROM ${table}`))[0]?.total);
  if (engine.capabilities.isLocalFile) {
    if (!hasDbstat) return { rows: await count(), isEstimate: false };
    const [pages] = await catalogQuery(connection, { bytes: 'sum(pgsize)' }, 'FROM dbstat WHERE name = ?', [name]);
    return { rows: await count(), bytes: Number(pages?.bytes), isEstimate: false };
  }
  const [stored] = await catalogQuery(
    connection,
    { bytes: 'pg_table_size(c.oid)::float8', rows: 'c.reltuples::float8' },
    'FROM pg_class c WHERE c.oid = $1::regclass',
    [table],
  );
  const bytes = Number(stored?.bytes);
  const isEstimate = bytes > COUNTED_BYTES && Number(stored?.rows) >= 0;
  return { rows: isEstimate ? Number(stored?.rows) : await count(), bytes, isEstimate };
}

async function canReadPages(connection: Connection): Promise<boolean> {
  return (await catalogQuery(connection, { found: '1' }, "FROM pragma_module_list WHERE name = 'dbstat'")).length > 0;
}

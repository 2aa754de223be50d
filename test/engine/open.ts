import { parseDatabaseUrl } from '../../src/db/database-url.ts';
import type { Engine, EngineOptions } from '../../src/engine/engine.ts';
import { openPostgres, type PoolSettings } from '../../src/engine/postgres/engine.ts';
import { openSqlite } from '../../src/engine/sqlite/engine.ts';

export const POOL: PoolSettings = { size: 4, maxOverflow: 4, timeoutSeconds: 5, recycleSeconds: 3600, statementSeconds: 10 };

/** Opens whichever engine the URL names, with a schema of the test's own. */
export function openEngine(
  target: { url: string; directUrl?: string },
  options: EngineOptions & { pool?: PoolSettings },
): Engine {
  const address = parseDatabaseUrl(target.url, '/');
  if (typeof address === 'string') throw new Error(address);
  if (address.engine === 'sqlite') return openSqlite({ ...options, file: address.file });
  return openPostgres({
    ...options,
    url: address.url,
    ...(target.directUrl === undefined ? {} : { directUrl: target.directUrl }),
    pool: options.pool ?? POOL,
  });
}

/** Creates the tables of the engine's schema as its DDL says. */
export async function createTables(engine: Engine, schema: EngineOptions['schema']): Promise<void> {
  await engine.dedicated(async (connection) => {
    for (const table of Object.values(schema.tables)) {
      for (const sql of engine.ddl.createTable(table)) await connection.script(sql);
      for (const index of table.indexes) await connection.script(engine.ddl.createIndex(table, index));
    }
  });
}

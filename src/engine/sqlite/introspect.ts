import type { SchemaForm } from '../../schema/form.ts';
import { catalogQuery } from '../catalog-query.ts';
import type { Connection } from '../engine.ts';
import { DERIVED_PREFIX, LEDGER_TABLE, MOVE_PREFIX, PROGRESS_TABLE } from '../schema-form.ts';
import { formOfEntries, type SchemaEntry } from './schema-sql.ts';

/**
 * Reads the schema of an SQLite database; what nobody declared appears as such. Left out: SQLite's own tables, and those in which a
 * virtual table (a search index) keeps its data, which go with it.
 */
export async function introspect(connection: Connection): Promise<SchemaForm> {
  const entries = (await catalogQuery(
    connection,
    { kind: 'type', name: 'name', table: 'tbl_name', sql: 'sql' },
    `FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT IN (?, ?)
     AND substr(name, 1, ${MOVE_PREFIX.length}) <> '${MOVE_PREFIX}' AND substr(name, 1, ${DERIVED_PREFIX.length}) <> '${DERIVED_PREFIX}'`,
    [LEDGER_TABLE, PROGRESS_TABLE],
  )) as unknown as SchemaEntry[];
  if (!entries.some((entry) => /^\s*create\s+virtual/i.test(entry.sql))) return formOfEntries(entries);
  const shadows = await catalogQuery(
    connection,
    { name: 'name' },
    "FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'",
  );
  const hidden = new Set(shadows.map((row) => row.name));
  return formOfEntries(entries.filter((entry) => !hidden.has(entry.table)));
}

import type { Connection } from '../../engine/engine.ts';
import { quoted } from '../source/source-tables.ts';

/** A key, index or foreign key as the revisions made it: taken away while rows are copied, and built again exactly so afterwards. */
export interface Definition {
  readonly table: string;
  readonly name: string;
  readonly kind: 'index' | 'primary' | 'unique' | 'foreign';
  /** The statement that builds the index, or the clause of the foreign key. */
  readonly sql: string;
  /** How many columns: how long it takes to build, compared with others of the table. */
  readonly weight: number;
}

async function existingDefinitions(target: Connection, tables: readonly string[]): Promise<Definition[]> {
  const rows = await target.query(
    `SELECT r.relname::text AS owner, i.relname::text AS object, coalesce(k.contype::text, 'i') AS kind, pg_get_indexdef(x.indexrelid) AS definition,
       x.indnatts::integer AS weight
     FROM pg_index AS x JOIN pg_class AS r ON r.oid = x.indrelid JOIN pg_class AS i ON i.oid = x.indexrelid
       LEFT JOIN pg_constraint AS k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u')
     WHERE r.relnamespace = current_schema()::regnamespace AND r.relname::text = ANY ($1::text[])
     UNION ALL
     SELECT r.relname::text, k.conname::text, 'f', pg_get_constraintdef(k.oid), 1
     FROM pg_constraint AS k JOIN pg_class AS r ON r.oid = k.conrelid
     WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace AND r.relname::text = ANY ($1::text[])`,
    [tables],
  );
  const kinds: Record<string, Definition['kind']> = { i: 'index', p: 'primary', u: 'unique', f: 'foreign' };
  return rows.map((row) => ({
    table: row.owner as string,
    name: row.object as string,
    kind: kinds[row.kind as string] as Definition['kind'],
    sql: row.definition as string,
    weight: row.weight as number,
  }));
}

/**
 * Remembers keys, indexes and foreign keys of the tables, takes them away, and empties the tables (a revision may have written rows, which
 * come from the source as well). Runs in the caller's transaction.
 */
export async function takeAwayKeys(target: Connection, runId: string, tables: readonly string[]): Promise<void> {
  const definitions = await existingDefinitions(target, tables);
  for (const { table, name, kind, sql, weight } of definitions) {
    await target.execute(
      'INSERT INTO flashcase_move.definition (run_id, table_name, object_name, kind, sql, weight) VALUES ($1, $2, $3, $4, $5, $6)',
      [runId, table, name, kind, sql, weight],
    );
  }
  const drop = (kind: Definition['kind'], sqlOf: (definition: Definition) => string): Promise<void>[] =>
    definitions.filter((definition) => definition.kind === kind).map((definition) => target.script(sqlOf(definition)));
  const dropConstraint = ({ table, name }: Definition): string => `ALTER TABLE ${quoted(table)} DROP CONSTRAINT ${quoted(name)}`;
  // References first: a key cannot go while something refers to it.
  await Promise.all(drop('foreign', dropConstraint));
  await Promise.all([
    ...drop('primary', dropConstraint),
    ...drop('unique', dropConstraint),
    ...drop('index', ({ name }) => `DROP INDEX ${quoted(name)}`),
  ]);
  if (tables.length > 0) await target.script(`TRUNCATE ${tables.map(quoted).join(', ')}`);
}

export async function readDefinitions(target: Connection, runId: string): Promise<Definition[]> {
  const rows = await target.query(
    `SELECT table_name AS owner, object_name AS object, kind, sql AS definition, weight
     FROM flashcase_move.definition WHERE run_id = $1 ORDER BY table_name, object_name`,
    [runId],
  );
  return rows.map((row) => ({
    table: row.owner as string,
    name: row.object as string,
    kind: row.kind as Definition['kind'],
    sql: row.definition as string,
    weight: row.weight as number,
  }));
}

import { DatabaseSync } from 'node:sqlite';
import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import type { Batch } from '../backfill.ts';

/**
 * True where a copy has every value that a batch of a backfill is about to write over, under the same key. A whole copy before each
 * batch would be dear; others rarely write what a backfill writes over.
 */
export async function hasWrittenOver(copy: string, connection: Connection, engine: Engine, batch: Batch): Promise<boolean> {
  const { quote } = engine.ddl;
  const { columns, literals } = batch.key;
  const values = Object.fromEntries(batch.set.map((name, i) => [`v${i}`, `quote(${quote(name)})`]));
  const hasOne = batch.set.map((name) => `${quote(name)} IS NOT NULL`).join(' OR ');
  const table = `FROM ${quote(batch.table)}`;
  const going = await catalogQuery(connection, { ...literals, ...values }, `${table} WHERE ${batch.where} AND (${hasOne})`);
  if (going.length === 0) return true;
  const keys = going.map(
    (row) =>
      `(${Object.keys(literals)
        .map((name) => String(row[name]))
        .join(', ')})`,
  );
  const wanted = Object.entries({ ...literals, ...values }).map(([name, sql]) => `${sql} AS ${name}`);
  try {
    const database = new DatabaseSync(copy, { readOnly: true });
    try {
      const found = database
        .prepare(`SELECT ${wanted.join(', ')} ${table} WHERE ${columns} IN (VALUES ${keys.join(', ')})`)
        .all();
      const kept = new Set(found.map((row) => JSON.stringify(Object.values(row))));
      return going.every((row) => kept.has(JSON.stringify(Object.values(row))));
    } finally {
      database.close();
    }
  } catch {
    // It has no such table or column, or is gone: then it has none of them.
    return false;
  }
}

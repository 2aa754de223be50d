import type { DatabaseSync } from 'node:sqlite';
import type { Connection } from '../../engine/engine.ts';
import { sequenceName } from '../../engine/postgres/ddl.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted, readSequences } from '../source/source-tables.ts';

/** Sets every sequence of PostgreSQL past its highest id. Never back. For when the file that handed out more is gone. */
export async function raiseSequencesToRows(postgres: Connection, tables: readonly CarriedTable[]): Promise<void> {
  for (const { table } of tables)
    for (const [column, { isGenerated }] of Object.entries(table.columns)) {
      if (!isGenerated) continue;
      const sequence = quoted(sequenceName(table, column));
      await postgres.query(
        `SELECT setval('${sequence.replaceAll("'", "''")}', greatest(last_value, highest), is_called OR highest > 0)
         FROM ${sequence}, (SELECT coalesce(max(${quoted(column)}), 0) AS highest FROM ${quoted(table.name)}) AS ids`,
      );
    }
}

/**
 * Sets every sequence of the target past what SQLite ever handed out and past its highest id (facts T-21, T-22), in one round trip. Never back.
 * @returns how many sequences there are.
 */
export async function raiseSequences(
  postgres: Connection,
  sqlite: DatabaseSync,
  tables: readonly CarriedTable[],
): Promise<number> {
  const promised = readSequences(sqlite);
  const statements = tables.flatMap(({ table }) =>
    Object.entries(table.columns)
      .filter(([, { isGenerated }]) => isGenerated)
      .map(([column]) => {
        const highest = sqlite.prepare(
          `SELECT max(${quoted(column)}) AS id FROM main.${quoted(table.name)} WHERE typeof(${quoted(column)}) = 'integer'`,
        );
        highest.setReadBigInts(true);
        const id = (highest.get() as { id: bigint | null }).id ?? 0n;
        const handedOut = promised.get(table.name) ?? 0n;
        const last = id > handedOut ? id : handedOut;
        const sequence = quoted(sequenceName(table, column));
        return `SELECT setval('${sequence.replaceAll("'", "''")}', greatest(${last}, last_value), is_called OR ${last > 0n}) FROM ${sequence}`;
      }),
  );
  if (statements.length > 0) await postgres.script(statements.join('; '));
  return statements.length;
}

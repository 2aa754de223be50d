import type { DatabaseSync } from 'node:sqlite';
import type { Connection } from '../../engine/engine.ts';
import { codecOf } from '../../schema/codec.ts';
import type { Column } from '../../schema/column.ts';
import { POSTGRES_JOURNAL } from '../capture/postgres-capture-sql.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { JOURNAL_TABLE } from '../state/sqlite-state.ts';
import type { Difference } from '../verify/find-differences.ts';

const columnsOf = ({ table }: CarriedTable): string[] => table.primaryKey.map((_, i) => `k${i + 1}`);

function inSqlite(db: DatabaseSync, carried: CarriedTable, keys: readonly (readonly string[])[]): Set<number> {
  const { table, no } = carried;
  const columns = columnsOf(carried);
  const tuples = keys.map((_, n) => `(${n}, ${columns.map(() => '?').join(', ')})`).join(', ');
  const values = keys.flatMap((key) =>
    key.map((text, i) => {
      const codec = codecOf((table.columns[table.primaryKey[i] as string] as Column).type);
      return codec.toSqlite(codec.fromPostgresText(text) as never);
    }),
  );
  const rows = db
    .prepare(
      `WITH asked (n, ${columns.join(', ')}) AS (VALUES ${tuples})
       SELECT DISTINCT n FROM main.${JOURNAL_TABLE} AS j JOIN asked USING (${columns.join(', ')}) WHERE j.table_no = ?`,
    )
    .all(...values, no) as { n: number }[];
  return new Set(rows.map(({ n }) => n));
}

async function inPostgres(
  postgres: Connection,
  carried: CarriedTable,
  keys: readonly (readonly string[])[],
): Promise<Set<number>> {
  const columns = columnsOf(carried);
  const rows = await postgres.query(
    `SELECT DISTINCT asked.n::integer AS m_n FROM ${POSTGRES_JOURNAL} AS j
     JOIN unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(', ')}) WITH ORDINALITY AS asked (${columns.join(', ')}, n) USING (${columns.join(', ')})
     WHERE j.table_no = ${carried.no}`,
    columns.map((_, i) => keys.map((key) => key[i])),
  );
  return new Set(rows.map((row) => Number(row.m_n) - 1));
}

/** Marks the differing rows the primary's journal names. Of rows whose journal entry was removed since, nothing is said. */
export async function withJournalled(
  primary: { readonly db: DatabaseSync } | { readonly postgres: Connection },
  carried: CarriedTable,
  differences: readonly Difference[],
): Promise<readonly Difference[]> {
  const keys = differences.flatMap(({ rowKey }) => (rowKey === undefined ? [] : [rowKey]));
  if (keys.length === 0) return differences;
  const found = 'db' in primary ? inSqlite(primary.db, carried, keys) : await inPostgres(primary.postgres, carried, keys);
  const names = new Set([...found].map((n) => JSON.stringify(keys[n])));
  return differences.map((difference) =>
    names.has(JSON.stringify(difference.rowKey)) ? { ...difference, isJournalled: true } : difference,
  );
}

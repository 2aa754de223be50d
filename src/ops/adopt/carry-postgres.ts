import { catalogQuery } from '../../engine/catalog-query.ts';
import { sequenceName } from '../../engine/postgres/ddl.ts';
import { flashcase } from '../../schema/flashcase.ts';
import type { Table } from '../../schema/index.ts';
import type { AdoptionContext } from './context.ts';
import { asideName, type Carried } from './context.ts';
import { LEGACY_TABLES } from './recognise.ts';

/**
 * Carries every row of a PostgreSQL database made by the original's models. PostgreSQL has already refused what SQLite lets in
 * (orphans, wrong types, duplicates), so every row fits; times without a zone are UTC; sequences go on after the highest id.
 */
export async function carryPostgresRows({ connection, engine, version }: AdoptionContext): Promise<Carried> {
  const { quote } = engine.ddl;
  const tables = [];
  for (const name of LEGACY_TABLES) {
    if (version === 1 && name === 'report') continue;
    const table: Table = flashcase.tables[name];
    const found = await catalogQuery(
      connection,
      { column: 'attname' },
      'FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped',
      [quote(asideName(name))],
    );
    const old = new Set(found.map((row) => String(row.column)));
    const columns = Object.entries(table.columns).flatMap(([column, { type }]): [string, string][] => {
      if (name === 'study_log' && column === 'due_date' && !old.has(column))
        return [[column, `"next_review" AT TIME ZONE 'UTC'`]];
      if (!old.has(column)) return [];
      if (type === 'timestamp') return [[column, `${quote(column)} AT TIME ZONE 'UTC'`]];
      return [[column, type === 'text' ? `${quote(column)}::text` : quote(column)]];
    });
    const rowsOut = await connection.execute(
      `INSERT INTO ${quote(name)} (${columns.map(([column]) => quote(column)).join(', ')}) SELECT ${columns.map(([, value]) => value).join(', ')} FROM ${quote(asideName(name))}`,
    );
    const [counted] = await catalogQuery(connection, { total: 'count(*)' }, `FROM ${quote(asideName(name))}`);
    await connection.query(`SELECT setval($1, greatest((SELECT max(id) FROM ${quote(name)}), 0) + 1, false) AS "next.id"`, [
      quote(sequenceName(table, 'id')),
    ]);
    tables.push({ table: name, rowsIn: Number(counted?.total), rowsOut, quarantined: Number(counted?.total) - rowsOut });
  }
  return { tables, quarantinedBy: {}, normalisedTimes: 0 };
}

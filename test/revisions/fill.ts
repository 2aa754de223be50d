import type { Engine } from '../../src/engine/engine.ts';
import { sequenceName } from '../../src/engine/postgres/ddl.ts';
import { placeholdersOf } from '../../src/revisions/ledger.ts';
import { codecOf } from '../../src/schema/codec.ts';
import type { Column } from '../../src/schema/column.ts';
import type { Value } from '../../src/schema/index.ts';
import type { Schema, Table } from '../../src/schema/table.ts';

export type Rows = Readonly<Record<string, readonly Readonly<Record<string, Value | null>>[]>>;

/** Puts the rows in, references last where they may wait. */
export async function fill(engine: Engine, { tables }: Schema, rows: Rows): Promise<void> {
  const { quote } = engine.ddl;
  await engine.dedicated(async (connection) => {
    const bound = (table: Table, name: string, value: Value | null): unknown => {
      if (value === null) return null;
      const codec = codecOf((table.columns[name] as Column).type);
      return engine.capabilities.isLocalFile ? codec.toSqlite(value as never) : codec.toPostgresText(value as never);
    };
    const waits = (table: Table, name: string): boolean =>
      table.foreignKeys.some((key) => key.columns.includes(name)) && table.columns[name]?.isNullable === true;
    for (const [tableName, entries] of Object.entries(rows)) {
      const table = tables[tableName] as Table;
      for (const row of entries) {
        const names = Object.keys(row);
        const values = names.map((name) => (waits(table, name) ? null : bound(table, name, row[name] as Value | null)));
        await connection.execute(
          `INSERT INTO ${quote(tableName)} (${names.map(quote).join(', ')}) VALUES (${placeholdersOf(engine, names.length)})`,
          values,
        );
      }
    }
    for (const [tableName, entries] of Object.entries(rows)) {
      const table = tables[tableName] as Table;
      for (const row of entries) {
        const names = Object.keys(row).filter((name) => waits(table, name));
        if (names.length === 0) continue;
        const all = [...names, ...table.primaryKey];
        const places = placeholdersOf(engine, all.length).split(', ');
        const pairs = all.map((name, i) => `${quote(name)} = ${places[i]}`);
        await connection.execute(
          `UPDATE ${quote(tableName)} SET ${pairs.slice(0, names.length).join(', ')} WHERE ${pairs.slice(names.length).join(' AND ')}`,
          all.map((name) => bound(table, name, row[name] as Value | null)),
        );
      }
      // Ids given by hand do not move PostgreSQL's sequence; SQLite's follows them.
      for (const [name, column] of Object.entries(table.columns))
        if (column.isGenerated && !engine.capabilities.isLocalFile && entries.length > 0)
          await connection.query(
            `SELECT setval('${quote(sequenceName(table, name)).replaceAll("'", "''")}', (SELECT max(${quote(name)}) FROM ${quote(tableName)}))`,
          );
    }
  });
}

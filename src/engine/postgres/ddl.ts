import type { Column, ColumnType } from '../../schema/column.ts';
import type { Index, Table } from '../../schema/table.ts';
import type { Ddl } from '../engine.ts';

const TYPES: Record<ColumnType, string> = {
  int32: 'integer',
  int64: 'bigint',
  float64: 'double precision',
  boolean: 'boolean',
  // "C": compared bytewise, as SQLite's BINARY collation does; the server's locale must not change an order.
  text: 'text COLLATE "C"',
  timestamp: 'timestamp with time zone',
  bytes: 'bytea',
};

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
const list = (names: readonly string[]): string => names.map(quote).join(', ');

function columnDefinition(table: Table, name: string, column: Column): string {
  const parts = [quote(name), TYPES[column.type]];
  if (!column.isNullable) parts.push('NOT NULL');
  if (column.isGenerated) parts.push(`DEFAULT nextval('${quote(sequenceName(table, name)).replaceAll("'", "''")}')`);
  if (column.default !== undefined) parts.push(`DEFAULT ${literal(column.default)}`);
  if (column.oneOf !== undefined) {
    parts.push(
      `CONSTRAINT ${quote(`ck_${table.name}_${name}`)} CHECK (${quote(name)} IN (${column.oneOf.map(literal).join(', ')}))`,
    );
  }
  return parts.join(' ');
}

/** The sequence that hands out a generated id. Owned by its column; an identity would restart at 1 when Citus converts the table. */
export function sequenceName(table: Table, column: string): string {
  return `${table.name}_${column}_seq`;
}

/** The columns of the primary key on this engine. */
export function keyOf(table: Table): readonly string[] {
  return table.partitionedKey ?? table.primaryKey;
}

/** The statements that add keys, uniques and foreign keys to a table made `withoutKeys`, in the form `createTable` gives them. */
export function keyClauses(table: Table): { primary: string; uniques: string[]; foreignKeys: string[] } {
  return {
    primary: `CONSTRAINT ${quote(`${table.name}_pkey`)} PRIMARY KEY (${list(keyOf(table))})`,
    uniques: table.uniques.map((unique) => `CONSTRAINT ${quote(unique.name)} UNIQUE (${list(unique.columns)})`),
    foreignKeys: table.foreignKeys.map(
      (key) =>
        `CONSTRAINT ${quote(key.name)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${quote(key.references.table)} (${list(key.references.columns)})`,
    ),
  };
}

export const ddl: Ddl = {
  quote,
  literal,
  columnDefinition,
  tableFlags: [],
  hasCheck: (column) => column.oneOf !== undefined,
  columnType: (table, column) => TYPES[(table.columns[column] as Column).type],

  createTable(table, options = {}) {
    const name = options.as ?? table.name;
    const generated = Object.entries(table.columns).filter(([, column]) => column.isGenerated);
    const lines = Object.entries(table.columns).map(([column, definition]) => columnDefinition(table, column, definition));
    if (options.withoutKeys !== true) {
      const keys = keyClauses(table);
      lines.push(keys.primary, ...keys.uniques, ...keys.foreignKeys);
    }
    for (const check of table.checks) lines.push(`CONSTRAINT ${quote(check.name)} CHECK (${check.expression})`);
    return [
      ...generated.map(([column]) => `CREATE SEQUENCE ${quote(sequenceName(table, column))} AS bigint`),
      `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n)`,
      ...generated.map(
        ([column]) => `ALTER SEQUENCE ${quote(sequenceName(table, column))} OWNED BY ${quote(name)}.${quote(column)}`,
      ),
    ];
  },

  createIndex(table: Table, index: Index) {
    const columns = index.columns.map((column) => quote(column.name) + (column.isDescending ? ' DESC' : ''));
    return `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX ${quote(index.name)} ON ${quote(table.name)} (${columns.join(', ')})`;
  },
};

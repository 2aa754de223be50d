import type { Column, ColumnType } from '../../schema/column.ts';
import type { Index, Table } from '../../schema/table.ts';
import type { Ddl } from '../engine.ts';

const TYPES: Record<ColumnType, string> = {
  int32: 'INTEGER',
  int64: 'INTEGER',
  float64: 'REAL',
  boolean: 'INTEGER',
  text: 'TEXT',
  timestamp: 'TEXT',
  bytes: 'BLOB',
};

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(typeof value === 'boolean' ? Number(value) : value);
const list = (names: readonly string[]): string => names.map(quote).join(', ');

/**
 * What the declared type alone does not say. STRICT tables keep the storage class; these keep the value readable by the column's
 * codec, also when another program writes the file: the move relies on it.
 */
function valueCheck(name: string, column: Column): string | undefined {
  const c = quote(name);
  if (column.oneOf !== undefined) return `${c} IN (${column.oneOf.map(literal).join(', ')})`;
  if (column.type === 'boolean') return `${c} IN (0, 1)`;
  if (column.type === 'int32') return `${c} BETWEEN -2147483648 AND 2147483647`;
  if (column.type === 'timestamp') {
    const form = '[0-9]'.repeat(6);
    return `${c} GLOB '????-??-?? ??:??:??.${form}' AND ${c} >= '0001' AND strftime('%Y-%m-%d %H:%M:%S', ${c}) IS substr(${c}, 1, 19)`;
  }
  return undefined;
}

function columnDefinition(table: Table, name: string, column: Column, withoutKeys: boolean): string {
  const isRowid = column.isGenerated && table.primaryKey.length === 1 && table.primaryKey[0] === name;
  if (isRowid && !withoutKeys) return `${quote(name)} INTEGER PRIMARY KEY AUTOINCREMENT`;
  const parts = [quote(name), TYPES[column.type]];
  if (!column.isNullable) parts.push('NOT NULL');
  if (column.default !== undefined) parts.push(`DEFAULT ${literal(column.default)}`);
  const check = valueCheck(name, column);
  if (check !== undefined) parts.push(`CONSTRAINT ${quote(`ck_${table.name}_${name}`)} CHECK (${check})`);
  return parts.join(' ');
}

export const ddl: Ddl = {
  quote,
  literal,
  columnDefinition: (table, name, column) => columnDefinition(table, name, column, true),
  tableFlags: ['strict'],
  hasCheck: (column) => valueCheck('', column) !== undefined,
  columnType: (table, column) => TYPES[(table.columns[column] as Column).type],

  createTable(table, options = {}) {
    const withoutKeys = options.withoutKeys === true;
    const lines = Object.entries(table.columns).map(([name, column]) => columnDefinition(table, name, column, withoutKeys));
    if (!withoutKeys) {
      const isRowid = table.primaryKey.length === 1 && table.columns[table.primaryKey[0] as string]?.isGenerated === true;
      if (!isRowid) lines.push(`PRIMARY KEY (${list(table.primaryKey)})`);
      for (const unique of table.uniques) lines.push(`CONSTRAINT ${quote(unique.name)} UNIQUE (${list(unique.columns)})`);
      for (const key of table.foreignKeys) {
        lines.push(
          `CONSTRAINT ${quote(key.name)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${quote(key.references.table)} (${list(key.references.columns)})`,
        );
      }
    }
    for (const check of table.checks) lines.push(`CONSTRAINT ${quote(check.name)} CHECK (${check.expression})`);
    return [`CREATE TABLE ${quote(options.as ?? table.name)} (\n  ${lines.join(',\n  ')}\n) STRICT`];
  },

  createIndex(table: Table, index: Index) {
    const columns = index.columns.map((column) => quote(column.name) + (column.isDescending ? ' DESC' : ''));
    return `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX ${quote(index.name)} ON ${quote(table.name)} (${columns.join(', ')})`;
  },
};

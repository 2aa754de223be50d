import { type Column, type ColumnType, sqlFor } from '../../schema/column.ts';
import { derivedName } from '../../schema/name.ts';
import type { Index, Schema, Table, Trigger, View } from '../../schema/table.ts';
import type { Ddl } from '../engine.ts';
import { referenceOptions } from '../reference-options.ts';
import { formOfEntries, type SchemaEntry } from './schema-sql.ts';

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
  if (column.computed !== undefined) parts.push(`GENERATED ALWAYS AS (${sqlFor(column.computed, 'sqlite')}) STORED`);
  const check = valueCheck(name, column);
  if (check !== undefined) parts.push(`CONSTRAINT ${quote(derivedName.valueCheck(table.name, name))} CHECK (${check})`);
  return parts.join(' ');
}

const foreignKeyClause: Ddl['foreignKeyClause'] = (key) =>
  `CONSTRAINT ${quote(key.name)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${quote(key.references.table)} (${list(key.references.columns)})${referenceOptions(key)}`;

export const ddl: Ddl = {
  quote,
  literal,
  foreignKeyClause,
  valueCheck,
  columnDefinition: (table, name, column) => columnDefinition(table, name, column, true),
  hasCheck: (column) => valueCheck('', column) !== undefined,
  columnType: (table, column) => TYPES[(table.columns[column] as Column).type],

  createTable(table, options = {}) {
    const withoutKeys = options.withoutKeys === true;
    const lines = Object.entries(table.columns).map(([name, column]) => columnDefinition(table, name, column, withoutKeys));
    if (!withoutKeys) {
      const isRowid = table.primaryKey.length === 1 && table.columns[table.primaryKey[0] as string]?.isGenerated === true;
      if (!isRowid) lines.push(`PRIMARY KEY (${list(table.primaryKey)})`);
      for (const unique of table.uniques) lines.push(`CONSTRAINT ${quote(unique.name)} UNIQUE (${list(unique.columns)})`);
      for (const key of table.foreignKeys) lines.push(foreignKeyClause(key));
    }
    for (const check of table.checks) lines.push(`CONSTRAINT ${quote(check.name)} CHECK (${sqlFor(check.expression, 'sqlite')})`);
    return [`CREATE TABLE ${quote(options.as ?? table.name)} (\n  ${lines.join(',\n  ')}\n) STRICT`];
  },

  createIndex(table: Table, index: Index) {
    const parts = index.columns.map(
      (part) =>
        (part.expression === undefined ? quote(part.name) : `(${sqlFor(part.expression, 'sqlite')})`) +
        (part.isDescending ? ' DESC' : ''),
    );
    const where = index.where === undefined ? '' : ` WHERE ${sqlFor(index.where, 'sqlite')}`;
    return `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX ${quote(index.name)} ON ${quote(table.name)} (${parts.join(', ')})${where}`;
  },

  createTrigger(table: Table, trigger: Trigger) {
    const of = trigger.updateOf === undefined ? '' : ` OF ${list(trigger.updateOf)}`;
    const when = trigger.when === undefined ? '' : ` WHEN ${sqlFor(trigger.when, 'sqlite')}`;
    return [
      `CREATE TRIGGER ${quote(trigger.name)} ${trigger.timing.toUpperCase()} ${trigger.event.toUpperCase()}${of} ON ${quote(table.name)} FOR EACH ROW${when} BEGIN ${trigger.body.sqlite} END`,
    ];
  },

  dropTrigger: (_, trigger) => [`DROP TRIGGER ${quote(trigger.name)}`],
  createView: (view: View) => `CREATE VIEW ${quote(view.name)} AS ${sqlFor(view.query, 'sqlite')}`,
  comments: () => [],
  formOf: ({ tables, views }: Schema) =>
    formOfEntries([
      ...Object.values(tables).flatMap((table): SchemaEntry[] => [
        ...ddl.createTable(table).map((sql) => ({ kind: 'table', name: table.name, table: table.name, sql })),
        ...table.indexes.map((index) => ({
          kind: 'index',
          name: index.name,
          table: table.name,
          sql: ddl.createIndex(table, index),
        })),
        ...table.triggers.flatMap((trigger) =>
          ddl.createTrigger(table, trigger).map((sql) => ({ kind: 'trigger', name: trigger.name, table: table.name, sql })),
        ),
      ]),
      ...views.map((view) => ({ kind: 'view', name: view.name, table: view.name, sql: ddl.createView(view) })),
    ]),
};

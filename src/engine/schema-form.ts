import type { Column } from '../schema/column.ts';
import { linesOf, type SchemaForm } from '../schema/form.ts';
import type { Schema, Table } from '../schema/table.ts';
import type { Engine } from './engine.ts';

/** The tables that belong to the tools, not to the schema. */
export const LEDGER_TABLE = 'schema_revision';
export const PROGRESS_TABLE = 'schema_revision_progress';

/** What `engine.introspect` reports when the database holds exactly this schema. */
export function formOf(schema: Schema, engine: Pick<Engine, 'ddl' | 'capabilities'>): SchemaForm {
  return Object.values(schema.tables)
    .flatMap((table) => tableLines(table, engine))
    .toSorted();
}

function tableLines(table: Table, { ddl, capabilities }: Pick<Engine, 'ddl' | 'capabilities'>): string[] {
  const keys = capabilities.usesPartitionedKeys ? (table.partitionedKey ?? table.primaryKey) : table.primaryKey;
  return linesOf({
    name: table.name,
    flags: ddl.tableFlags,
    columns: Object.entries(table.columns).map(([name, column]) => ({
      name,
      type: ddl.columnType(table, name),
      isNullable: column.isNullable,
      isGenerated: column.isGenerated,
      default: column.default === undefined ? undefined : ddl.literal(column.default),
    })),
    primaryKey: keys,
    uniques: table.uniques.map((unique) => unique.columns),
    indexes: table.indexes.map((index) => ({
      name: index.name,
      isUnique: index.isUnique,
      columns: index.columns.map((column) => `"${column.name}"${column.isDescending ? ' desc' : ''}`),
    })),
    foreignKeys: table.foreignKeys.map((key) => ({
      columns: key.columns,
      table: key.references.table,
      to: key.references.columns,
      actions: '',
    })),
    checks: [
      ...Object.entries(table.columns)
        .filter(([, column]) => ddl.hasCheck(column as Column))
        .map(([name]) => `ck_${table.name}_${name}`),
      ...table.checks.map((check) => check.name),
    ],
  });
}

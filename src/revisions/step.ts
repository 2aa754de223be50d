import type { Ddl } from '../engine/engine.ts';
import type { Column } from '../schema/column.ts';
import type { Index, Table } from '../schema/table.ts';

/**
 * One change of the schema or its rows, as data: it is hashed for the ledger, compiled for each engine, and can be printed without a
 * connection. A revision keeps its own copy of the tables it speaks of: today's schema goes on changing, history does not.
 */
export type Step =
  | { readonly kind: 'createTable'; readonly table: Table }
  | { readonly kind: 'dropTable'; readonly table: Table }
  | { readonly kind: 'createIndex'; readonly table: Table; readonly index: Index }
  | { readonly kind: 'dropIndex'; readonly table: Table; readonly index: Index }
  | { readonly kind: 'addColumn'; readonly table: Table; readonly column: string }
  | { readonly kind: 'dropColumn'; readonly table: Table; readonly column: string }
  /** A change SQLite can only make by building the table anew; `values` says how columns of `to` follow from those of `from`. */
  | {
      readonly kind: 'changeTable';
      readonly from: Table;
      readonly to: Table;
      readonly values?: Readonly<Record<string, string>>;
      /** The same change as PostgreSQL's own statements. */
      readonly postgres: readonly string[];
    }
  /** Statements that differ by engine, or move rows. */
  | { readonly kind: 'sql'; readonly about: string; readonly sqlite: readonly string[]; readonly postgres: readonly string[] };

export const createTable = (table: Table): Step[] => [
  { kind: 'createTable', table },
  ...table.indexes.map((index): Step => ({ kind: 'createIndex', table, index })),
];

export const dropTable = (table: Table): Step[] => [{ kind: 'dropTable', table }];

/** What a step does, for people. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'createTable':
      return `create table ${step.table.name}`;
    case 'dropTable':
      return `drop table ${step.table.name}`;
    case 'createIndex':
      return `create index ${step.index.name}`;
    case 'dropIndex':
      return `drop index ${step.index.name}`;
    case 'addColumn':
      return `add column ${step.table.name}.${step.column}`;
    case 'dropColumn':
      return `drop column ${step.table.name}.${step.column}`;
    case 'changeTable':
      return `change table ${step.from.name}`;
    case 'sql':
      return step.about;
  }
}

/** The statements of a step, except `changeTable` on an engine that rebuilds tables: that one reads the live schema (rebuild.ts). */
export function compileStep(
  step: Exclude<Step, { kind: 'changeTable' }>,
  ddl: Ddl,
  engine: 'sqlite' | 'postgres',
): readonly string[] {
  switch (step.kind) {
    case 'createTable':
      return ddl.createTable(step.table);
    case 'dropTable':
      return [`DROP TABLE ${ddl.quote(step.table.name)}`];
    case 'createIndex':
      return [ddl.createIndex(step.table, step.index)];
    case 'dropIndex':
      return [`DROP INDEX ${ddl.quote(step.index.name)}`];
    case 'addColumn':
      return [
        `ALTER TABLE ${ddl.quote(step.table.name)} ADD COLUMN ${ddl.columnDefinition(step.table, step.column, step.table.columns[step.column] as Column)}`,
      ];
    case 'dropColumn':
      return [`ALTER TABLE ${ddl.quote(step.table.name)} DROP COLUMN ${ddl.quote(step.column)}`];
    case 'sql':
      return engine === 'sqlite' ? step.sqlite : step.postgres;
  }
}

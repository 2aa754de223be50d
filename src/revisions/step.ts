import type { SqlText } from '../schema/column.ts';
import type { Table, View } from '../schema/table.ts';
import type { Change } from './change.ts';

/**
 * One step of a revision, as data: it is hashed for the ledger, folded into the state (state.ts), compiled for each engine (compile/), and
 * can be printed without a connection. A revision says only what changes; what was there before is known from the revisions before it.
 */
export type Step =
  /** The table with its indexes, triggers and comments. */
  | { readonly kind: 'createTable'; readonly table: Table }
  | { readonly kind: 'dropTable'; readonly name: string }
  | { readonly kind: 'renameTable'; readonly name: string; readonly to: string }
  | { readonly kind: 'alterTable'; readonly table: string; readonly changes: readonly Change[] }
  | { readonly kind: 'createView'; readonly view: View }
  | { readonly kind: 'dropView'; readonly name: string }
  /** Statements that differ by engine, or move rows. They leave the tables' shape alone. */
  | { readonly kind: 'sql'; readonly about: string; readonly sqlite: readonly string[]; readonly postgres: readonly string[] }
  | Backfill;

/** Fills columns of existing rows in batches, each in a transaction of its own (backfill.ts). A revision with one is not one transaction. */
export interface Backfill {
  readonly kind: 'backfill';
  readonly about: string;
  readonly table: string;
  /** Column to an expression over the row. */
  readonly set: Readonly<Record<string, SqlText>>;
  /** The rows that still need it: after `set`, it no longer holds. So a batch that is run again changes nothing, and there is an end. */
  readonly where: SqlText;
  /** At most this many rows in one transaction; slow batches get smaller by themselves. 1,000 by default. */
  readonly batchRows?: number;
}

export const createTable = (table: Table): Step => ({ kind: 'createTable', table });
export const dropTable = (name: string): Step => ({ kind: 'dropTable', name });
export const renameTable = (name: string, to: string): Step => ({ kind: 'renameTable', name, to });
export const alterTable = (table: string, ...changes: readonly Change[]): Step => ({ kind: 'alterTable', table, changes });
export const createView = (view: View): Step => ({ kind: 'createView', view });
export const dropView = (name: string): Step => ({ kind: 'dropView', name });
export const backfill = (parts: Omit<Backfill, 'kind'>): Step => ({ kind: 'backfill', ...parts });

/** What a step does, for people. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'createTable':
      return `create table ${step.table.name}`;
    case 'dropTable':
      return `drop table ${step.name}`;
    case 'renameTable':
      return `rename table ${step.name} to ${step.to}`;
    case 'alterTable':
      return `change table ${step.table}: ${step.changes.map(describeChange).join(', ')}`;
    case 'createView':
      return `create view ${step.view.name}`;
    case 'dropView':
      return `drop view ${step.name}`;
    case 'sql':
    case 'backfill':
      return step.about;
  }
}

/** What a change does, for people, without the table's name. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'addColumn':
      return `add column ${change.name}`;
    case 'dropColumn':
      return `drop column ${change.name}`;
    case 'renameColumn':
      return `rename column ${change.name} to ${change.to}`;
    case 'changeColumn':
      return `change column ${change.name}`;
    case 'addIndex':
      return `add index ${change.index.name}`;
    case 'dropIndex':
      return `drop index ${change.name}`;
    case 'renameIndex':
      return `rename index ${change.name} to ${change.to}`;
    case 'addUnique':
      return `add unique constraint ${change.unique.name}`;
    case 'dropUnique':
      return `drop unique constraint ${change.name}`;
    case 'addForeignKey':
      return `add foreign key ${change.foreignKey.name}`;
    case 'dropForeignKey':
      return `drop foreign key ${change.name}`;
    case 'addCheck':
      return `add check ${change.check.name}`;
    case 'dropCheck':
      return `drop check ${change.name}`;
    case 'renameConstraint':
      return `rename constraint ${change.name} to ${change.to}`;
    case 'changePrimaryKey':
      return `make (${change.columns.join(', ')}) the primary key`;
    case 'addTrigger':
      return `add trigger ${change.trigger.name}`;
    case 'dropTrigger':
      return `drop trigger ${change.name}`;
    case 'changeComment':
      return 'change the comment';
  }
}

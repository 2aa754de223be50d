import { FlashcaseError } from '../errors/index.ts';
import type { Column, SqlText } from '../schema/column.ts';
import type { ForeignKey, Index, Schema, Table, View } from '../schema/table.ts';
import type { Change } from './change.ts';
import { namesColumn, renameInSql } from './rename-in-sql.ts';
import type { Revision } from './revision.ts';
import type { Step } from './step.ts';

/** The schema as history has made it so far: what a step refers to by name, and what a way back has to restore. */
export type State = Schema;

export const EMPTY: State = { tables: {}, views: [] };

/** The state after these revisions. Throws `FC_REVISION_INVALID` naming the revision and the step that does not fit the state before it. */
export function replay(revisions: readonly Revision[], from: State = EMPTY): State {
  return revisions.reduce((state, revision) => replaySteps(state, revision, revision.upgrade), from);
}

/** The state after the steps of one revision. */
export function replaySteps(state: State, revision: Pick<Revision, 'id' | 'name'>, steps: readonly Step[]): State {
  return steps.reduce((before, step, position) => {
    try {
      return applyToState(before, step);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      throw new FlashcaseError('FC_REVISION_INVALID', {
        what: `Step ${position + 1} of revision ${revision.id} ${revision.name} does not fit the schema before it: ${error.message}.`,
        hint: 'Correct the revision file. Nothing of this revision was changed.',
        details: { revision: revision.id, step: position + 1 },
      });
    }
  }, state);
}

class Misfit extends Error {}

const misfit = (message: string): never => {
  throw new Misfit(message);
};

export function tableOf(state: State, name: string): Table {
  return state.tables[name] ?? misfit(`there is no table ${name}`);
}

/** The state after one step. */
export function applyToState(state: State, step: Step): State {
  switch (step.kind) {
    case 'createTable':
      if (step.table.name in state.tables) misfit(`table ${step.table.name} exists already`);
      return { ...state, tables: { ...state.tables, [step.table.name]: unmarked(step.table) } };
    case 'dropTable': {
      tableOf(state, step.name);
      const user = Object.values(state.tables).find(
        (other) => other.name !== step.name && other.foreignKeys.some((key) => key.references.table === step.name),
      );
      if (user !== undefined) misfit(`table ${step.name} is still referenced by ${user.name}`);
      const reader = state.views.find((view) => view.reads.includes(step.name));
      if (reader !== undefined) misfit(`table ${step.name} is still read by view ${reader.name}`);
      return { ...state, tables: Object.fromEntries(Object.entries(state.tables).filter(([name]) => name !== step.name)) };
    }
    case 'renameTable':
      tableOf(state, step.name);
      if (step.to in state.tables) misfit(`table ${step.to} exists already`);
      return {
        tables: Object.fromEntries(
          Object.values(state.tables).map((other) => {
            const renamed = { ...other, name: other.name === step.name ? step.to : other.name };
            return [
              renamed.name,
              retarget(renamed, (key) =>
                key.references.table === step.name ? { ...key, references: { ...key.references, table: step.to } } : key,
              ),
            ];
          }),
        ),
        views: state.views.map((view) => ({ ...view, reads: view.reads.map((name) => (name === step.name ? step.to : name)) })),
      };
    case 'alterTable':
      return step.changes.reduce((before, change) => applyChange(before, step.table, change), state);
    case 'createView':
      if (step.view.name in state.tables || state.views.some((view) => view.name === step.view.name))
        misfit(`${step.view.name} exists already`);
      return { ...state, views: [...state.views, step.view] };
    case 'dropView': {
      viewOf(state, step.name);
      const reader = state.views.find((view) => view.reads.includes(step.name));
      if (reader !== undefined) misfit(`view ${step.name} is still read by view ${reader.name}`);
      return { ...state, views: state.views.filter((view) => view.name !== step.name) };
    }
    case 'backfill': {
      const table = tableOf(state, step.table);
      for (const name of Object.keys(step.set)) if (!(name in table.columns)) misfit(`table ${table.name} has no column ${name}`);
      return state;
    }
    case 'sql':
      return state;
  }
}

export function viewOf(state: State, name: string): View {
  return state.views.find((view) => view.name === name) ?? misfit(`there is no view ${name}`);
}

/** The state after one change of a table. */
export function applyChange(state: State, name: string, change: Change): State {
  const table = tableOf(state, name);
  const put = (changed: Table): State => ({ ...state, tables: { ...state.tables, [name]: changed } });
  const column = (wanted: string): Column => table.columns[wanted] ?? misfit(`table ${name} has no column ${wanted}`);
  const without = <P extends { readonly name: string }>(parts: readonly P[], wanted: string, kind: string): P[] => {
    if (!parts.some((part) => part.name === wanted)) misfit(`table ${name} has no ${kind} ${wanted}`);
    return parts.filter((part) => part.name !== wanted);
  };
  const added = <P extends { readonly name: string }>(parts: readonly P[], part: P): P[] => {
    if (parts.some((other) => other.name === part.name)) misfit(`table ${name} has a ${part.name} already`);
    return [...parts, part];
  };
  switch (change.kind) {
    case 'addColumn':
      if (change.name in table.columns) misfit(`table ${name} has a column ${change.name} already`);
      return put({ ...table, columns: { ...table.columns, [change.name]: unmarkedColumn(change.column) } });
    case 'dropColumn': {
      column(change.name);
      const user = usersOf(state, table, change.name)[0];
      if (user !== undefined) misfit(`column ${name}.${change.name} is still used by ${user}`);
      return put({ ...table, columns: Object.fromEntries(Object.entries(table.columns).filter(([key]) => key !== change.name)) });
    }
    case 'renameColumn':
      column(change.name);
      if (change.to in table.columns) misfit(`table ${name} has a column ${change.to} already`);
      return renameColumn(state, table, change.name, change.to);
    case 'changeColumn':
      column(change.name);
      return put({ ...table, columns: { ...table.columns, [change.name]: unmarkedColumn(change.column) } });
    case 'addIndex':
      return put({ ...table, indexes: added(table.indexes, change.index) });
    case 'dropIndex':
      return put({ ...table, indexes: without(table.indexes, change.name, 'index') });
    case 'renameIndex':
      without(table.indexes, change.name, 'index');
      return put({ ...table, indexes: renamed(table.indexes, change.name, change.to) });
    case 'addUnique':
      return put({ ...table, uniques: added(table.uniques, change.unique) });
    case 'dropUnique':
      return put({ ...table, uniques: without(table.uniques, change.name, 'unique constraint') });
    case 'addForeignKey': {
      const target = tableOf(state, change.foreignKey.references.table);
      for (const wanted of change.foreignKey.references.columns)
        if (!(wanted in target.columns)) misfit(`table ${target.name} has no column ${wanted}`);
      return put({ ...table, foreignKeys: added(table.foreignKeys, change.foreignKey) });
    }
    case 'dropForeignKey':
      return put({ ...table, foreignKeys: without(table.foreignKeys, change.name, 'foreign key') });
    case 'addCheck':
      return put({ ...table, checks: added(table.checks, change.check) });
    case 'dropCheck':
      return put({ ...table, checks: without(table.checks, change.name, 'check') });
    case 'renameConstraint': {
      const all = [...table.uniques, ...table.foreignKeys, ...table.checks];
      if (!all.some((part) => part.name === change.name)) misfit(`table ${name} has no constraint ${change.name}`);
      return put({
        ...table,
        uniques: renamed(table.uniques, change.name, change.to),
        foreignKeys: renamed(table.foreignKeys, change.name, change.to),
        checks: renamed(table.checks, change.name, change.to),
      });
    }
    case 'changePrimaryKey': {
      for (const wanted of [...change.columns, ...(change.partitionedKey ?? [])]) column(wanted);
      const { partitionedKey: _, ...rest } = table;
      return put({
        ...rest,
        primaryKey: change.columns,
        ...(change.partitionedKey === undefined ? {} : { partitionedKey: change.partitionedKey }),
      });
    }
    case 'addTrigger':
      return put({ ...table, triggers: added(table.triggers, change.trigger) });
    case 'dropTrigger':
      return put({ ...table, triggers: without(table.triggers, change.name, 'trigger') });
    case 'changeComment': {
      const { comment: _, ...rest } = table;
      return put(change.comment === undefined ? rest : { ...rest, comment: change.comment });
    }
  }
}

/** What still needs a column, for people: keys, indexes, checks, computed columns, and references from other tables. */
export function usersOf(state: State, table: Table, column: string): string[] {
  const uses = (text: SqlText | undefined): boolean => text !== undefined && namesColumn(text, column);
  return [
    ...(table.primaryKey.includes(column) || table.partitionedKey?.includes(column) === true ? ['the primary key'] : []),
    ...table.uniques.filter((part) => part.columns.includes(column)).map((part) => `unique constraint ${part.name}`),
    ...table.indexes
      .filter((index) => uses(index.where) || index.columns.some((part) => part.name === column || uses(part.expression)))
      .map((index) => `index ${index.name}`),
    ...table.foreignKeys.filter((key) => key.columns.includes(column)).map((key) => `foreign key ${key.name}`),
    ...table.checks.filter((check) => uses(check.expression)).map((check) => `check ${check.name}`),
    ...Object.entries(table.columns)
      .filter(([name, other]) => name !== column && uses(other.computed))
      .map(([name]) => `computed column ${name}`),
    ...table.triggers
      .filter((trigger) => trigger.updateOf?.includes(column) === true)
      .map((trigger) => `trigger ${trigger.name}`),
    ...Object.values(state.tables).flatMap((other) =>
      other.foreignKeys
        .filter((key) => key.references.table === table.name && key.references.columns.includes(column))
        .map((key) => `foreign key ${key.name} of ${other.name}`),
    ),
  ];
}

/** Triggers and views keep their text: what they say of the column is theirs to change (diff.ts takes them away and makes them anew). */
function renameColumn(state: State, table: Table, from: string, to: string): State {
  const swap = (name: string): string => (name === from ? to : name);
  const sql = (text: SqlText): SqlText => renameInSql(text, from, to);
  const index = (entry: Index): Index => ({
    ...entry,
    columns: entry.columns.map((part) =>
      part.expression === undefined ? { ...part, name: swap(part.name) } : { ...part, expression: sql(part.expression) },
    ),
    ...(entry.where === undefined ? {} : { where: sql(entry.where) }),
  });
  const changed: Table = {
    ...table,
    columns: Object.fromEntries(
      Object.entries(table.columns).map(([name, column]) => [
        swap(name),
        column.computed === undefined ? column : { ...column, computed: sql(column.computed) },
      ]),
    ),
    primaryKey: table.primaryKey.map(swap),
    ...(table.partitionedKey === undefined ? {} : { partitionedKey: table.partitionedKey.map(swap) }),
    uniques: table.uniques.map((unique) => ({ ...unique, columns: unique.columns.map(swap) })),
    indexes: table.indexes.map(index),
    foreignKeys: table.foreignKeys.map((key) => ({ ...key, columns: key.columns.map(swap) })),
    checks: table.checks.map((check) => ({ ...check, expression: sql(check.expression) })),
    triggers: table.triggers.map((trigger) =>
      trigger.updateOf === undefined ? trigger : { ...trigger, updateOf: trigger.updateOf.map(swap) },
    ),
  };
  return {
    ...state,
    tables: Object.fromEntries(
      Object.values({ ...state.tables, [table.name]: changed }).map((other) => [
        other.name,
        retarget(other, (key) =>
          key.references.table === table.name
            ? { ...key, references: { ...key.references, columns: key.references.columns.map(swap) } }
            : key,
        ),
      ]),
    ),
  };
}

const retarget = (table: Table, change: (key: ForeignKey) => ForeignKey): Table => ({
  ...table,
  foreignKeys: table.foreignKeys.map(change),
});

const renamed = <P extends { readonly name: string }>(parts: readonly P[], from: string, to: string): P[] =>
  parts.map((part) => (part.name === from ? { ...part, name: to } : part));

/** Marks of a rename are for autogenerate only; the state has what is. */
function unmarkedColumn({ renamedFrom: _, ...column }: Column): Column {
  return column;
}

export function unmarked({ renamedFrom: _, ...table }: Table): Table {
  return {
    ...table,
    columns: Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, unmarkedColumn(column)])),
  };
}

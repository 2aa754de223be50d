import type { State } from './state.ts';
import type { Step } from './step.ts';

/** Where the tables and columns of a later schema were in an earlier one: by name, through every rename between. */
export interface Lineage {
  /** Table's name now to its name then and its columns, name now to name then. A table or column that is missing is new since. */
  readonly tables: ReadonlyMap<string, { readonly was: string; readonly columns: ReadonlyMap<string, string> }>;
}

/** Everything is where it is. */
export function lineageOf(state: State): Lineage {
  return {
    tables: new Map(
      Object.values(state.tables).map((table) => [
        table.name,
        { was: table.name, columns: new Map(Object.keys(table.columns).map((name) => [name, name])) },
      ]),
    ),
  };
}

/** The lineage after one more step. */
export function follow({ tables }: Lineage, step: Step): Lineage {
  const next = new Map(tables);
  if (step.kind === 'dropTable') next.delete(step.name);
  if (step.kind === 'renameTable') {
    const known = next.get(step.name);
    next.delete(step.name);
    if (known !== undefined) next.set(step.to, known);
  }
  const table = step.kind === 'alterTable' ? next.get(step.table) : undefined;
  if (step.kind === 'alterTable' && table !== undefined) {
    const columns = new Map(table.columns);
    for (const change of step.changes) {
      if (change.kind === 'dropColumn') columns.delete(change.name);
      if (change.kind !== 'renameColumn') continue;
      const was = columns.get(change.name);
      columns.delete(change.name);
      if (was !== undefined) columns.set(change.to, was);
    }
    next.set(step.table, { ...table, columns });
  }
  return { tables: next };
}

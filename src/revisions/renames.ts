import { FlashcaseError } from '../errors/index.ts';
import type { Schema } from '../schema/table.ts';
import type { State } from './state.ts';

/** Old names to new names: tables by name, columns by `table.column` with the table's new name. */
export interface Renames {
  readonly tables: ReadonlyMap<string, string>;
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export const NO_RENAMES: Renames = { tables: new Map(), columns: new Map() };

/**
 * The renames that the model's `renamedFrom` marks say, checked against the state before. A mark whose rename is history already says
 * nothing any more. Throws `FC_REVISION_INVALID` where a mark can mean two things or none: a rename is never guessed, and never becomes a
 * drop and an add in silence.
 */
export function renamesOf(before: State, after: Schema): Renames {
  const tables = new Map<string, string>();
  const columns = new Map<string, Map<string, string>>();
  // A new history has nothing to rename: the model brought its marks along.
  if (Object.keys(before.tables).length === 0) return { tables, columns };
  for (const table of Object.values(after.tables)) {
    refuseSwap(
      table.name,
      table.renamedFrom,
      (mark) => after.tables[mark]?.renamedFrom,
      (name) => `table ${name}`,
    );
    const old = renamed(table.renamedFrom, table.name, before.tables, after.tables, (name) => `table ${name}`);
    if (old !== undefined && tables.has(old))
      invalid(`table ${table.name} and table ${tables.get(old)} both say that they were ${old}`);
    if (old !== undefined) tables.set(old, table.name);
    const past = before.tables[old ?? table.name];
    if (past === undefined) continue;
    for (const [name, column] of Object.entries(table.columns)) {
      refuseSwap(
        name,
        column.renamedFrom,
        (mark) => table.columns[mark]?.renamedFrom,
        (wanted) => `column ${table.name}.${wanted}`,
      );
      const from = renamed(column.renamedFrom, name, past.columns, table.columns, (wanted) => `column ${table.name}.${wanted}`);
      if (from === undefined) continue;
      const known = columns.get(table.name) ?? new Map<string, string>();
      if (known.has(from)) invalid(`two columns of ${table.name} say that they were ${from}`);
      columns.set(table.name, known.set(from, name));
    }
  }
  return { tables, columns };
}

/** Two that name each other look like marks whose rename is history, and would be passed over in silence. */
function refuseSwap(
  name: string,
  mark: string | undefined,
  markOf: (name: string) => string | undefined,
  say: (name: string) => string,
): void {
  if (mark === undefined || mark === name || markOf(mark) !== name) return;
  invalid(`${say(name)} and ${say(mark)} say that each was the other; a swap takes two revisions, with a third name between`);
}

function renamed(
  mark: string | undefined,
  name: string,
  before: object,
  after: object,
  say: (name: string) => string,
): string | undefined {
  if (mark === undefined || mark === name) return undefined;
  const isOldThere = mark in before;
  const isNewThere = name in before;
  if (isOldThere && !isNewThere) {
    if (mark in after) invalid(`${say(name)} says it was ${mark}, but the model still has ${say(mark)}`);
    return mark;
  }
  if (isOldThere && !(mark in after))
    invalid(`${say(name)} says it was ${mark}, but ${say(name)} and ${say(mark)} are both there already`);
  if (!isOldThere && !isNewThere) invalid(`${say(name)} says it was ${mark}, but there never was ${say(mark)}`);
  return undefined;
}

/** The same renames, backwards. */
export function invert(renames: Renames): Renames {
  const back = <K>(entries: ReadonlyMap<K, string>): Map<string, K> => new Map([...entries].map(([from, to]) => [to, from]));
  const oldNames = back(renames.tables);
  return {
    tables: oldNames,
    columns: new Map([...renames.columns].map(([table, names]) => [oldNames.get(table) ?? table, back(names)])),
  };
}

function invalid(what: string): never {
  throw new FlashcaseError('FC_REVISION_INVALID', {
    what: `The model's marks of renamed things do not fit its history: ${what}.`,
    hint: 'Correct or remove the renamedFrom mark in the model.',
  });
}

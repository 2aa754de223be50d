import { tokensOf } from '../engine/sql/tokens.ts';
import { type Column, sqlFor } from '../schema/column.ts';
import type { Schema, Table, View } from '../schema/table.ts';
import { isSame } from './canonical.ts';
import type { Change } from './change.ts';
import { conversionOf, keepsValues } from './conversion.ts';
import { namesColumn, namesWord } from './rename-in-sql.ts';
import type { Renames } from './renames.ts';
import { applyChange, applyToState, type State, unmarked } from './state.ts';
import type { Step } from './step.ts';

/** The steps that turn one schema into another; none when they say the same. Replayed on `before` they give `after`. */
export function diff(before: State, after: Schema, renames: Renames): Step[] {
  const wanted = Object.fromEntries(Object.values(after.tables).map((table) => [table.name, unmarked(table)]));
  const steps: Step[] = [];
  let state = before;
  const take = (step: Step): void => {
    steps.push(step);
    state = applyToState(state, step);
  };

  const goneTables = (): string[] => Object.keys(state.tables).filter((name) => !(name in wanted));
  const isViewKept = (name: string): boolean => {
    const [old, now] = [before, after].map(({ views }) => views.find((view) => view.name === name));
    return old !== undefined && now !== undefined && isSame(old, now) && now.reads.every((read) => isUntouched(read, now));
  };
  const isUntouched = (name: string, by: View): boolean =>
    after.views.some((view) => view.name === name)
      ? isViewKept(name)
      : isSame(columnsFor(by, before.tables[name], wanted[name]), columnsFor(by, wanted[name], before.tables[name]));
  // A view that stays the same but reads columns that change is made anew: it may name what is renamed, and PostgreSQL holds on to the types.
  // Any other is left alone: who may read it would be forgotten with it, and between two commits it would be gone.
  for (const view of before.views.toReversed()) if (!isViewKept(view.name)) take({ kind: 'dropView', name: view.name });
  for (const [name, to] of renames.tables) take({ kind: 'renameTable', name, to });

  const alter = (name: string, changes: readonly Change[]): void => {
    if (changes.length > 0) take({ kind: 'alterTable', table: name, changes });
  };
  const create = (table: Table): void => {
    const isThere = (name: string): boolean => name === table.name || name in state.tables;
    const later = table.foreignKeys.filter((key) => !isThere(key.references.table));
    take({ kind: 'createTable', table: { ...table, foreignKeys: table.foreignKeys.filter((key) => !later.includes(key)) } });
    for (const key of later) postponed.push([table.name, { kind: 'addForeignKey', foreignKey: key }]);
  };
  const postponed: [string, Change][] = [];
  const altered = (): string[] => Object.keys(state.tables).filter((name) => name in wanted && name in before.tables);
  const isKeyedAnew = (table: Table): boolean =>
    table.foreignKeys.some(({ references: { table: parent, columns } }) => {
      const old = state.tables[parent];
      return old !== undefined && !columns.every((column) => column in old.columns);
    });

  const fresh = Object.values(wanted).filter((table) => !(table.name in state.tables));
  const renamedOrOld = new Set([...altered(), ...renames.tables.values()]);
  for (const table of inOrder(fresh.filter((entry) => !isKeyedAnew(entry)))) create(table);
  // A foreign key whose columns change their type on either side is away meanwhile.
  const typeAfter = (name: string, column: string) =>
    wanted[name]?.columns[renames.columns.get(name)?.get(column) ?? column]?.type;
  const isRetyped = (name: string, columns: readonly string[]): boolean =>
    columns.some((column) => ![undefined, state.tables[name]?.columns[column]?.type].includes(typeAfter(name, column)));
  const away = new Map<string, string[]>();
  for (const name of renamedOrOld) {
    const keys = (state.tables[name] as Table).foreignKeys.filter(
      ({ columns, references }) => isRetyped(name, columns) || isRetyped(references.table, references.columns),
    );
    away.set(
      name,
      keys.map((key) => key.name),
    );
  }
  for (const [name, keys] of away)
    alter(
      name,
      keys.map((key): Change => ({ kind: 'dropForeignKey', name: key })),
    );
  for (const name of renamedOrOld) {
    const target = wanted[name] as Table;
    const changes = tableChanges(state, name, target, renames.columns.get(name) ?? new Map());
    const isLate = (change: Change): boolean =>
      change.kind === 'addForeignKey' &&
      change.foreignKey.references.table !== name &&
      (away.get(name)?.includes(change.foreignKey.name) === true ||
        !isReferable(state, change.foreignKey.references.table, change.foreignKey.references.columns));
    alter(
      name,
      changes.filter((change) => !isLate(change)),
    );
    for (const change of changes.filter(isLate)) postponed.push([name, change]);
  }
  for (const table of inOrder(fresh.filter((entry) => !(entry.name in state.tables)))) create(table);
  for (const [name, changes] of Map.groupBy(postponed, ([name]) => name))
    alter(
      name,
      changes.map(([, change]) => change),
    );

  const gone = goneTables();
  for (const name of gone) {
    // A circle of references, or one from a table that goes later, must be opened first.
    const drops = (state.tables[name] as Table).foreignKeys
      .filter((key) => key.references.table !== name && gone.indexOf(key.references.table) <= gone.indexOf(name))
      .filter((key) => dependsOn(state, key.references.table, name));
    alter(
      name,
      drops.map((key): Change => ({ kind: 'dropForeignKey', name: key.name })),
    );
  }
  for (const table of inOrder(gone.map((name) => state.tables[name] as Table)).toReversed())
    take({ kind: 'dropTable', name: table.name });
  for (const view of after.views) if (!state.views.some((other) => other.name === view.name)) take({ kind: 'createView', view });
  return steps;
}

/**
 * What a view may depend on of a table: its key, and the names and types of its columns. Of those that the other side of the change does
 * not have, only the ones that its query names, or may mean by `*`.
 */
function columnsFor({ query }: View, table: Table | undefined, other: Table | undefined): unknown {
  const texts = typeof query === 'string' ? [query] : [query.sqlite, query.postgres];
  const isRead = (name: string): boolean =>
    (other !== undefined && name in other.columns) || texts.some((text) => meansEveryColumn(text) || namesWord(text, name));
  return {
    keys: [table?.primaryKey, table?.partitionedKey],
    columns: Object.entries(table?.columns ?? {})
      .filter(([name]) => isRead(name))
      .map(([name, { type, computed }]) => [name, type, computed])
      .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  };
}

/** True where a query may mean columns that it does not name: by a `*` that is not that of `count(*)`, or a natural join. */
const meansEveryColumn = (sql: string): boolean =>
  tokensOf(sql, 'postgres').some(
    ({ value }, i, tokens) => (value === '*' && tokens[i - 1]?.value !== '(') || value === 'NATURAL',
  );

/** What a table says, whatever order it says it in: history adds at the end, a person writes where it reads well (facts F56). */
export function inNameOrder(table: Table | undefined): Table | undefined {
  if (table === undefined) return undefined;
  const sorted = <P extends { readonly name: string }>(parts: readonly P[]): P[] =>
    parts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    ...table,
    columns: Object.fromEntries(Object.entries(table.columns).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    uniques: sorted(table.uniques),
    indexes: sorted(table.indexes),
    foreignKeys: sorted(table.foreignKeys),
    checks: sorted(table.checks),
    triggers: sorted(table.triggers),
  };
}

/** The changes that turn a table of the state into the wanted one, in an order in which each finds what it needs. */
function tableChanges(before: State, name: string, to: Table, columnRenames: ReadonlyMap<string, string>): Change[] {
  const changes: Change[] = [];
  let state = before;
  const table = (): Table => state.tables[name] as Table;
  const take = (change: Change): void => {
    changes.push(change);
    state = applyChange(state, name, change);
  };

  const from = table();
  for (const trigger of from.triggers)
    if (!to.triggers.some((other) => isSame(other, trigger)) || columnRenames.size > 0)
      take({ kind: 'dropTrigger', name: trigger.name });
  for (const [old, next] of columnRenames) take({ kind: 'renameColumn', name: old, to: next });

  const renameOrDrop = <P extends { readonly name: string }>(
    parts: readonly P[],
    wanted: readonly P[],
    rename: (name: string, to: string) => Change,
    drop: (name: string) => Change,
    mustGo: (part: P) => boolean = () => false,
  ): void => {
    const free = new Set(wanted.filter((part) => !parts.some((other) => other.name === part.name)));
    for (const part of parts) {
      const same = wanted.find((other) => other.name === part.name);
      if (same !== undefined && isSame(same, part) && !mustGo(part)) continue;
      const twin = [...free].find((other) => isSame({ ...other, name: '' }, { ...part, name: '' }));
      if (same === undefined && twin !== undefined && !mustGo(part)) {
        free.delete(twin);
        take(rename(part.name, twin.name));
      } else take(drop(part.name));
    }
  };
  // A computed column is made anew where one it is computed from changes its type: PostgreSQL lets none change under it.
  const retyped = Object.entries(to.columns).filter(([column, { type }]) => (table().columns[column] ?? { type }).type !== type);
  const anew = Object.entries(table().columns)
    .filter(
      ([column, { computed }]) =>
        column in to.columns && retyped.some(([base]) => computed !== undefined && namesColumn(computed, base)),
    )
    .map(([column]) => column);
  const isOnAnew = (part: object): boolean =>
    textsOf(part).some((text) => anew.some((column) => text === column || namesColumn(text, column)));
  const renameConstraint = (old: string, next: string): Change => ({ kind: 'renameConstraint', name: old, to: next });
  renameOrDrop(table().foreignKeys, to.foreignKeys, renameConstraint, (old) => ({ kind: 'dropForeignKey', name: old }), isOnAnew);
  renameOrDrop(table().checks, to.checks, renameConstraint, (old) => ({ kind: 'dropCheck', name: old }), isOnAnew);
  renameOrDrop(
    table().indexes,
    to.indexes,
    (old, next) => ({ kind: 'renameIndex', name: old, to: next }),
    (old) => ({ kind: 'dropIndex', name: old }),
    isOnAnew,
  );
  renameOrDrop(table().uniques, to.uniques, renameConstraint, (old) => ({ kind: 'dropUnique', name: old }), isOnAnew);
  for (const [column, { computed }] of Object.entries(table().columns))
    if (computed !== undefined && (anew.includes(column) || !(column in to.columns))) take({ kind: 'dropColumn', name: column });

  for (const [column, wanted] of Object.entries(to.columns)) {
    const now = table().columns[column];
    if (now === undefined) take({ kind: 'addColumn', name: column, column: wanted });
    else if (!isSame(now, wanted)) take(changeColumn(column, now, wanted));
  }
  const isKeySame = isSame(table().primaryKey, to.primaryKey) && isSame(table().partitionedKey ?? [], to.partitionedKey ?? []);
  if (!isKeySame) {
    take({
      kind: 'changePrimaryKey',
      columns: to.primaryKey,
      ...(to.partitionedKey === undefined ? {} : { partitionedKey: to.partitionedKey }),
    });
  }
  for (const column of Object.keys(table().columns)) if (!(column in to.columns)) take({ kind: 'dropColumn', name: column });

  const missing = <P extends { readonly name: string }>(parts: readonly P[], wanted: readonly P[]): P[] =>
    wanted.filter((part) => !parts.some((other) => other.name === part.name));
  for (const unique of missing(table().uniques, to.uniques)) take({ kind: 'addUnique', unique });
  for (const index of missing(table().indexes, to.indexes)) take({ kind: 'addIndex', index });
  for (const check of missing(table().checks, to.checks)) take({ kind: 'addCheck', check });
  for (const foreignKey of missing(table().foreignKeys, to.foreignKeys)) changes.push({ kind: 'addForeignKey', foreignKey });
  for (const trigger of missing(table().triggers, to.triggers)) take({ kind: 'addTrigger', trigger });
  if (table().comment !== to.comment) take({ kind: 'changeComment', comment: to.comment });
  return changes;
}

/** Every text in a part of a table: column names and expressions among them. */
const textsOf = (part: unknown): string[] =>
  typeof part === 'string' ? [part] : typeof part === 'object' && part !== null ? Object.values(part).flatMap(textsOf) : [];

/** A column that becomes required takes its default where it was empty, the same on both engines (facts 5.2, case 108). */
function changeColumn(name: string, from: Column, to: Column): Change {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const change: Change = { kind: 'changeColumn', name, column: to };
  if (to.computed !== undefined) return change;
  const converted = conversionOf(quoted, from.type, to.type);
  const isFilled = from.isNullable && !to.isNullable && to.default !== undefined;
  if (!isFilled) return converted === undefined ? change : { ...change, using: converted };
  if (converted === undefined && !keepsValues(from.type, to.type)) return change;
  const filled = (engine: 'sqlite' | 'postgres'): string =>
    `coalesce(${converted === undefined ? quoted : sqlFor(converted, engine)}, ${literal(to.default, engine)})`;
  return { ...change, using: { sqlite: filled('sqlite'), postgres: filled('postgres') } };
}

function literal(value: Column['default'], engine: 'sqlite' | 'postgres'): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return typeof value === 'boolean' && engine === 'sqlite' ? String(Number(value)) : String(value);
}

/** Parents first; a circle in any order. */
function inOrder(tables: readonly Table[]): Table[] {
  const done: Table[] = [];
  const open = new Set<Table>();
  const visit = (table: Table): void => {
    if (done.includes(table) || open.has(table)) return;
    open.add(table);
    for (const key of table.foreignKeys) {
      const parent = tables.find((other) => other.name === key.references.table);
      if (parent !== undefined) visit(parent);
    }
    done.push(table);
  };
  tables.forEach(visit);
  return done;
}

function dependsOn(state: State, name: string, on: string, seen: Set<string> = new Set()): boolean {
  if (name === on) return true;
  if (seen.has(name)) return false;
  seen.add(name);
  return state.tables[name]?.foreignKeys.some((key) => dependsOn(state, key.references.table, on, seen)) === true;
}

/** True when these columns are there and unique, so that a foreign key may point at them. */
function isReferable(state: State, name: string, columns: readonly string[]): boolean {
  const table = state.tables[name];
  if (table === undefined || !columns.every((column) => column in table.columns)) return false;
  return [
    table.primaryKey,
    ...table.uniques.map((unique) => unique.columns),
    ...table.indexes.map((index) => index.columns.map((part) => part.name ?? '')),
  ].some((key) => isSame([...key].toSorted(), [...columns].toSorted()));
}

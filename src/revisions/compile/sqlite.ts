import { ddl } from '../../engine/sqlite/ddl.ts';
import { type Column, type SqlText, sqlFor } from '../../schema/column.ts';
import { derivedName, objectName } from '../../schema/name.ts';
import type { Table } from '../../schema/table.ts';
import { isSame } from '../canonical.ts';
import type { Change } from '../change.ts';
import { keepsValues, valuesWithoutWord } from '../conversion.ts';
import { namesColumn } from '../rename-in-sql.ts';
import { applyChange, applyToState, type State, tableOf, viewOf } from '../state.ts';
import type { Step } from '../step.ts';
import { type Action, type Rebuild, statement } from './action.ts';
import { fillAtOnce } from './backfill.ts';
import { isAtLeast, type Target } from './target.ts';

const { quote } = ddl;

export function compileForSqlite(step: Step, before: State, target: Target): Action[] {
  switch (step.kind) {
    case 'createTable':
      return [
        ...ddl.createTable(step.table),
        ...step.table.indexes.map((index) => ddl.createIndex(step.table, index)),
        ...step.table.triggers.flatMap((trigger) => ddl.createTrigger(step.table, trigger)),
      ].map(statement);
    case 'dropTable':
      return [statement(`DROP TABLE ${quote(step.name)}`)];
    case 'renameTable':
      return renameTable(step, before, target);
    case 'alterTable':
      return alterTable(step, before, target);
    case 'createView':
      return [statement(ddl.createView(step.view))];
    case 'dropView':
      return [statement(`DROP VIEW ${quote(viewOf(before, step.name).name)}`)];
    case 'sql':
      return step.sqlite.map(statement);
    case 'backfill':
      return [statement(fillAtOnce(step, 'sqlite', quote))];
  }
}

/** SQLite corrects the references of other tables; the checks that carry the table's name in theirs are made again under the new one. */
function renameTable(step: Extract<Step, { kind: 'renameTable' }>, before: State, target: Target): Action[] {
  const old = tableOf(before, step.name);
  const table = applyToState(before, step).tables[step.to] as Table;
  const rename = renameTo(step.name, step.to);
  const checked = Object.entries(table.columns).filter(([, column]) => ddl.hasCheck(column));
  if (checked.length === 0) return rename;
  if (isAtLeast(target, 3, 53) && checked.every(([, column]) => !column.isNullable)) {
    const anew = checked.flatMap(([name, column]) => [
      dropCheck(step.to, checkName(old, name)),
      addCheck(step.to, checkName(table, name), ddl.valueCheck(name, column) as string),
    ]);
    return [...rename, ...anew];
  }
  return [...rename, rebuildOf(table, table, [])];
}

/** SQLite takes two names that differ only in case for one, and refuses to rename a table to itself. */
function renameTo(from: string, to: string): Action[] {
  const rename = (old: string, next: string): Action => statement(`ALTER TABLE ${quote(old)} RENAME TO ${quote(next)}`);
  if (from.toLowerCase() !== to.toLowerCase()) return [rename(from, to)];
  const between = objectName('__renamed', to);
  return [rename(from, between), rename(between, to)];
}

/** All changes natively where this SQLite can make them in place, else all of them in one rebuild. */
function alterTable(step: Extract<Step, { kind: 'alterTable' }>, before: State, target: Target): Action[] {
  const native: Action[] = [];
  let state = before;
  let canAll = true;
  const refusals: Action[] = [];
  for (const change of step.changes) {
    if (change.kind === 'changeColumn')
      refusals.push(...refuseValues(change, tableOf(state, step.table), tableOf(before, step.table), step.changes));
    const actions = canAll ? inPlace(change, tableOf(state, step.table), target) : undefined;
    if (actions === undefined) canAll = false;
    else native.push(...actions);
    state = applyChange(state, step.table, change);
  }
  return [...refusals, ...(canAll ? native : [rebuildOf(tableOf(before, step.table), tableOf(state, step.table), step.changes)])];
}

/**
 * Where nobody said what the values become, a column with values keeps its type: SQLite would take '007' for 7, and a text for a
 * timestamp (facts F14). A constraint says it in words, so that it also works in a script without this tool.
 */
function refuseValues(
  change: Extract<Change, { kind: 'changeColumn' }>,
  table: Table,
  before: Table,
  changes: readonly Change[],
): Action[] {
  const from = table.columns[change.name] as Column;
  const { column, using } = change;
  if (using !== undefined || column.computed !== undefined || keepsValues(from.type, column.type)) return [];
  // It may have been called otherwise when the step began, which is when this is looked at.
  const earlier = changes.slice(0, changes.indexOf(change)).toReversed();
  const origin = earlier.reduce((name, one) => (one.kind === 'renameColumn' && one.to === name ? one.name : name), change.name);
  if (!(origin in before.columns)) return [];
  const guard = `temp.${quote(`kept_${change.name}`)}`;
  const message = quote(valuesWithoutWord(table.name, change.name, from, column));
  return [
    `CREATE TABLE ${guard} (filled INTEGER, CONSTRAINT ${message} CHECK (filled = 0))`,
    `INSERT INTO ${guard} SELECT count(${quote(origin)}) FROM ${quote(table.name)}`,
    `DROP TABLE ${guard}`,
  ].map(statement);
}

/** The statements that make a change in place, or `undefined` when this version cannot. */
function inPlace(change: Change, table: Table, target: Target): Action[] | undefined {
  const altersConstraints = isAtLeast(target, 3, 53);
  switch (change.kind) {
    case 'addColumn': {
      const { column } = change;
      // A stored column and one without a value for existing rows cannot be added; nor can a key.
      if (column.isGenerated || column.computed !== undefined || change.fill !== undefined) return undefined;
      if (!column.isNullable && column.default === undefined) return undefined;
      return [statement(`ALTER TABLE ${quote(table.name)} ADD COLUMN ${ddl.columnDefinition(table, change.name, column)}`)];
    }
    case 'dropColumn': {
      const drop = statement(`ALTER TABLE ${quote(table.name)} DROP COLUMN ${quote(change.name)}`);
      if (!ddl.hasCheck(table.columns[change.name] as Column)) return isAtLeast(target, 3, 35) ? [drop] : undefined;
      // Its check goes with the column only where it was written inside it; one that was added later keeps the column.
      return altersConstraints ? [dropCheck(table.name, checkName(table, change.name)), drop] : undefined;
    }
    case 'renameColumn': {
      const rename = statement(`ALTER TABLE ${quote(table.name)} RENAME COLUMN ${quote(change.name)} TO ${quote(change.to)}`);
      const column = table.columns[change.name] as Column;
      if (!ddl.hasCheck(column)) return isAtLeast(target, 3, 25) ? [rename] : undefined;
      if (!altersConstraints || column.isNullable) return undefined;
      return [
        dropCheck(table.name, checkName(table, change.name)),
        rename,
        addCheck(table.name, checkName(table, change.to), ddl.valueCheck(change.to, column) as string),
      ];
    }
    case 'changeColumn':
      return altersConstraints ? changeColumnInPlace(change, table) : undefined;
    case 'addIndex':
      return [statement(ddl.createIndex(table, change.index))];
    case 'dropIndex':
      return [statement(`DROP INDEX ${quote(change.name)}`)];
    case 'renameIndex': {
      const index = table.indexes.find((entry) => entry.name === change.name);
      return index === undefined
        ? undefined
        : [statement(`DROP INDEX ${quote(change.name)}`), statement(ddl.createIndex(table, { ...index, name: change.to }))];
    }
    case 'addCheck':
      return altersConstraints && !mayBeNull(change.check.expression, table)
        ? [addCheck(table.name, change.check.name, sqlFor(change.check.expression, 'sqlite'))]
        : undefined;
    case 'dropCheck':
      return altersConstraints ? [dropCheck(table.name, change.name)] : undefined;
    case 'renameConstraint': {
      const check = table.checks.find((entry) => entry.name === change.name);
      if (check === undefined || !altersConstraints || mayBeNull(check.expression, table)) return undefined;
      return [dropCheck(table.name, change.name), addCheck(table.name, change.to, sqlFor(check.expression, 'sqlite'))];
    }
    case 'addTrigger':
      return ddl.createTrigger(table, change.trigger).map(statement);
    case 'dropTrigger':
      return [statement(`DROP TRIGGER ${quote(change.name)}`)];
    case 'changeComment':
      return [];
    case 'changePrimaryKey':
      // Only the key that this engine does not use changes.
      return isSame(change.columns, table.primaryKey) ? [] : undefined;
    case 'addUnique':
    case 'dropUnique':
    case 'addForeignKey':
    case 'dropForeignKey':
      return undefined;
  }
}

function changeColumnInPlace(change: Extract<Change, { kind: 'changeColumn' }>, table: Table): Action[] | undefined {
  const from = table.columns[change.name] as Column;
  const to = change.column;
  const isSameBut = (...parts: (keyof Column)[]): boolean => {
    const rest = (column: Column): object =>
      Object.fromEntries(Object.entries(column).filter(([part]) => !parts.includes(part as keyof Column)));
    return isSame(rest(from), rest(to));
  };
  const oldType = ddl.columnType(table, change.name);
  const newType = ddl.columnType({ ...table, columns: { [change.name]: to } }, change.name);
  if (change.using !== undefined || oldType !== newType) return undefined;
  if (!isSameBut('type', 'isNullable', 'hasDefault', 'oneOf', 'comment')) return undefined;
  const oldCheck = ddl.valueCheck(change.name, from);
  const newCheck = ddl.valueCheck(change.name, to);
  const isAdded = newCheck !== undefined && oldCheck !== newCheck;
  if (isAdded && (from.isNullable || to.isNullable)) return undefined;
  const name = checkName(table, change.name);
  const alter = (what: string): Action =>
    statement(`ALTER TABLE ${quote(table.name)} ALTER COLUMN ${quote(change.name)} ${what}`);
  return [
    ...(oldCheck !== undefined && oldCheck !== newCheck ? [dropCheck(table.name, name)] : []),
    ...(isAdded ? [addCheck(table.name, name, newCheck)] : []),
    ...(from.isNullable === to.isNullable ? [] : [alter(to.isNullable ? 'DROP NOT NULL' : 'SET NOT NULL')]),
  ];
}

/**
 * `ADD CONSTRAINT ... CHECK` refuses a table in which the condition is NULL for some row, which a check itself lets pass. So it is used only
 * where NULL cannot come out: required columns, compared with literals.
 */
function mayBeNull(expression: SqlText, table: Table): boolean {
  const written = sqlFor(expression, 'sqlite');
  const isNullable = Object.entries(table.columns).some(([name, column]) => column.isNullable && namesColumn(written, name));
  const rest = written.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, 'x');
  return (
    isNullable ||
    /[/%>|-]|\bnull\b|\bcase\b|\bselect\b|\b(?!(?:in|and|or|not|length)\b)\w+\s*\(/i.test(rest.replaceAll(/>=?(?!>)/g, ''))
  );
}

const checkName = (table: Table, column: string): string => derivedName.valueCheck(table.name, column);
const dropCheck = (table: string, name: string): Action =>
  statement(`ALTER TABLE ${quote(table)} DROP CONSTRAINT ${quote(name)}`);
const addCheck = (table: string, name: string, expression: string): Action =>
  statement(`ALTER TABLE ${quote(table)} ADD CONSTRAINT ${quote(name)} CHECK (${expression})`);

/**
 * One rebuild for all changes. Each change that touches values is a query over the one before, so that an expression sees the columns as
 * they are at its place in the list, as it does on an engine that alters in place.
 */
export function rebuildOf(from: Table, to: Table, changes: readonly Change[]): Rebuild {
  let columns = Object.keys(from.columns);
  let source = quote(from.name);
  const origins = new Map(columns.map((name) => [name, name]));
  const oldNames = new Map(origins);
  const rowid = rowidName(from, to);
  const layer = (expressionOf: (name: string) => string): void => {
    const selected = columns.map((name) => `${expressionOf(name)} AS ${quote(name)}`);
    source = `(SELECT ${[...(rowid === undefined ? [] : [`${rowid} AS ${rowid}`]), ...selected].join(', ')} FROM ${source})`;
  };
  for (const change of changes) {
    if (change.kind === 'renameColumn') {
      columns = columns.map((name) => (name === change.name ? change.to : name));
      layer((name) => quote(name === change.to ? change.name : name));
      for (const names of [origins, oldNames]) {
        const old = names.get(change.name);
        names.delete(change.name);
        if (old !== undefined) names.set(change.to, old);
      }
    } else if (change.kind === 'addColumn' && change.fill !== undefined) {
      const fill = sqlFor(change.fill, 'sqlite');
      columns = [...columns, change.name];
      layer((name) => (name === change.name ? `(${fill})` : quote(name)));
    } else if (change.kind === 'changeColumn' && change.using !== undefined) {
      const using = sqlFor(change.using, 'sqlite');
      layer((name) => (name === change.name ? `(${using})` : quote(name)));
      origins.delete(change.name);
    } else if (change.kind === 'dropColumn') {
      columns = columns.filter((name) => name !== change.name);
      origins.delete(change.name);
      oldNames.delete(change.name);
    }
  }
  const filled = columns.filter((name) => to.columns[name] !== undefined && to.columns[name]?.computed === undefined);
  const isKept = (name: string, origin: string): boolean =>
    filled.includes(name) && (from.columns[origin] as Column).computed === undefined;
  return {
    kind: 'rebuild',
    from,
    to,
    columns: filled,
    source,
    carried: new Map([...origins].filter(([name, origin]) => isKept(name, origin))),
    renames: [...oldNames].filter(([name, old]) => name !== old).map(([name, old]) => ({ from: old, to: name })),
    ...(rowid === undefined ? {} : { rowid }),
  };
}

/** The column that is the number of the row itself, where the table has one. */
export function rowidColumn(table: Table): string | undefined {
  const [name, ...others] = table.primaryKey;
  return name !== undefined && others.length === 0 && ddl.columnType(table, name) === 'INTEGER' ? name : undefined;
}

function rowidName(from: Table, to: Table): string | undefined {
  if (rowidColumn(to) !== undefined) return undefined;
  const taken = new Set([...Object.keys(from.columns), ...Object.keys(to.columns)].map((name) => name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name));
}

import { ddl, keyClauses, keyOf, primaryKeyName, sequenceName } from '../../engine/postgres/ddl.ts';
import { type Column, type SqlText, sqlFor } from '../../schema/column.ts';
import { derivedName } from '../../schema/name.ts';
import type { Check, ForeignKey, Table } from '../../schema/table.ts';
import { isSame } from '../canonical.ts';
import type { Change } from '../change.ts';
import { keepsValues, valuesWithoutWord } from '../conversion.ts';
import { namesColumn } from '../rename-in-sql.ts';
import { applyChange, applyToState, type State, tableOf, viewOf } from '../state.ts';
import type { Step } from '../step.ts';
import { type Action, statement } from './action.ts';
import { columnAside, columnBack, isColumnKept, isTableKept, type Keeping, tableAside, tableBack } from './aside.ts';
import { fillAtOnce } from './backfill.ts';
import { idsGoOn } from './ids-go-on.ts';

const { quote, literal } = ddl;

export function compileForPostgres(step: Step, before: State, keeping?: Keeping): Action[] {
  return statements(step, before, keeping).map(statement);
}

function statements(step: Step, before: State, keeping: Keeping | undefined): readonly string[] {
  switch (step.kind) {
    case 'createTable':
      if (isTableKept(keeping, step.table)) return tableBack(step.table, keeping.revision);
      return [
        ...ddl.createTable(step.table),
        ...step.table.indexes.map((index) => ddl.createIndex(step.table, index)),
        ...step.table.triggers.flatMap((trigger) => ddl.createTrigger(step.table, trigger)),
        ...ddl.comments(step.table),
      ];
    case 'dropTable': {
      const table = tableOf(before, step.name);
      if (keeping?.kind === 'aside') return tableAside(table, keeping.revision);
      return [...table.triggers.flatMap((trigger) => ddl.dropTrigger(table, trigger)), `DROP TABLE ${quote(step.name)}`];
    }
    case 'renameTable':
      return renameTable(tableOf(before, step.name), applyToState(before, step).tables[step.to] as Table);
    case 'alterTable': {
      const done = checkDeferred(tableOf(before, step.table), before);
      let state = before;
      for (const change of step.changes) {
        done.push(...changeStatements(change, tableOf(state, step.table), state, keeping));
        state = applyChange(state, step.table, change);
      }
      return done;
    }
    case 'createView':
      return [ddl.createView(step.view)];
    case 'dropView':
      return [`DROP VIEW ${quote(viewOf(before, step.name).name)}`];
    case 'sql':
      return [...step.postgres, ...idsGoOn(step.postgres, before)];
    case 'backfill':
      return [fillAtOnce(step, 'postgres', quote)];
  }
}

const checkName = (table: Pick<Table, 'name'>, column: string): string => derivedName.valueCheck(table.name, column);
const alter = (table: Pick<Table, 'name'>, what: string): string => `ALTER TABLE ${quote(table.name)} ${what}`;
const renameConstraint = (table: Pick<Table, 'name'>, from: string, to: string): string =>
  alter(table, `RENAME CONSTRAINT ${quote(from)} TO ${quote(to)}`);
const addCheck = (table: Pick<Table, 'name'>, check: Check): string =>
  alter(table, `ADD CONSTRAINT ${quote(check.name)} CHECK (${sqlFor(check.expression, 'postgres')})`);
const dropConstraint = (table: Pick<Table, 'name'>, name: string): string => alter(table, `DROP CONSTRAINT ${quote(name)}`);

/** The names made from the table's follow it, so that an upgraded database has the names of a fresh one. */
function renameTable(from: Table, to: Table): string[] {
  const columns = Object.entries(to.columns);
  return [
    alter(from, `RENAME TO ${quote(to.name)}`),
    renameConstraint(to, primaryKeyName(from), primaryKeyName(to)),
    ...columns
      .filter(([, column]) => ddl.hasCheck(column))
      .map(([name]) => renameConstraint(to, checkName(from, name), checkName(to, name))),
    ...columns
      .filter(([, column]) => column.isGenerated)
      .map(([name]) => `ALTER SEQUENCE ${quote(sequenceName(from, name))} RENAME TO ${quote(sequenceName(to, name))}`),
  ];
}

function changeStatements(change: Change, table: Table, state: State, keeping: Keeping | undefined): string[] {
  switch (change.kind) {
    case 'addColumn':
      return isColumnKept(keeping, table, change.name) ? columnBack(table, change, keeping) : addColumn(change, table, state);
    case 'dropColumn':
      // What is computed comes back by itself.
      if (keeping?.kind === 'aside' && table.columns[change.name]?.computed === undefined)
        return columnAside(table, change.name, table.columns[change.name] as Column, keeping.revision);
      return [alter(table, `DROP COLUMN ${quote(change.name)}`)];
    case 'renameColumn': {
      const column = table.columns[change.name] as Column;
      return [
        alter(table, `RENAME COLUMN ${quote(change.name)} TO ${quote(change.to)}`),
        ...(ddl.hasCheck(column) ? [renameConstraint(table, checkName(table, change.name), checkName(table, change.to))] : []),
        ...(column.isGenerated
          ? [`ALTER SEQUENCE ${quote(sequenceName(table, change.name))} RENAME TO ${quote(sequenceName(table, change.to))}`]
          : []),
      ];
    }
    case 'changeColumn':
      return changeColumn(change, table, state);
    case 'addIndex':
      return [ddl.createIndex(table, change.index)];
    case 'dropIndex':
      return [`DROP INDEX ${quote(change.name)}`];
    case 'renameIndex':
      return [`ALTER INDEX ${quote(change.name)} RENAME TO ${quote(change.to)}`];
    case 'addUnique':
      return keyClauses({ ...table, uniques: [change.unique] }).uniques.map((clause) => alter(table, `ADD ${clause}`));
    case 'dropUnique':
    case 'dropForeignKey':
    case 'dropCheck':
      return [dropConstraint(table, change.name)];
    case 'addForeignKey':
      return [alter(table, `ADD ${ddl.foreignKeyClause(change.foreignKey)}`)];
    case 'addCheck':
      return [addCheck(table, change.check)];
    case 'renameConstraint':
      return [renameConstraint(table, change.name, change.to)];
    case 'changePrimaryKey':
      return changePrimaryKey(change, table, state);
    case 'addTrigger':
      return ddl.createTrigger(table, change.trigger);
    case 'dropTrigger':
      return table.triggers
        .filter((trigger) => trigger.name === change.name)
        .flatMap((trigger) => ddl.dropTrigger(table, trigger));
    case 'changeComment':
      return [`COMMENT ON TABLE ${quote(table.name)} IS ${change.comment === undefined ? 'NULL' : literal(change.comment)}`];
  }
}

function comment(table: Table, name: string, text: string | undefined): string {
  return `COMMENT ON COLUMN ${quote(table.name)}.${quote(name)} IS ${text === undefined ? 'NULL' : literal(text)}`;
}

function addColumn(change: Extract<Change, { kind: 'addColumn' }>, table: Table, state: State): string[] {
  const { name, column, fill } = change;
  const sequence = quote(sequenceName(table, name));
  const added = fill === undefined ? column : { ...column, isNullable: true };
  return [
    ...(column.isGenerated ? [`CREATE SEQUENCE ${sequence} AS bigint`] : []),
    alter(table, `ADD COLUMN ${ddl.columnDefinition(table, name, added)}`),
    ...(column.isGenerated ? [`ALTER SEQUENCE ${sequence} OWNED BY ${quote(table.name)}.${quote(name)}`] : []),
    ...(fill === undefined ? [] : [fillRows(table, name, fill, state)]),
    ...(fill === undefined || column.isNullable ? [] : [alter(table, `ALTER COLUMN ${quote(name)} SET NOT NULL`)]),
    ...(column.comment === undefined ? [] : [comment(table, name, column.comment)]),
  ];
}

function changeColumn(change: Extract<Change, { kind: 'changeColumn' }>, table: Table, state: State): string[] {
  const { name, column: to } = change;
  const from = table.columns[name] as Column;
  if (!isSame(from.computed, to.computed) && to.computed !== undefined) return computeAnew(change, table, state);
  const set = (what: string): string => alter(table, `ALTER COLUMN ${quote(name)} ${what}`);
  const oldCheck = ddl.valueCheck(name, from);
  const newCheck = ddl.valueCheck(name, to);
  const isFill = change.using !== undefined && from.type === to.type;
  const hasNewDefault = !isSame(from.default, to.default) || from.isGenerated !== to.isGenerated;
  // A default of the old type may not be one of the new; it comes back below.
  const losesDefault = from.type !== to.type && (from.default !== undefined || from.isGenerated);
  return [
    ...(from.computed !== undefined && to.computed === undefined ? [set('DROP EXPRESSION')] : []),
    ...(oldCheck !== undefined && oldCheck !== newCheck ? [dropConstraint(table, checkName(table, name))] : []),
    ...(losesDefault || (hasNewDefault && from.default !== undefined) || (from.isGenerated && !to.isGenerated)
      ? [set('DROP DEFAULT')]
      : []),
    ...(from.isGenerated && !to.isGenerated ? [`DROP SEQUENCE ${quote(sequenceName(table, name))}`] : []),
    ...(from.type === to.type ? [] : [changeType(change, table)]),
    ...(isFill && change.using !== undefined
      ? [
          // Rows written between the fill and what is asked of the column next would not be filled (facts F35).
          `LOCK TABLE ${quote(table.name)} IN SHARE ROW EXCLUSIVE MODE`,
          fillRows(table, name, change.using, state),
        ]
      : []),
    ...(to.isGenerated && !from.isGenerated ? generate(table, name) : []),
    ...(to.default !== undefined && (hasNewDefault || losesDefault) ? [set(`SET DEFAULT ${literal(to.default)}`)] : []),
    ...(to.isGenerated && from.isGenerated && losesDefault
      ? [set(`SET DEFAULT nextval('${quote(sequenceName(table, name)).replaceAll("'", "''")}')`)]
      : []),
    ...(newCheck !== undefined && oldCheck !== newCheck
      ? [alter(table, `ADD CONSTRAINT ${quote(checkName(table, name))} CHECK (${newCheck})`)]
      : []),
    ...(from.isNullable === to.isNullable ? [] : [set(to.isNullable ? 'DROP NOT NULL' : 'SET NOT NULL')]),
    ...(from.comment === to.comment ? [] : [comment(table, name, to.comment)]),
  ];
}

/** Where nobody said what the values become, a column with values keeps its type: a cast of the server's own might bend them (facts F14). */
function changeType({ name, column, using }: Extract<Change, { kind: 'changeColumn' }>, table: Table): string {
  const from = table.columns[name] as Column;
  const type = ddl.columnType({ ...table, columns: { [name]: column } }, name);
  const set = (value: string): string => alter(table, `ALTER COLUMN ${quote(name)} TYPE ${type}${value}`);
  if (using !== undefined) return set(` USING (${sqlFor(using, 'postgres')})`);
  if (keepsValues(from.type, column.type)) return set('');
  // One statement, so that nothing is written between the look and the change.
  return [
    'DO $guard$ DECLARE filled bigint; BEGIN',
    `  LOCK TABLE ${quote(table.name)} IN ACCESS EXCLUSIVE MODE;`,
    `  SELECT count(${quote(name)}) INTO filled FROM ${quote(table.name)};`,
    `  IF filled > 0 THEN RAISE EXCEPTION '% %', filled, ${literal(valuesWithoutWord(table.name, name, from, column))}; END IF;`,
    `  ${set(` USING (NULL::${type})`)};`,
    'END $guard$',
  ].join('\n');
}

/**
 * Gives every row a value. No trigger sees it, as none does where a table is built anew. What one statement switches off and on again is
 * committed together, also where statements are committed one by one.
 */
function fillRows(table: Table, name: string, value: SqlText, state: State): string {
  const triggers = table.triggers.filter((trigger) => trigger.event === 'update');
  const turn = (how: 'DISABLE' | 'ENABLE'): string[] =>
    triggers.map((trigger) => alter(table, `${how} TRIGGER ${quote(trigger.name)}`));
  return [
    ...turn('DISABLE'),
    `UPDATE ${quote(table.name)} SET ${quote(name)} = (${sqlFor(value, 'postgres')})`,
    ...checkDeferred(table, state),
    ...turn('ENABLE'),
  ].join('; ');
}

/** A table cannot be altered while rows changed before in the transaction still wait for their deferred check. */
function checkDeferred(table: Table, state: State): string[] {
  const isDeferred = Object.values(state.tables).some((other) =>
    other.foreignKeys.some(
      (key) => key.isDeferred === true && (other.name === table.name || key.references.table === table.name),
    ),
  );
  return isDeferred ? ['SET CONSTRAINTS ALL IMMEDIATE', 'SET CONSTRAINTS ALL DEFERRED'] : [];
}

/** A column that hands out ids from now on goes on behind the highest there is. */
function generate(table: Table, name: string): string[] {
  const sequence = quote(sequenceName(table, name));
  const asText = sequence.replaceAll("'", "''");
  return [
    `CREATE SEQUENCE ${sequence} AS bigint OWNED BY ${quote(table.name)}.${quote(name)}`,
    `SELECT setval('${asText}', coalesce((SELECT max(${quote(name)}) FROM ${quote(table.name)}), 0) + 1, false)`,
    alter(table, `ALTER COLUMN ${quote(name)} SET DEFAULT nextval('${asText}')`),
  ];
}

/**
 * PostgreSQL changes a generation expression in place only from 17 on, and never makes a plain column a computed one: the column is made
 * anew, with the indexes and constraints that went with it.
 */
function computeAnew(change: Extract<Change, { kind: 'changeColumn' }>, table: Table, state: State): string[] {
  const { name, column } = change;
  const changed = applyChange(state, table.name, change).tables[table.name] as Table;
  const isOn = (columns: readonly string[]): boolean => columns.includes(name);
  const isNamed = (text: SqlText | undefined): boolean => text !== undefined && namesColumn(text, name);
  const indexes = changed.indexes.filter(
    (index) => isNamed(index.where) || index.columns.some((part) => part.name === name || isNamed(part.expression)),
  );
  const clauses = keyClauses({
    ...changed,
    uniques: changed.uniques.filter((unique) => isOn(unique.columns)),
    foreignKeys: changed.foreignKeys.filter((key) => isOn(key.columns)),
  });
  return [
    ...indexes.map((index) => `DROP INDEX ${quote(index.name)}`),
    alter(table, `DROP COLUMN ${quote(name)}`),
    alter(table, `ADD COLUMN ${ddl.columnDefinition(changed, name, column)}`),
    ...[...clauses.uniques, ...clauses.foreignKeys].map((clause) => alter(table, `ADD ${clause}`)),
    ...changed.checks.filter((check) => isNamed(check.expression)).map((check) => addCheck(table, check)),
    ...indexes.map((index) => ddl.createIndex(changed, index)),
    ...(column.comment === undefined ? [] : [comment(changed, name, column.comment)]),
  ];
}

/** Foreign keys that point at the old key stand on its index: they go and come back. */
function changePrimaryKey(change: Extract<Change, { kind: 'changePrimaryKey' }>, table: Table, state: State): string[] {
  const after = applyChange(state, table.name, change).tables[table.name] as Table;
  if (isSame(keyOf(table), keyOf(after))) return [];
  const pointing = Object.values(state.tables).flatMap((other) =>
    other.foreignKeys
      .filter(
        (key) =>
          key.references.table === table.name && isSame([...key.references.columns].toSorted(), [...keyOf(table)].toSorted()),
      )
      .map((key): [Table, ForeignKey] => [other, key]),
  );
  return [
    ...pointing.map(([other, key]) => dropConstraint(other, key.name)),
    dropConstraint(table, primaryKeyName(table)),
    alter(table, `ADD ${keyClauses(after).primary}`),
    ...pointing.map(([other, key]) => alter(other, `ADD ${ddl.foreignKeyClause(key)}`)),
  ];
}

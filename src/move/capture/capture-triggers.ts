import { ddl } from '../../engine/sqlite/ddl.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { JOURNAL_TABLE, STATE_TABLE } from '../state/sqlite-state.ts';
import type { KeyPart, TableFacts, UniqueKey } from './table-facts.ts';

export interface CaptureTrigger {
  readonly name: string;
  /** As SQLite keeps it. */
  readonly sql: string;
}

const { quote, literal } = ddl;
const NOT_PASSING = `(SELECT pass FROM ${STATE_TABLE}) IS NOT 1`;

/** What a program reads that writes to a fenced file. A constant: before SQLite 3.47, a trigger can raise nothing else. */
export const fenceMessage = (target: string): string =>
  `FlashCase: this file is fenced, its data has moved; writes go to ${target}`;

/**
 * Fence and journal of one table. Each trigger does both, since what a trigger costs is that it runs at all.
 *
 * - Before the row is written, and not after it: a trigger of somebody else that raises FAIL, or an `OR FAIL` on the statement, would leave the
 *   row and skip what comes after. Only the key of an inserted row is not known before; SQLite runs the newest trigger first, which is ours.
 * - Whatever a statement's conflict clause says, RAISE(ABORT) undoes that statement.
 * - `REPLACE` deletes rows without running delete triggers, unless the connection asks for it (`recursive_triggers`): the rows that stand
 *   in the way are looked for before (facts T-47). To journal a row that then stays is harmless, since rows are read when they are carried.
 * - Nothing is computed from the row's values but by what the table's own indexes compute: no value can make a write fail (facts T-48).
 *
 * SQLite itself keeps `last_insert_rowid()` and `changes()` of the statement apart from what triggers do.
 */
export function captureTriggers(carried: CarriedTable, facts: TableFacts, target: string): CaptureTrigger[] {
  const { no, key } = carried;
  const journal = `INSERT INTO ${JOURNAL_TABLE} (table_no, ${key.map((_, i) => `k${i + 1}`).join(', ')})`;
  const fence = `SELECT RAISE(ABORT, ${literal(fenceMessage(target))}) FROM ${STATE_TABLE} WHERE is_writable = 0`;
  const keyOf = (row: string): string => key.map((column) => `${row}.${quote(column)}`).join(', ');
  const write = (row: string): string => `${journal} VALUES (${no}, ${keyOf(row)})`;
  const differs = (row: string): string =>
    key.map((column) => `${row}.${quote(column)} IS NOT OLD.${quote(column)} COLLATE BINARY`).join(' OR ');

  // A table of this name would hide the row of the same name.
  const victim = ['new', 'old'].includes(facts.name.toLowerCase()) ? 'flashcase_move_victim' : facts.name;
  const victims = (unique: UniqueKey, also: readonly string[]): string =>
    `${journal} SELECT ${no}, ${keyOf(quote(victim))} FROM ${quote(facts.name)} AS ${quote(victim)} WHERE ${[
      ...unique.parts.map((part) => isSameAsNew(facts, victim, part)),
      ...(unique.where === undefined ? [] : [`(${unique.where})`]),
      ...also,
    ].join(' AND ')}`;
  const replaceable = facts.uniqueKeys.filter((unique) => !holdsKey(unique, key));

  // What NEW says of these before the row is written is not what is written.
  const isKnownAfter = facts.columns.some(
    ({ name, isComputed, replacesNull }) => key.includes(name) && (isComputed || replacesNull !== undefined),
  );
  const newKeyIfOther = `${journal} SELECT ${no}, ${keyOf('NEW')} WHERE ${differs('NEW')}`;

  const trigger = (what: string, when: string, statements: readonly string[]): CaptureTrigger => {
    const name = `${triggerPrefix(no)}${what}`;
    const sql = `CREATE TRIGGER ${name} ${when} ON ${quote(facts.name)} FOR EACH ROW WHEN ${NOT_PASSING} BEGIN ${formMark(facts)} ${statements.map((statement) => `${statement};`).join(' ')} END`;
    return { name, sql };
  };
  return [
    trigger('before_insert', 'BEFORE INSERT', [fence, ...replaceable.map((unique) => victims(unique, []))]),
    trigger('after_insert', 'AFTER INSERT', [write('NEW')]),
    trigger('before_update', 'BEFORE UPDATE', [
      fence,
      write('OLD'),
      ...(isKnownAfter ? [] : [newKeyIfOther]),
      ...replaceable.map((unique) => victims(unique, [`(${differs(quote(victim))})`])),
    ]),
    ...(isKnownAfter ? [trigger('after_update', 'AFTER UPDATE', [newKeyIfOther])] : []),
    trigger('before_delete', 'BEFORE DELETE', [fence, write('OLD')]),
  ];
}

export const triggerPrefix = (no: number): string => `${STATE_TABLE}_${no}_`;

/** Stands in each trigger, so that it tells which form of its table it was made for. */
export const formMark = ({ form }: Pick<TableFacts, 'form'>): string => `/* table ${form.slice(0, 16)} */`;

export const formMarkIn = (sql: string): string | undefined => /\/\* table [\da-f]+ \*\//.exec(sql)?.[0];

/** A row equal to another in such a key has the same journal key: whoever writes the one has journalled the other. */
function holdsKey({ parts }: UniqueKey, key: readonly string[]): boolean {
  return key.every((column) =>
    parts.some((part) => part.column?.toLowerCase() === column.toLowerCase() && part.collation.toUpperCase() === 'BINARY'),
  );
}

function isSameAsNew(facts: TableFacts, victim: string, part: KeyPart): string {
  const { column, collation } = part;
  const collate = `COLLATE ${quote(collation)}`;
  const fact = facts.columns.find(({ name }) => name === column);
  if (column !== undefined && fact?.isComputed !== true)
    return `${quote(victim)}.${quote(column)} = ${newValue(column, fact?.replacesNull)} ${collate}`;
  // The expression stands as it is, and its names find the new row first. All columns are named there, since SQLite computes a column
  // from those it knows a trigger to read.
  const text = column === undefined ? `(${part.expression})` : quote(column);
  const newRow = facts.columns.map(({ name, replacesNull }) => `${newValue(name, replacesNull)} AS ${quote(name)}`).join(', ');
  return `${text} = (SELECT ${text} FROM (SELECT ${newRow}) AS ${quote(facts.name)}) ${collate}`;
}

const newValue = (column: string, replacesNull: string | undefined): string =>
  replacesNull === undefined ? `NEW.${quote(column)}` : `coalesce(NEW.${quote(column)}, ${replacesNull})`;

import type { Engine } from '../../engine/engine.ts';
import { tokensOf } from '../../engine/sql/tokens.ts';
import { textOf } from '../../engine/sqlite/spelling.ts';
import { tableLines } from '../../engine/sqlite/table-sql.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Index, Table, Trigger } from '../../schema/table.ts';
import { isSame } from '../canonical.ts';
import type { StoredObject } from './stock.ts';

/**
 * Refuses to build a table anew that holds what its history does not know: a column, a collation, a check, a conflict clause, a flag that
 * somebody gave it by hand. The new table is made from the model, so all of these would be gone.
 */
export function refuseUnknownParts(engine: Engine, table: Table, objects: readonly StoredObject[]): void {
  const actual = objects.find((object) => object.kind === 'table' && object.name === table.name);
  const expected = engine.ddl.createTable(table).flatMap((sql) => tableLines(table.name, sql).lines);
  const known = expected.map(withoutName);
  const checks = new Set(expected.flatMap((line) => checkOf(line) ?? []));
  const unknown = tableLines(table.name, actual?.sql ?? '')
    // A line that an expected one begins with says less, not more; a constraint of another name says the same.
    .lines.filter((line) => !known.some((wanted) => `${wanted} `.startsWith(`${withoutName(line)} `)))
    // A check the model knows by name is the model's, also where an older release wrote its condition in other words.
    .filter((line) => !checks.has(checkOf(line) ?? ''))
    .map((line) => line.slice(`"${table.name}" `.length));
  if (unknown.length === 0) return;
  throw new FlashcaseError('FC_REVISION_FAILED', {
    what: `Table ${table.name} has what its revisions do not know: ${unknown.join('; ')}.`,
    why: 'This revision builds the table anew, and all of that would be lost.',
    hint: 'Put it into the model and a revision before this one, or take it off the table by hand first. Nothing of this revision was changed.',
    details: { table: table.name, unknown },
  });
}

const checkOf = (line: string): string | undefined => / check "((?:[^"]|"")+)"/.exec(line)?.[1];
const withoutName = (line: string): string =>
  line.replace(/^("(?:[^"]|"")+" (?:check|unique|foreign key|primary key)) "(?:[^"]|"")+"/, '$1');
const spelled = (sql: string): string => textOf(tokensOf(sql, 'sqlite'));

/** The objects on a table that come back after a rebuild, in the order in which they are made. */
export interface Attached {
  /** With the text they have now, whoever wrote it. */
  readonly kept: readonly StoredObject[];
  /** What the revision adds or changes, and what was missing. */
  readonly declared: readonly StoredObject[];
}

/**
 * An index or trigger that the revision leaves alone comes back as it is in the database. Refuses where it would replace one that is not
 * what the history says.
 * @param found the objects as they were. @param objects the same after columns were renamed.
 */
export function attachedAfter(
  engine: Engine,
  from: Table,
  to: Table,
  found: readonly StoredObject[],
  objects: readonly StoredObject[],
): Attached {
  const { ddl } = engine;
  const texts = new Map(found.map((object) => [object.name, object.sql]));
  const attached = new Map(
    objects
      .filter((object) => object.table === from.name && (object.kind === 'index' || object.kind === 'trigger'))
      .map((object) => [object.name, object]),
  );
  const parts = (table: Table): [string, string, Index | Trigger, string[]][] => [
    ...table.indexes.map((index): [string, string, Index, string[]] => [
      'index',
      index.name,
      index,
      [ddl.createIndex(table, index)],
    ]),
    ...table.triggers.map((trigger): [string, string, Trigger, string[]] => [
      'trigger',
      trigger.name,
      trigger,
      ddl.createTrigger(table, trigger),
    ]),
  ];
  const old = new Map(parts(from).map(([, name, part, sql]) => [name, { part, sql: sql.join(';') }]));
  const declared: StoredObject[] = [];
  const kept: StoredObject[] = [];
  for (const [kind, name, part, sql] of parts(to)) {
    const now = attached.get(name);
    const before = old.get(name);
    attached.delete(name);
    old.delete(name);
    if (now !== undefined && before !== undefined && isSame(before.part, part)) kept.push(now);
    else {
      if (now !== undefined && spelled(texts.get(name) ?? '') !== spelled(before?.sql ?? '')) throw notRewritten(now);
      for (const text of sql) declared.push({ kind, name, table: to.name, sql: text });
    }
  }
  // Dropped by the revision.
  for (const name of old.keys()) attached.delete(name);
  return { kept: [...kept, ...attached.values()], declared };
}

function notRewritten(object: StoredObject): FlashcaseError {
  return new FlashcaseError('FC_REVISION_FAILED', {
    what: `${object.kind} ${object.name} is not what its revisions say, and this one changes it.`,
    why: `The database has: ${object.sql}`,
    hint: `Drop it by hand, or give it another name; the revision then makes its own. Nothing of this revision was changed.`,
  });
}

export function doesNotFit(object: StoredObject, cause: unknown): FlashcaseError {
  return new FlashcaseError('FC_REVISION_FAILED', {
    what: `${object.kind} ${object.name} does not fit the changed table ${object.table}.`,
    why: cause instanceof FlashcaseError ? (cause.why ?? cause.message) : String(cause),
    hint: `Drop it first, or change it in the same revision: ${object.sql}`,
    cause,
  });
}

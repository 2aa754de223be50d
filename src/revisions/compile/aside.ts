import { ddl, primaryKeyName, sequenceName } from '../../engine/postgres/ddl.ts';
import { ASIDE_PREFIX } from '../../engine/schema-form.ts';
import type { Column } from '../../schema/column.ts';
import { sqlFor } from '../../schema/column.ts';
import { objectName } from '../../schema/name.ts';
import type { Table } from '../../schema/table.ts';
import type { Change } from '../change.ts';

const { quote, literal } = ddl;

/**
 * PostgreSQL: what a revision drops is first renamed aside, so that a downgrade brings back every value; `flashcase db finish` drops it.
 * An SQLite file has the verified copy for that: a table there cannot keep a hidden column through a rebuild, and a copy also holds what
 * SQL and type changes have written over.
 */
export type Keeping =
  /** Going up: drops become renames. */
  | { readonly kind: 'aside'; readonly revision: string }
  /** Going down: what is there comes back. */
  | { readonly kind: 'back'; readonly revision: string; readonly present: Present };

/** What is kept aside at this moment, as the way back looks for it: tables by their name aside, columns as `table.column`. */
export type Present = ReadonlyMap<string, { readonly columns: readonly string[]; readonly sequence?: string }>;

/** The name under which a revision keeps something it drops. */
export function asideName(revision: string, name: string): string {
  return objectName(`${ASIDE_PREFIX}${revision}`, name);
}

/** How names are read back: the revision and (cut off where it is long) what it was. */
export function readAsideName(name: string): { revision: string; name: string } | undefined {
  const [, revision, rest] = /^__aside_([^_]+)_(.+)$/.exec(name) ?? [];
  return revision === undefined || rest === undefined ? undefined : { revision, name: rest };
}

const alter = (table: string, what: string): string => `ALTER TABLE ${quote(table)} ${what}`;

interface Renamed {
  readonly constraints: readonly string[];
  readonly indexes: readonly string[];
  readonly sequences: readonly string[];
}

/** The names in the schema's own name space that a table takes with it: another table may need them. */
function namesOf(table: Table): Renamed {
  return {
    constraints: [primaryKeyName(table), ...table.uniques.map((unique) => unique.name)],
    indexes: table.indexes.map((index) => index.name),
    sequences: Object.entries(table.columns)
      .filter(([, column]) => column.isGenerated)
      .map(([name]) => sequenceName(table, name)),
  };
}

function renames(table: Table, revision: string, isBack: boolean): string[] {
  const pair = (name: string): [string, string] => {
    const aside = quote(asideName(revision, name));
    return isBack ? [aside, quote(name)] : [quote(name), aside];
  };
  const [from, to] = pair(table.name);
  const { constraints, indexes, sequences } = namesOf(table);
  return [
    `ALTER TABLE ${from} RENAME TO ${to}`,
    ...constraints.map((name) => `ALTER TABLE ${to} RENAME CONSTRAINT ${pair(name).join(' TO ')}`),
    ...indexes.map((name) => `ALTER INDEX ${pair(name).join(' RENAME TO ')}`),
    ...sequences.map((name) => `ALTER SEQUENCE ${pair(name).join(' RENAME TO ')}`),
  ];
}

/** Its own references go: rows nobody sees must not keep others from deleting theirs. */
export function tableAside(table: Table, revision: string): string[] {
  return [
    ...table.triggers.flatMap((trigger) => ddl.dropTrigger(table, trigger)),
    ...table.foreignKeys.map((key) => alter(table.name, `DROP CONSTRAINT ${quote(key.name)}`)),
    ...renames(table, revision, false),
  ];
}

export function tableBack(table: Table, revision: string): string[] {
  return [
    ...renames(table, revision, true),
    ...table.foreignKeys.map((key) => alter(table.name, `ADD ${ddl.foreignKeyClause(key)}`)),
    ...table.triggers.flatMap((trigger) => ddl.createTrigger(table, trigger)),
  ];
}

/** Nothing is asked of it any more, so that rows can be inserted without it; names it took are free. */
export function columnAside(table: Table, name: string, column: Column, revision: string): string[] {
  const aside = asideName(revision, name);
  const set = (what: string): string => alter(table.name, `ALTER COLUMN ${quote(aside)} ${what}`);
  const sequence = sequenceName(table, name);
  return [
    // Before the rename: where each is committed by itself, somebody could not write between the two.
    ...(column.isNullable ? [] : [alter(table.name, `ALTER COLUMN ${quote(name)} DROP NOT NULL`)]),
    alter(table.name, `RENAME COLUMN ${quote(name)} TO ${quote(aside)}`),
    ...(column.default === undefined && !column.isGenerated ? [] : [set('DROP DEFAULT')]),
    ...(ddl.hasCheck(column) ? [alter(table.name, `DROP CONSTRAINT ${quote(objectName('ck', table.name, name))}`)] : []),
    ...(column.isGenerated ? [`ALTER SEQUENCE ${quote(sequence)} RENAME TO ${quote(asideName(revision, sequence))}`] : []),
  ];
}

/**
 * Rows written meanwhile have no value; where one is required they get the default, or what the way back fills in.
 */
export function columnBack(
  table: Table,
  { name, column, fill }: Extract<Change, { kind: 'addColumn' }>,
  { revision, present }: Extract<Keeping, { kind: 'back' }>,
): string[] {
  const set = (what: string): string => alter(table.name, `ALTER COLUMN ${quote(name)} ${what}`);
  const sequence = sequenceName(table, name);
  const next = `nextval('${quote(sequence).replaceAll("'", "''")}')`;
  // It was named after the table, which may have been called otherwise when it was put aside.
  const sequenceAside = present.get(`${table.name}.${asideName(revision, name)}`)?.sequence ?? asideName(revision, sequence);
  const check = ddl.valueCheck(name, column);
  const given = fill !== undefined ? `(${sqlFor(fill, 'postgres')})` : undefined;
  const value = column.isGenerated ? next : column.default !== undefined ? literal(column.default) : given;
  return [
    alter(table.name, `RENAME COLUMN ${quote(asideName(revision, name))} TO ${quote(name)}`),
    ...(column.isGenerated ? [`ALTER SEQUENCE ${quote(sequenceAside)} RENAME TO ${quote(sequence)}`] : []),
    ...(column.default === undefined ? [] : [set(`SET DEFAULT ${literal(column.default)}`)]),
    ...(column.isGenerated ? [set(`SET DEFAULT ${next}`)] : []),
    ...(column.isNullable || value === undefined
      ? []
      : [`UPDATE ${quote(table.name)} SET ${quote(name)} = ${value} WHERE ${quote(name)} IS NULL`]),
    ...(column.isNullable ? [] : [set('SET NOT NULL')]),
    ...(check === undefined
      ? []
      : [alter(table.name, `ADD CONSTRAINT ${quote(objectName('ck', table.name, name))} CHECK (${check})`)]),
  ];
}

/** The columns of a table kept aside are those that are to come back; others mean that the way back is not the mirror of the way there. */
export function isTableKept(keeping: Keeping | undefined, table: Table): keeping is Extract<Keeping, { kind: 'back' }> {
  if (keeping?.kind !== 'back') return false;
  const columns = keeping.present.get(asideName(keeping.revision, table.name))?.columns;
  const wanted = Object.keys(table.columns);
  return columns !== undefined && columns.length === wanted.length && wanted.every((name) => columns.includes(name));
}

export function isColumnKept(
  keeping: Keeping | undefined,
  table: Table,
  name: string,
): keeping is Extract<Keeping, { kind: 'back' }> {
  return keeping?.kind === 'back' && keeping.present.has(`${table.name}.${asideName(keeping.revision, name)}`);
}

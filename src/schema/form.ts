import { createHash } from 'node:crypto';

/**
 * The normal form of a schema on one engine: sorted lines, one fact a line (`card.column "deck_id" INTEGER not null`). Read back from
 * the database it is the same text when nothing was changed by hand.
 */
export type SchemaForm = readonly string[];

export const FINGERPRINT_ALGORITHM = 'sha256-lines-1';

/** Hash of a form, kept in the ledger: drift is found by one introspection. */
export function fingerprint(form: SchemaForm): string {
  return createHash('sha256').update(form.join('\n')).digest('hex');
}

export interface Difference {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

/** What the actual form lacks and what it has too much; both empty when they are equal. */
export function differenceOf(expected: SchemaForm, actual: SchemaForm): Difference {
  const wanted = new Set(expected);
  const found = new Set(actual);
  return { missing: expected.filter((line) => !found.has(line)), unexpected: actual.filter((line) => !wanted.has(line)) };
}

export function describeDifference(difference: Difference): string {
  return [...difference.missing.map((line) => `- ${line}`), ...difference.unexpected.map((line) => `+ ${line}`)].join('\n');
}

/** The facts about one table that both engines' introspections report, in one spelling. */
export interface TableFacts {
  readonly name: string;
  readonly columns: readonly {
    name: string;
    type: string;
    isNullable: boolean;
    default: string | undefined;
    isGenerated: boolean;
  }[];
  readonly primaryKey: readonly string[];
  readonly uniques: readonly (readonly string[])[];
  readonly indexes: readonly { name: string; isUnique: boolean; columns: readonly string[]; where?: string }[];
  readonly foreignKeys: readonly { columns: readonly string[]; table: string; to: readonly string[]; actions: string }[];
  readonly checks: readonly string[];
  readonly flags: readonly string[];
}

const list = (names: readonly string[]): string => `(${names.map((name) => `"${name}"`).join(', ')})`;

export function linesOf(table: TableFacts): string[] {
  const say = (fact: string): string => `"${table.name}" ${fact}`;
  return [
    say(`table${table.flags.map((flag) => ` ${flag}`).join('')}`),
    ...table.columns.map((column) =>
      say(
        `column "${column.name}" ${column.type}${column.isNullable ? '' : ' not null'}${column.isGenerated ? ' generated' : ''}` +
          (column.default === undefined ? '' : ` default ${column.default}`),
      ),
    ),
    ...(table.primaryKey.length > 0 ? [say(`primary key ${list(table.primaryKey)}`)] : []),
    ...table.uniques.map((columns) => say(`unique ${list(columns)}`)),
    ...table.indexes.map((index) =>
      say(
        `${index.isUnique ? 'unique ' : ''}index "${index.name}" (${index.columns.join(', ')})${index.where === undefined ? '' : ` where ${index.where}`}`,
      ),
    ),
    ...table.foreignKeys.map((key) => say(`foreign key ${list(key.columns)} to "${key.table}" ${list(key.to)}${key.actions}`)),
    ...table.checks.map((name) => say(`check "${name}"`)),
  ];
}

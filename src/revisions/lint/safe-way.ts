import { type Column, type DefaultValue, type SqlText, sqlFor } from '../../schema/column.ts';
import { addColumn, changeColumn } from '../change.ts';
import type { Revision } from '../revision.ts';
import { data, type Node, print } from '../source/layout.ts';
import { stepsNode } from '../source/render-step.ts';
import { BUILDERS } from '../source/render-table.ts';
import { alterTable, backfill, type Step } from '../step.ts';

/** What a person would write into one revision: its comment, and the parts of it that matter. */
export interface Part extends Partial<Pick<Revision, 'isTransactional' | 'contracts' | 'ignores' | 'upgrade' | 'downgrade'>> {
  readonly about: string;
}

/** The safe way as it is typed into revision files, a comment before each revision: what is shown is what compiles. */
export function safeWay(...parts: readonly Part[]): string {
  return parts
    .flatMap(({ about, isTransactional, contracts, ignores, upgrade, downgrade }) => [
      `// ${about}`,
      ...entry('isTransactional', isTransactional),
      ...entry('contracts', contracts),
      ...entry('ignores', ignores),
      ...entry('upgrade', upgrade, steps),
      ...entry('downgrade', downgrade, (way) => (typeof way === 'string' ? data(way) : steps(way))),
    ])
    .join('\n');
}

function entry<T>(key: string, value: T | undefined, node: (value: T) => Node = data): string[] {
  return value === undefined ? [] : [`${key}: ${print(node(value), 0, key.length + 2, 1)},`];
}

const steps = (list: readonly Step[]): Node => stepsNode(list, { use: (name) => name, notes: new Map(), tables: new Map() });

/** A plain column like this one that may be empty. */
export const emptyLike = ({ type, oneOf }: Column): Column =>
  BUILDERS[type]({ nullable: true, ...(oneOf === undefined ? {} : { oneOf }) });

/** A plain column like this one with a constant in rows that are there; `undefined` for a type that has no constants. */
export function constantLike({ type, oneOf }: Column): Column | undefined {
  if (type === 'timestamp' || type === 'bytes') return undefined;
  const value: DefaultValue = type === 'boolean' ? false : type === 'text' ? (oneOf?.[0] ?? '') : 0;
  return BUILDERS[type]({ default: value, ...(oneOf === undefined ? {} : { oneOf }) });
}

/** What stands in a snippet where only a person knows the value. */
export const OPEN = '…';

/** Where the revision that makes room is named. */
export const EXPANDED = '<the newest revision of the release that does without>';

/** What a person writes who knows that it may go. */
export const accepting = (id: string, reason: string): string =>
  safeWay({ about: 'in this revision, when a person has decided it', ignores: { [id]: `<${reason}>` } });

/** A revision before this one that gives the rows in the way another value. */
export const filledFirst = (table: string, column: string, where: string): string =>
  safeWay({
    about: 'a revision before this one',
    upgrade: [backfill({ about: `correct ${column}`, table, set: { [column]: OPEN }, where })],
  });

/** A column that rows get their values in afterwards, batch by batch. */
export function expand(table: string, name: string, column: Column, value: SqlText = OPEN, first = ''): Part[] {
  const required = BUILDERS[column.type](column.oneOf === undefined ? {} : { oneOf: column.oneOf });
  return [
    { about: `${first}one revision: the column, empty`, upgrade: [alterTable(table, addColumn(name, emptyLike(column)))] },
    {
      about: 'the next: it is filled in batches',
      upgrade: [backfill({ about: `fill ${name}`, table, set: { [name]: value }, where: whereEmpty(name, value) })],
    },
    ...(column.isNullable || column.computed !== undefined
      ? []
      : [
          {
            about: 'the one after, once a release fills it in every row it writes',
            isTransactional: false,
            contracts: '<the newest revision of that release>',
            upgrade: [alterTable(table, changeColumn(name, required))],
          } as const,
        ]),
  ];
}

/** The rows that still need a value, also where the value of some is none: those would be asked for again and again. */
function whereEmpty(name: string, value: SqlText): SqlText {
  const where = (text: string): string =>
    text === OPEN ? `${name} IS NULL` : `${name} IS NULL AND ${/^\w+$/.test(text) ? text : `(${text})`} IS NOT NULL`;
  return typeof value === 'string' ? where(value) : { sqlite: where(sqlFor(value, 'sqlite')), postgres: where(value.postgres) };
}

import { type Column, type SqlText, sqlFor } from '../schema/column.ts';
import { isSame } from './canonical.ts';
import type { Change } from './change.ts';
import { applyChange, applyToState, type State, tableOf } from './state.ts';
import { describeChange, describeStep, type Step } from './step.ts';

/** What steps do to a schema, for people, one line each. A changed column is named with what is another about it. */
export function inWords(steps: readonly Step[], before: State): string[] {
  let state = before;
  return steps.map((step) => {
    const words = step.kind === 'alterTable' ? `change table ${step.table}: ${changesInWords(step, state)}` : describeStep(step);
    state = applyToState(state, step);
    return words;
  });
}

function changesInWords({ table, changes }: Extract<Step, { kind: 'alterTable' }>, before: State): string {
  let here = before;
  return changes
    .map((change) => {
      const from = change.kind === 'changeColumn' ? tableOf(here, table).columns[change.name] : undefined;
      here = applyChange(here, table, change);
      const differences = change.kind === 'changeColumn' && from !== undefined ? columnInWords(from, change) : [];
      return differences.length === 0 ? describeChange(change) : `${describeChange(change)} (${differences.join('; ')})`;
    })
    .join(', ');
}

function columnInWords(from: Column, { column: to, using }: Extract<Change, { kind: 'changeColumn' }>): string[] {
  const words: string[] = [];
  if (from.type !== to.type) words.push(`${from.type} becomes ${to.type}`);
  if (from.isNullable !== to.isNullable) words.push(to.isNullable ? 'may be empty' : 'required');
  if (from.default !== to.default) words.push(to.default === undefined ? 'no default' : `default ${quoted(to.default)}`);
  if (!isSame(from.oneOf, to.oneOf))
    words.push(to.oneOf === undefined ? 'any value' : `one of ${to.oneOf.map(quoted).join(', ')}`);
  if (!isSame(from.computed, to.computed))
    words.push(to.computed === undefined ? 'no longer computed' : `computed: ${textOf(to.computed)}`);
  if (from.isGenerated !== to.isGenerated) words.push(to.isGenerated ? 'numbered by the database' : 'no longer numbered');
  if (from.comment !== to.comment) words.push('comment');
  if (using !== undefined) words.push(`values: ${textOf(using)}`);
  return words;
}

const quoted = (value: string | number | boolean): string => (typeof value === 'string' ? `'${value}'` : String(value));

const textOf = (text: SqlText): string =>
  typeof text === 'string' ? text : `${sqlFor(text, 'sqlite')} on SQLite, ${sqlFor(text, 'postgres')} on PostgreSQL`;

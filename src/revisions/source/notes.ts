import type { Column } from '../../schema/column.ts';
import type { Change } from '../change.ts';
import { needsUsing } from '../conversion.ts';
import { applyChange, applyToState, type State, tableOf } from '../state.ts';
import type { Step } from '../step.ts';

const NEVER_REFUSED = new Set([
  'int32 int64',
  'int32 float64',
  'int32 text',
  'int64 text',
  'boolean int32',
  'boolean int64',
  'timestamp text',
  'text bytes',
]);

/**
 * What a person must decide or know about steps, by step and change: values that are lost, values that somebody must give, rows that would
 * be refused. @param isWayBack the steps undo others: what those took away for good stays away.
 */
export function notesOf(before: State, steps: readonly Step[], isWayBack: boolean): Map<Step | Change, string[]> {
  const notes = new Map<Step | Change, string[]>();
  let state = before;
  for (const step of steps) {
    if (step.kind === 'dropTable' && !isWayBack)
      notes.set(step, [`Drops every row of ${step.name}; the way back makes it empty.`]);
    if (step.kind === 'createTable' && isWayBack) notes.set(step, ['Comes back empty: its rows are gone.']);
    if (step.kind === 'alterTable') {
      let inner = state;
      for (const change of step.changes) {
        const note = noteOf(change, tableOf(inner, step.table).columns, isWayBack);
        if (note !== undefined) notes.set(change, note);
        inner = applyChange(inner, step.table, change);
      }
    }
    state = applyToState(state, step);
  }
  return notes;
}

function noteOf(change: Change, columns: Readonly<Record<string, Column>>, isWayBack: boolean): string[] | undefined {
  switch (change.kind) {
    case 'dropColumn':
      if (isWayBack || columns[change.name]?.computed !== undefined) return undefined;
      return [`Drops the values of ${change.name}; the way back cannot bring them back.`];
    case 'addColumn': {
      const { column, fill } = change;
      if (column.computed !== undefined || column.isGenerated || fill !== undefined) return undefined;
      const gone = isWayBack ? ['Its values are gone.'] : [];
      if (column.isNullable || column.default !== undefined) return isWayBack ? gone : undefined;
      return [
        ...gone,
        "To decide: what existing rows have in it, as { fill: '…' }. Without it, this works on an empty table only.",
      ];
    }
    case 'changeColumn':
      return noteOfChange(change, columns[change.name] as Column);
    default:
      return undefined;
  }
}

function noteOfChange(
  { name, column: to, using }: Extract<Change, { kind: 'changeColumn' }>,
  from: Column,
): string[] | undefined {
  if (to.computed !== undefined)
    return from.computed === undefined ? [`The values of ${name} are computed from now on; the old ones go.`] : undefined;
  if (needsUsing(from, to) && using === undefined) {
    return [
      `To decide: what ${from.type} becomes as ${to.type}, as { using: '…' }. Without it, this works only while ${name} is empty.`,
    ];
  }
  const notes: string[] = [];
  if (from.type !== to.type && !NEVER_REFUSED.has(`${from.type} ${to.type}`))
    notes.push('A value that does not fit exactly is refused.');
  if (from.isNullable && !to.isNullable && using === undefined)
    notes.push(`Refused while a row has no ${name}. To fill them: { using: 'coalesce(…, …)' }.`);
  else if (from.isNullable && !to.isNullable)
    notes.push(`Rows without a ${name} get one by 'using'; nobody can tell afterwards which they were.`);
  const gone = (from.oneOf ?? []).filter((value) => to.oneOf !== undefined && !to.oneOf.includes(value));
  if (gone.length > 0) notes.push(`Refused while a row has ${gone.map((value) => `'${value}'`).join(' or ')}.`);
  else if (to.oneOf !== undefined && from.oneOf === undefined) notes.push('Refused while a row has another value.');
  return notes.length === 0 ? undefined : notes;
}

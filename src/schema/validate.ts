import { FlashcaseError } from '../errors/index.ts';
import { codecOf } from './codec.ts';
import type { Table } from './table.ts';

export interface Problem {
  readonly column: string;
  readonly reason: string;
}

/** Lists what keeps the given columns of a row from being stored; the same list on both engines. Columns left out are not judged. */
export function problemsOf(table: Table, row: Readonly<Record<string, unknown>>): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(row)) {
    const column = table.columns[name];
    if (column === undefined) {
      problems.push({ column: name, reason: 'is not a column of this table' });
    } else if (value === undefined) {
      if (!column.hasDefault) problems.push({ column: name, reason: 'is required' });
    } else if (value === null) {
      if (!column.isNullable) problems.push({ column: name, reason: 'must not be empty' });
    } else {
      const reason = codecOf(column.type).refuse(value);
      if (reason !== undefined) problems.push({ column: name, reason });
      else if (column.oneOf !== undefined && !column.oneOf.includes(value as string)) {
        problems.push({ column: name, reason: `is not one of ${column.oneOf.join(', ')}` });
      }
    }
  }
  return problems;
}

/** Returns the row when it can be stored; throws `FC_VALUE_INVALID` listing every problem otherwise. Stores pass every write through it. */
export function checked<R extends Readonly<Record<string, unknown>>>(table: Table, row: R): R {
  const problems = problemsOf(table, row);
  if (problems.length === 0) return row;
  throw new FlashcaseError('FC_VALUE_INVALID', {
    what: problems.map((problem) => `${problem.column} ${problem.reason}`).join('; '),
    where: table.name,
    details: { problems },
  });
}

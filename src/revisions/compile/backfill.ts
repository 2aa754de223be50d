import { sqlFor } from '../../schema/column.ts';
import type { Backfill } from '../step.ts';

/** The assignments of a backfill, as `SET` takes them. */
export function assignments(step: Backfill, engine: 'sqlite' | 'postgres', quote: (name: string) => string): string {
  return Object.entries(step.set)
    .map(([column, value]) => `${quote(column)} = (${sqlFor(value, engine)})`)
    .join(', ');
}

/** A backfill as one statement: for scripts without a connection, and where all of a history is applied in one transaction. */
export function fillAtOnce(step: Backfill, engine: 'sqlite' | 'postgres', quote: (name: string) => string): string {
  return `UPDATE ${quote(step.table)} SET ${assignments(step, engine, quote)} WHERE ${sqlFor(step.where, engine)}`;
}

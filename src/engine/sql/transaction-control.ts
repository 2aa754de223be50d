import { type Statement, statementsOf } from './statements.ts';
import type { Dialect } from './tokens.ts';

const CONTROL = /^(?:BEGIN|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|START)$/;

/** True for a statement that begins or ends a transaction, or a part of one. */
export function controlsTransaction({ tokens: [first, second] }: Statement): boolean {
  return CONTROL.test(first?.value ?? '') || (first?.value === 'PREPARE' && second?.value === 'TRANSACTION');
}

/** The first statement of a text that begins or ends a transaction; what a trigger or a function stores for later is none. */
export function transactionControlIn(sql: string, dialect: Dialect): Statement | undefined {
  return statementsOf(sql, dialect).find(controlsTransaction);
}

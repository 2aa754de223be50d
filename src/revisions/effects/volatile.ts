import type { Token } from '../../engine/sql/tokens.ts';

/** Functions whose value is new for each row, among those people write into defaults. */
const VOLATILE = new Set([
  'RANDOM',
  'RANDOM_NORMAL',
  'GEN_RANDOM_UUID',
  'UUIDV4',
  'UUIDV7',
  'UUID_GENERATE_V1',
  'UUID_GENERATE_V1MC',
  'UUID_GENERATE_V4',
  'CLOCK_TIMESTAMP',
  'TIMEOFDAY',
  'NEXTVAL',
  'SETVAL',
  'TXID_CURRENT',
]);

/** `now()` and its kin are fixed for the statement: PostgreSQL stores their value once, beside the table. */
const STABLE = new Set([
  'NOW',
  'TRANSACTION_TIMESTAMP',
  'STATEMENT_TIMESTAMP',
  'CURRENT_SETTING',
  'LOWER',
  'UPPER',
  'COALESCE',
  'CAST',
]);

/** True when a default's value may differ from row to row; a function nobody here knows may. */
export function isVolatile(expression: readonly Token[]): boolean {
  return expression.some((token, i) => {
    if (token.kind !== 'word' || expression[i + 1]?.value !== '(') return false;
    return VOLATILE.has(token.value) || !STABLE.has(token.value);
  });
}

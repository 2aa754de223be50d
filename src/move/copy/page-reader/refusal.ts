/**
 * Why a row was not written. `short_record`: the row is older than a column (`ALTER TABLE ... ADD COLUMN` stores nothing in old rows); it is
 * sound, but only SQL knows its value. `negative_zero`: PostgreSQL would keep -0, SQLite compares and mostly stores it as 0.
 */
export const REFUSAL_REASONS = [
  'nul_character',
  'invalid_utf8',
  'wrong_storage_class',
  'out_of_range',
  'impossible_time',
  'not_canonical_time',
  'not_boolean',
  'null_in_required',
  'not_finite',
  'negative_zero',
  'short_record',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** A row that cannot be written without changing it, and the first column (in the order of the target) that says so. */
export interface Refusal {
  readonly rowid: bigint;
  readonly column: string;
  readonly reason: RefusalReason;
}

/** What the caller wants after a refused row: more rows, or to look at it first. */
export type AfterRefusal = 'go_on' | 'stop';

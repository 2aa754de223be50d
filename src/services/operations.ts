import type { Session } from '../db/database.ts';
import type { Card } from '../db/stores/cards.ts';
import { recordOperation, type Versioned } from '../db/stores/operations.ts';
import type { User } from '../db/stores/users.ts';
import { Timestamp } from '../schema/index.ts';

/** What is done to decks, notes, cards, exams and saved searches, and to how a student marks a card. */
export type OperationName =
  | 'change_deck'
  | 'delete_deck'
  | 'change_note'
  | 'delete_note'
  | 'change_card'
  | 'delete_card'
  | 'mark_card'
  | 'catch_up'
  | 'change_parameters'
  | 'import_cards'
  | 'change_exam'
  | 'delete_exam'
  | 'change_search'
  | 'delete_search'
  | 'find_replace'
  | 'mark_cards'
  | 'reset_cards'
  | 'set_due'
  | 'tag_notes'
  | 'move_notes'
  | 'delete_cards'
  | 'merge_duplicates'
  | 'delete_duplicates'
  | 'mark_duplicates';

/** A row before and after an operation. Of `was` only what is to be put back. */
export interface RowChange {
  readonly table: Versioned;
  readonly id: string;
  readonly was: Readonly<Record<string, unknown>>;
  /** The version that the operation left. */
  readonly left: string;
}

interface Row {
  readonly id: bigint;
  readonly updated_at: Timestamp;
}

/** The change of one row. @param names columns that are put back, with the version */
export function rowChange<R extends Row>(
  table: Versioned,
  before: R,
  after: Row,
  names: readonly (keyof R & string)[],
): RowChange {
  const kept = (value: unknown) => (value instanceof Timestamp ? value.text : value);
  const values = Object.fromEntries(names.map((name) => [name, kept(before[name])]));
  const version = before.updated_at.text === after.updated_at.text ? {} : { updated_at: before.updated_at.text };
  return { table, id: String(before.id), was: { ...values, ...version }, left: after.updated_at.text };
}

/** What of a change of many was taken back. */
export interface PutBack {
  readonly takenBack: number;
  /** A card of each that stays, of some of them. */
  readonly kept: readonly Pick<Card, 'front'>[];
  readonly keptCount: number;
}

/** A version that no row ever has. */
const NEVER_LEFT = 'by a newer version';

/**
 * A way back that is more than rows, as servers of before it see it: they know rows only, and one that is never as it was left keeps them from
 * saying that they took the operation back.
 */
export const beyondRows = <T extends object>(inverse: T): T & { readonly rows: readonly RowChange[] } => ({
  ...inverse,
  rows: [{ table: 'deck', id: '0', was: {}, left: NEVER_LEFT }],
});

/** The rows that are to be put back. */
export const realRows = (rows: readonly RowChange[]): readonly RowChange[] => rows.filter(({ left }) => left !== NEVER_LEFT);

/** Records what was done to rows, which are put back in this order. */
export async function recordRows(
  session: Session,
  user: User,
  name: OperationName,
  target: bigint,
  rows: readonly RowChange[],
): Promise<void> {
  await recordOperation(session, user.id, name, target, { rows });
}

import { sql } from 'kysely';
import { sqlFor, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { isReadable } from './readable.ts';
import { quarterOfColumn } from './review-counts.ts';

/** Whose cards are looked at: of one deck or of all. */
export interface CardScope {
  readonly userId: bigint;
  readonly deckId: bigint | undefined;
}

const quarter = ({ engine }: Session, column: string) => sql<number>`${sql.raw(sqlFor(quarterOfColumn(column), engine.name))}`;

/** States of cards that are still there, in decks the user may still read. */
function studiedCards({ kysely }: Session, { userId, deckId }: CardScope) {
  const cards = kysely
    .selectFrom('card_state')
    .innerJoin('card', 'card.id', 'card_state.card_id')
    .where('card_state.user_id', '=', userId)
    // Marked, or its only answer taken back: new.
    .where('card_state.review_count', '>', 0)
    .where('card.deleted_at', 'is', null);
  if (deckId !== undefined) return cards.where('card.deck_id', '=', deckId);
  // The decks once, not for each card.
  return cards.where('card.deck_id', 'in', (eb) =>
    eb
      .selectFrom('deck')
      .leftJoin('user_deck', (join) => join.onRef('user_deck.deck_id', '=', 'deck.id').on('user_deck.user_id', '=', userId))
      .select('deck.id')
      .where('deck.deleted_at', 'is', null)
      .where(isReadable()),
  );
}

/** Cards of the decks that the user holds, or of one deck. */
function heldCards({ kysely }: Session, { userId, deckId }: CardScope) {
  const cards = kysely.selectFrom('card').where('card.deleted_at', 'is', null);
  if (deckId !== undefined) return cards.where('card.deck_id', '=', deckId);
  return cards.where('card.deck_id', 'in', (eb) =>
    eb
      .selectFrom('user_deck')
      .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
      .select('user_deck.deck_id')
      .where('user_deck.user_id', '=', userId)
      .where('deck.deleted_at', 'is', null),
  );
}

/** Studied cards by the UTC quarter hour in which they fall due, before a time; those from another time on where it is given. */
export async function countDue(
  session: Session,
  scope: CardScope,
  before: Timestamp,
  from?: Timestamp,
): Promise<{ quarter: number; cards: number }[]> {
  const due = quarter(session, 'card_state.next_review');
  const rows = await studiedCards(session, scope)
    .select((eb) => [due.as('quarter_hour'), eb.fn.countAll<number>().as('cards')])
    .where('card_state.next_review', '<', before)
    .where('card_state.is_suspended', '=', false)
    .$if(from !== undefined, (query) => query.where('card_state.next_review', '>=', from as Timestamp))
    .groupBy(due)
    .execute();
  return rows.map((row) => ({ quarter: row.quarter_hour, cards: row.cards }));
}

/** Studied cards by their interval in days. */
export function countIntervals(session: Session, scope: CardScope): Promise<{ interval: number; cards: number }[]> {
  return studiedCards(session, scope)
    .select((eb) => ['card_state.interval', eb.fn.countAll<number>().as('cards')])
    .groupBy('card_state.interval')
    .execute();
}

/** What is known of a studied card's memory; `stability` and `difficulty` of cards that FSRS answers alone. */
export interface CardMemory {
  readonly stability: number | null;
  readonly difficulty: number | null;
  /** The UTC quarter hour of its last answer. */
  readonly quarter: number;
}

/** The memories of studied cards, in the order of the cards: a sum of them is the same on every engine. */
export function readMemories(session: Session, scope: CardScope): Promise<CardMemory[]> {
  const answered = sql<number>`coalesce(${quarter(session, 'card_state.answered_at')}, ${quarter(session, 'card_state.last_reviewed_at')})`;
  return studiedCards(session, scope)
    .select((eb) => {
      // A release that knows nothing of memories has answered it since: what is kept is of before (`isBehind`).
      const isKept = eb('card_state.standing_at', '=', eb.ref('card_state.last_reviewed_at'));
      return [
        eb.case().when(isKept).then(eb.ref('card_state.stability')).end().as('stability'),
        eb.case().when(isKept).then(eb.ref('card_state.difficulty')).end().as('difficulty'),
        answered.as('quarter'),
      ];
    })
    .orderBy('card_state.card_id')
    .execute();
}

/** Cards that the user has not studied yet. */
export async function countNew(session: Session, scope: CardScope): Promise<number> {
  const row = await heldCards(session, scope)
    .leftJoin('card_state', (join) =>
      join.onRef('card_state.card_id', '=', 'card.id').on('card_state.user_id', '=', scope.userId),
    )
    .where((eb) => eb.or([eb('card_state.card_id', 'is', null), eb('card_state.review_count', '=', 0)]))
    .select((eb) => eb.fn.countAll<number>().as('cards'))
    .executeTakeFirstOrThrow();
  return row.cards;
}

/** Cards by the UTC quarter hour in which they were made. */
export async function countAdded(
  session: Session,
  scope: CardScope,
  from: Timestamp,
): Promise<{ quarter: number; cards: number }[]> {
  const made = quarter(session, 'card.created_at');
  const rows = await heldCards(session, scope)
    .select((eb) => [made.as('quarter_hour'), eb.fn.countAll<number>().as('cards')])
    .where('card.created_at', '>=', from)
    .groupBy(made)
    .execute();
  return rows.map((row) => ({ quarter: row.quarter_hour, cards: row.cards }));
}

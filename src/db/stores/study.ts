import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type CardState = RowOf<typeof flashcase.tables.card_state>;
export type StudyLog = RowOf<typeof flashcase.tables.study_log>;

/** A card of a study session with where its student stands; the last fields are NULL for a card never studied. */
export interface DueCard {
  readonly id: bigint;
  readonly deck_id: bigint;
  readonly front: string;
  readonly back: string;
  readonly ease_factor: number | null;
  readonly interval: number | null;
  readonly repetitions: number | null;
  readonly next_review: Timestamp | null;
}

/** Cards of a deck due at `now`, longest due first, new ones last: one query whatever the size. */
export function listDueCards(
  session: Session,
  userId: bigint,
  deckId: bigint,
  now: Timestamp,
  limit: number,
): Promise<DueCard[]> {
  return session.kysely
    .selectFrom('card')
    .leftJoin('card_state', (join) => join.onRef('card_state.card_id', '=', 'card.id').on('card_state.user_id', '=', userId))
    .select([
      'card.id',
      'card.deck_id',
      'card.front',
      'card.back',
      'card_state.ease_factor',
      'card_state.interval',
      'card_state.repetitions',
      'card_state.next_review',
    ])
    .where('card.deck_id', '=', deckId)
    .where('card.deleted_at', 'is', null)
    .where((eb) => eb.or([eb('card_state.next_review', 'is', null), eb('card_state.next_review', '<=', now)]))
    .orderBy((eb) => eb.case().when('card_state.next_review', 'is', null).then(1).else(0).end())
    .orderBy('card_state.next_review')
    .orderBy('card.id')
    .limit(limit)
    .execute();
}

export function findReceipt(session: Session, userId: bigint, idempotencyId: string): Promise<StudyLog | undefined> {
  return session.kysely
    .selectFrom('review_receipt')
    .innerJoin('study_log', (join) =>
      join
        .onRef('study_log.user_id', '=', 'review_receipt.user_id')
        .onRef('study_log.reviewed_at', '=', 'review_receipt.reviewed_at')
        .onRef('study_log.id', '=', 'review_receipt.study_log_id'),
    )
    .selectAll('study_log')
    .where('review_receipt.user_id', '=', userId)
    .where('review_receipt.idempotency_id', '=', idempotencyId)
    .executeTakeFirst();
}

/**
 * The state of a card, made new when it has none, held until the end of this unit of work: reviews of one card by one user come one
 * after the other, so that replaying the log gives every stored state.
 */
export async function takeCardState(
  session: Session,
  userId: bigint,
  cardId: bigint,
  initial: Omit<CardState, 'user_id' | 'card_id'>,
): Promise<CardState> {
  const find = () => {
    const query = session.kysely.selectFrom('card_state').selectAll().where('user_id', '=', userId).where('card_id', '=', cardId);
    return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
  };
  const existing = await find();
  if (existing !== undefined) return existing;
  await session.kysely
    .insertInto('card_state')
    .values({ user_id: userId, card_id: cardId, ...initial })
    .onConflict((conflict) => conflict.columns(['user_id', 'card_id']).doNothing())
    .execute();
  return (await find()) as CardState;
}

export async function saveCardState(
  session: Session,
  userId: bigint,
  cardId: bigint,
  values: Omit<CardState, 'user_id' | 'card_id'>,
): Promise<void> {
  await session.kysely
    .updateTable('card_state')
    .set(checked(flashcase.tables.card_state, values))
    .where('user_id', '=', userId)
    .where('card_id', '=', cardId)
    .execute();
}

export function insertStudyLog(
  session: Session,
  userId: bigint,
  values: Omit<StudyLog, 'id' | 'user_id'>,
): Promise<{ id: bigint }> {
  return session.kysely
    .insertInto('study_log')
    .values(checked(flashcase.tables.study_log, { user_id: userId, ...values }))
    .returning('id')
    .executeTakeFirstOrThrow();
}

export async function insertReceipt(
  session: Session,
  userId: bigint,
  values: { idempotency_id: string; study_log_id: bigint; reviewed_at: Timestamp },
): Promise<void> {
  await session.kysely
    .insertInto('review_receipt')
    .values(checked(flashcase.tables.review_receipt, { user_id: userId, ...values }))
    .execute();
}

/** Counts one review of a user in a deck. */
export async function countReview(
  session: Session,
  userId: bigint,
  deckId: bigint,
  rating: number,
  reviewedAt: Timestamp,
): Promise<void> {
  await session.kysely
    .insertInto('user_deck_stats')
    .values({
      user_id: userId,
      deck_id: deckId,
      review_count: 1,
      rating_count: 1,
      rating_sum: BigInt(rating),
      last_studied: reviewedAt,
    })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'deck_id']).doUpdateSet((eb) => ({
        review_count: eb('user_deck_stats.review_count', '+', 1),
        rating_count: eb('user_deck_stats.rating_count', '+', 1),
        rating_sum: eb('user_deck_stats.rating_sum', '+', BigInt(rating)),
        last_studied: reviewedAt,
      })),
    )
    .execute();
}

import type { Session } from '../db/database.ts';
import { findCard } from '../db/stores/cards.ts';
import {
  countReview,
  type DueCard,
  findReceipt,
  insertReceipt,
  insertStudyLog,
  listDueCards,
  type StudyLog,
  saveCardState,
  takeCardState,
} from '../db/stores/study.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { NEW_CARD, review } from '../study/sm2.ts';
import { readableDeck } from './decks.ts';

export interface StudyCard extends Omit<DueCard, 'ease_factor' | 'interval' | 'repetitions' | 'next_review'> {
  readonly ease_factor: number;
  readonly interval: number;
  readonly repetitions: number;
  readonly due_date: Timestamp;
}

/** The cards of a deck that are due, longest due first; cards never studied are due now and come last. */
export async function studySession(session: Session, user: User, deckId: bigint, limit: number): Promise<StudyCard[]> {
  await readableDeck(session, user, deckId);
  const now = session.clock.now();
  const cards = await listDueCards(session, user.id, deckId, now, limit);
  return cards.map(({ next_review, ease_factor, interval, repetitions, ...card }) => ({
    ...card,
    ease_factor: ease_factor ?? NEW_CARD.easeFactor,
    interval: interval ?? NEW_CARD.interval,
    repetitions: repetitions ?? NEW_CARD.repetitions,
    due_date: next_review ?? now,
  }));
}

export interface ReviewAnswer {
  readonly card_id: bigint;
  readonly quality: number;
  readonly new_ease_factor: number;
  readonly new_interval: number;
  readonly new_repetitions: number;
  readonly next_due_date: Timestamp;
}

/**
 * Records one review: a row of the log, the card's state, the counters, all in this unit of work.
 * With an idempotency id a repeated call gets its first answer and records nothing; the same id for another review is refused
 * (`FC_CONFLICT`).
 */
export async function recordReview(
  session: Session,
  user: User,
  cardId: bigint,
  quality: number,
  idempotencyId: string | undefined,
): Promise<ReviewAnswer> {
  if (quality < 0 || quality > 5) throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Quality must be between 0 and 5' });
  const card = await findCard(session, user.id, cardId);
  if (card === undefined) {
    // A deck closed or deleted since then does not take back what was acknowledged.
    const first = idempotencyId === undefined ? undefined : await findReceipt(session, user.id, idempotencyId);
    if (first?.card_id === cardId) return repeatedAnswer(first, cardId, quality);
    throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  }
  const now = session.clock.now();
  const state = await takeCardState(session, user.id, cardId, {
    ease_factor: NEW_CARD.easeFactor,
    interval: NEW_CARD.interval,
    repetitions: NEW_CARD.repetitions,
    last_rating: null,
    next_review: now,
    last_reviewed_at: now,
    review_count: 0,
  });
  // Looked up after the card is held: a retry that overtakes its first try waits for it here and finds its receipt.
  if (idempotencyId !== undefined) {
    const first = await findReceipt(session, user.id, idempotencyId);
    if (first !== undefined) return repeatedAnswer(first, cardId, quality);
  }
  const next = review({ easeFactor: state.ease_factor, interval: state.interval, repetitions: state.repetitions }, quality);
  // A clock that stepped back must not put this review before the last one: the log is replayed in this order.
  const reviewedAt =
    state.review_count > 0 && !state.last_reviewed_at.isBefore(now) ? state.last_reviewed_at.plusMicros(1n) : now;
  const dueDate = reviewedAt.plusDays(next.interval);
  const stored = {
    ease_factor: next.easeFactor,
    interval: next.interval,
    repetitions: next.repetitions,
    last_rating: quality,
    next_review: dueDate,
  };
  const { id } = await insertStudyLog(session, user.id, {
    ...stored,
    card_id: cardId,
    reviewed_at: reviewedAt,
    due_date: dueDate,
    created_at: reviewedAt,
    idempotency_id: idempotencyId ?? null,
  });
  await saveCardState(session, user.id, cardId, {
    ...stored,
    last_reviewed_at: reviewedAt,
    review_count: state.review_count + 1,
  });
  await countReview(session, user.id, card.deck_id, quality, reviewedAt);
  if (idempotencyId !== undefined)
    await insertReceipt(session, user.id, { idempotency_id: idempotencyId, study_log_id: id, reviewed_at: reviewedAt });
  return {
    card_id: cardId,
    quality,
    new_ease_factor: next.easeFactor,
    new_interval: next.interval,
    new_repetitions: next.repetitions,
    next_due_date: dueDate,
  };
}

function repeatedAnswer(first: StudyLog, cardId: bigint, quality: number): ReviewAnswer {
  if (first.card_id !== cardId || first.last_rating !== quality) {
    throw new FlashcaseError('FC_CONFLICT', {
      what: 'This Idempotency-Key belongs to another review',
      hint: 'Use a new random key for each review.',
    });
  }
  return {
    card_id: first.card_id,
    quality,
    new_ease_factor: first.ease_factor,
    new_interval: first.interval,
    new_repetitions: first.repetitions ?? 0,
    next_due_date: first.due_date,
  };
}

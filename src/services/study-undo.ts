import type { Session } from '../db/database.ts';
import { findCard } from '../db/stores/cards.ts';
import { findReceipt, type StudyLog } from '../db/stores/study.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { isDateAlone } from '../study/replay.ts';
import { amendLog } from './amend-log.ts';
import { givenAt, historyOf, holdCard, isLate, makeMonthOf, otherRequest, timeOfRow } from './study.ts';
import { type UndoAnswer, undoAnswer } from './study-answers.ts';
import { keptStudySettings } from './study-settings.ts';

export interface UndoInput {
  /** The Idempotency-Key of the review to take back; without it the card's last one. */
  readonly reviewId?: string | undefined;
  readonly idempotencyId?: string | undefined;
  /** When the student took it back, where that is not now: on a train without a connection. */
  readonly undoneAt?: Timestamp | undefined;
}

/**
 * Takes a review of a card back, the one of a key or the last: a row of the log that says so, the card's state and the counters as if it
 * had never been given. The log itself keeps every row. An undo stands in the log where its student made it, so that what they answered
 * next keeps its own time; answers that another device gave in between rest on what is left. One that was taken back before is refused
 * (`FC_CONFLICT`). A repeated call with the same key gets its first answer.
 */
export async function undoReview(session: Session, user: User, cardId: bigint, input: UndoInput): Promise<UndoAnswer> {
  const { reviewId, idempotencyId } = input;
  const card = await findCard(session, user.id, cardId);
  if (card === undefined) {
    // A deck closed or deleted since then does not take back what was acknowledged.
    const first = idempotencyId === undefined ? undefined : await findReceipt(session, user.id, idempotencyId);
    if (first?.card_id === cardId) return repeatedUndo(first, cardId);
    throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  }
  await makeMonthOf(session, givenAt(card, session.clock.now(), input.undoneAt));
  const { state } = await holdCard(session, user, card);
  if (idempotencyId !== undefined) {
    const first = await findReceipt(session, user.id, idempotencyId);
    if (first !== undefined) return repeatedUndo(first, cardId);
  }
  const wanted = reviewId === undefined ? undefined : await findReceipt(session, user.id, reviewId);
  if (reviewId !== undefined && wanted?.card_id !== cardId) {
    throw new FlashcaseError('FC_NOT_FOUND', { what: 'There is no review of this card with this key' });
  }
  const history = await historyOf(session, user.id, cardId);
  // A date that was given since stays given.
  const target =
    wanted === undefined ? history.findLast(({ row }) => !isDateAlone(row)) : history.find(({ row }) => row.id === wanted.id);
  if (target === undefined && wanted !== undefined) {
    throw new FlashcaseError('FC_CONFLICT', { what: 'This answer was taken back before', hint: 'Nothing is left to be done.' });
  }
  // Where an import or its student put a card is no answer.
  if (target === undefined || target.row.kind === 'manual') {
    throw new FlashcaseError('FC_CONFLICT', { what: 'This card has no review to take back' });
  }
  const settings = await keptStudySettings(session, user.id);
  const now = session.clock.now();
  const told = givenAt(card, now, input.undoneAt);
  const earliest = target.row.reviewedAt.isBefore(told) ? told : target.row.reviewedAt.plusMicros(1n);
  const at = isLate(state, earliest, input.undoneAt) ? earliest : timeOfRow(state, earliest);
  return undoAnswer(
    await amendLog(session, user, { card, state }, { kind: 'undo', at, undoes: target.row.id, idempotencyId }, settings),
  );
}

function repeatedUndo(first: StudyLog, cardId: bigint): UndoAnswer {
  if (first.card_id !== cardId || first.kind !== 'undo') throw otherRequest();
  return undoAnswer(first);
}

import type { Session } from '../db/database.ts';
import { findCard } from '../db/stores/cards.ts';
import { uncountReview } from '../db/stores/deck-stats.ts';
import { uncountOutcome } from '../db/stores/review-counts.ts';
import { columnsOf, stateColumnsOf } from '../db/stores/standing.ts';
import { findReceipt, insertReceipt, insertStudyLog, type StudyLog, saveCardState, saveMarks } from '../db/stores/study.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { outcomeOf } from '../study/outcome.ts';
import { standingAfter } from '../study/replay.ts';
import { momentOf } from '../study/schedulers.ts';
import { isLeech } from '../study/settings.ts';
import { givenAt, historyOf, holdCard, otherRequest, timeOfRow } from './study.ts';
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
 * Takes the last review of a card back: a row of the log that says so, the card's state and the counters as they were before. The log
 * itself keeps every row. An undo stands in the log where its student made it, so that what they answered next keeps its own time. A review that is not the card's last one is refused (`FC_CONFLICT`): later ones rest on it. A repeated call with
 * the same key gets its first answer.
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
  const last = history.at(-1);
  // Where an import put a card is no answer of its student's.
  if (last === undefined || last.row.kind === 'manual') {
    throw new FlashcaseError('FC_CONFLICT', { what: 'This card has no review to take back' });
  }
  if (wanted !== undefined && wanted.id !== last.row.id) {
    throw new FlashcaseError('FC_CONFLICT', {
      what: 'Only the last review of a card can be taken back',
      why: 'This one was taken back before, or the card was answered again since.',
      hint: 'Take the later answers back first.',
    });
  }
  const settings = await keptStudySettings(session, user.id);
  const now = session.clock.now();
  const at = timeOfRow(state, givenAt(card, now, input.undoneAt));
  const before = standingAfter(history.slice(0, -1));
  const row = {
    ...columnsOf(before, at),
    // No answer was given: what counts ratings must not count the one of before once more.
    last_rating: null,
    card_id: cardId,
    reviewed_at: at,
    due_date: before.due ?? at,
    created_at: now,
    idempotency_id: idempotencyId ?? null,
    kind: 'undo',
    grade: null,
    settings_version: settings.version,
    elapsed_days: momentOf(cardId, before, at, settings).elapsedDays,
    duration_ms: null,
    undoes: last.row.id,
  };
  const { id } = await insertStudyLog(session, user.id, row);
  await saveCardState(session, user.id, cardId, stateColumnsOf(before, at));
  // The answer had set the card aside; without it, it comes again.
  if (state.is_suspended && settings.suspendsLeeches && isLeech(before.lapses, last.standing.lapses, settings.leechThreshold))
    await saveMarks(session, user.id, cardId, { is_suspended: false });
  await uncountReview(session, user.id, card.deck_id, last.row.quality ?? null);
  await uncountOutcome(session, user.id, card.deck_id, outcomeOf({ ...last.row, at: last.row.reviewedAt }, before));
  if (idempotencyId !== undefined)
    await insertReceipt(session, user.id, { idempotency_id: idempotencyId, study_log_id: id, reviewed_at: at });
  return undoAnswer({ ...row, id, user_id: user.id });
}

function repeatedUndo(first: StudyLog, cardId: bigint): UndoAnswer {
  if (first.card_id !== cardId || first.kind !== 'undo') throw otherRequest();
  return undoAnswer(first);
}

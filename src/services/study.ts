import type { Session } from '../db/database.ts';
import { findCard, type VisibleCard } from '../db/stores/cards.ts';
import { countReview } from '../db/stores/deck-stats.ts';
import { countOutcome } from '../db/stores/review-counts.ts';
import { columnsOf, isBehind, loggedReviewOf, standingOfState, stateColumnsOf } from '../db/stores/standing.ts';
import {
  type CardState,
  type DueCard,
  findReceipt,
  insertReceipt,
  insertStudyLog,
  listCardLog,
  listDueCards,
  type StudyLog,
  saveCardState,
  saveMarks,
  takeCardState,
} from '../db/stores/study.ts';
import { listStudySettings } from '../db/stores/study-settings.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { makeMonthsFor } from '../ops/partition/keep-months.ts';
import { REVIEWS } from '../ops/partition/partitioned.ts';
import type { Timestamp } from '../schema/index.ts';
import { monthOf } from '../schema/month.ts';
import { type Answer, type Grade, gradeOf, qualityOf } from '../study/grade.ts';
import { outcomeOf } from '../study/outcome.ts';
import { type History, kindOf, replay, withMemory } from '../study/replay.ts';
import { momentOf, schedulerOf } from '../study/schedulers.ts';
import type { StudySettings } from '../study/settings.ts';
import { NEW_CARD } from '../study/sm2.ts';
import type { Standing } from '../study/standing.ts';
import { amendLog } from './amend-log.ts';
import { readableDeck } from './decks.ts';
import { dueLoad } from './due-load.ts';
import { type ReviewAnswer, reviewAnswer } from './study-answers.ts';
import { keptStudySettings } from './study-settings.ts';

export interface StudyCard extends Omit<DueCard, 'ease_factor' | 'interval' | 'repetitions' | 'next_review'> {
  readonly ease_factor: number;
  readonly interval: number;
  readonly repetitions: number;
  readonly due_date: Timestamp;
}

/**
 * The cards of a deck that are due, longest due first; cards never studied are due now and come last. As the original gave them: without
 * a day's limits, for clients that ask for as many as they want.
 */
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

/** What a client says of a review. A grade or a quality; clients of version 1 know the quality only. */
export interface ReviewInput {
  readonly quality?: number | undefined;
  readonly grade?: number | undefined;
  /** When the answer was given, where that is not now: on a train without a connection. */
  readonly answeredAt?: Timestamp | undefined;
  readonly durationMs?: number | undefined;
  /** The days that its button promised. */
  readonly promised?: number | undefined;
  readonly idempotencyId?: string | undefined;
}

/** A client's clock stopped, or its owner went for lunch: longer is not time spent on a card. */
export const LONGEST_MS = 300_000;

/** The answer in both forms. A client may send both where they say the same. */
function answerIn({ quality, grade }: ReviewInput): Answer {
  if (quality === undefined && grade === undefined) {
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'A grade (1 to 4) or a quality (0 to 5) is needed' });
  }
  if (quality !== undefined && (quality < 0 || quality > 5)) {
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Quality must be between 0 and 5' });
  }
  if (grade !== undefined && (grade < 1 || grade > 4)) {
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Grade must be between 1 and 4' });
  }
  const known = quality ?? qualityOf(grade as Grade);
  if (grade !== undefined && gradeOf(known) !== grade) {
    throw new FlashcaseError('FC_BAD_REQUEST', { what: `Grade ${grade} and quality ${known} are two different answers` });
  }
  return { grade: gradeOf(known), quality: known };
}

/** A card with everything its next review or undo needs; held until the end of the unit of work. */
export interface HeldCard {
  readonly card: VisibleCard;
  readonly state: CardState;
}

/** Takes the state of a card, made new where it has none: reviews of one card by one user come one after the other. */
export async function holdCard(session: Session, user: User, card: VisibleCard): Promise<HeldCard> {
  const now = session.clock.now();
  const state = await takeCardState(session, user.id, card.id, {
    ease_factor: NEW_CARD.easeFactor,
    interval: NEW_CARD.interval,
    repetitions: NEW_CARD.repetitions,
    last_rating: null,
    next_review: now,
    last_reviewed_at: now,
    review_count: 0,
    phase: 'new',
  });
  return { card, state };
}

/** A card's history, replayed from its log. */
export async function historyOf(session: Session, userId: bigint, cardId: bigint): Promise<History> {
  const log = await listCardLog(session, userId, cardId);
  const settings = await listStudySettings(session, userId);
  return replay(cardId, log.map(loggedReviewOf), (version) => settings.get(version));
}

/** Where a held card stands, with the memory its scheduler needs. Its log is read only where its row does not say. */
async function standingOf(session: Session, userId: bigint, state: CardState, settings: StudySettings): Promise<Standing> {
  const standing = standingOfState(state);
  const hasMemory = standing.phase === 'new' || standing.memory !== undefined || settings.scheduler === 'sm2';
  if (hasMemory && !isBehind(state)) return standing;
  return withMemory(await historyOf(session, userId, state.card_id), settings);
}

/** The time of a new row of the log: after the one before it, whatever the clocks say, because the log is replayed in this order. */
export function timeOfRow(state: CardState, wanted: Timestamp): Timestamp {
  const hasRows = state.review_count > 0 || state.standing_at !== null;
  return hasRows && !state.last_reviewed_at.isBefore(wanted) ? state.last_reviewed_at.plusMicros(1n) : wanted;
}

/** Clocks differ by this much without being wrong. */
const CLOCK_SECONDS = 300;

/** A client whose clock says more has no clock. */
const LONGEST_LATE_DAYS = 3652;

/**
 * When an undo was made, or a card crammed: as the client says, but not before the card was there, not in the future, and not more than ten
 * years ago.
 */
export function givenAt(card: VisibleCard, now: Timestamp, given: Timestamp | undefined): Timestamp {
  if (given === undefined || now.isBefore(given)) return now;
  const oldest = now.plusDays(-LONGEST_LATE_DAYS);
  const told = given.isBefore(oldest) ? oldest : given;
  return told.isBefore(card.created_at) ? (now.isBefore(card.created_at) ? now : card.created_at) : told;
}

/** When an answer was given. A time that cannot be is refused (`FC_ANSWER_TIME`): a schedule that rests on it would be wrong for months. */
function answeredAt(card: VisibleCard, now: Timestamp, told: Timestamp | undefined): Timestamp {
  if (told !== undefined && now.plusSeconds(CLOCK_SECONDS).isBefore(told)) {
    throw new FlashcaseError('FC_ANSWER_TIME', {
      what: 'This answer was given in the future, by the clock of its device',
      why: `It says ${told.text} UTC, and it is ${now.text} UTC.`,
      hint: 'Correct the clock, or send the answer without answered_at: it then counts from now.',
    });
  }
  if (told?.plusSeconds(CLOCK_SECONDS).isBefore(card.created_at)) {
    throw new FlashcaseError('FC_ANSWER_TIME', {
      what: 'This answer was given before its card was there, by the clock of its device',
      why: `It says ${told.text} UTC, and the card was made at ${card.created_at.text} UTC.`,
      hint: 'Correct the clock, or send the answer without answered_at: it then counts from now.',
    });
  }
  return givenAt(card, now, told);
}

/** Whether something was given before what the log has of its card already: by another device, while this one had no connection. */
export const isLate = (state: CardState, at: Timestamp, told: Timestamp | undefined): boolean =>
  told !== undefined && (state.review_count > 0 || state.standing_at !== null) && at.isBefore(state.last_reviewed_at);

/** An answer that comes later than this may be older than the months there are. */
const LATE_DAYS = 31;

/** Makes the month of a row of the log, where it is stored by months and the row comes late. Before its unit of work touches the log. */
export async function makeMonthOf(session: Session, at: Timestamp): Promise<void> {
  if (!at.isBefore(session.clock.now().plusDays(-LATE_DAYS))) return;
  try {
    await makeMonthsFor(session.engine, REVIEWS, [monthOf(at)], session.connection);
  } catch (error) {
    // Where this server may not make it, or cannot now, the answer waits in the default partition for whoever may: it is not refused.
    if (!(error instanceof FlashcaseError) || !error.code.startsWith('FC_PARTITION_')) throw error;
  }
}

/**
 * Records one review: a row of the log, the card's state, the counters, all in this unit of work. One that was given before others that
 * are there already takes its place among them (`amendLog`).
 * With an idempotency id a repeated call gets its first answer and records nothing; the same id for another review is refused
 * (`FC_CONFLICT`).
 */
export async function recordReview(session: Session, user: User, cardId: bigint, input: ReviewInput): Promise<ReviewAnswer> {
  const answer = answerIn(input);
  const { idempotencyId } = input;
  const card = await findCard(session, user.id, cardId);
  if (card === undefined) {
    // A deck closed or deleted since then does not take back what was acknowledged.
    const first = idempotencyId === undefined ? undefined : await findReceipt(session, user.id, idempotencyId);
    if (first?.card_id === cardId) return repeatedAnswer(session, first, cardId, answer);
    throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  }
  await makeMonthOf(session, givenAt(card, session.clock.now(), input.answeredAt));
  const { state } = await holdCard(session, user, card);
  // Looked up after the card is held: a retry that overtakes its first try waits for it here and finds its receipt.
  if (idempotencyId !== undefined) {
    const first = await findReceipt(session, user.id, idempotencyId);
    if (first !== undefined) return repeatedAnswer(session, first, cardId, answer);
  }
  const settings = await keptStudySettings(session, user.id);
  const now = session.clock.now();
  const given = answeredAt(card, now, input.answeredAt);
  const load = await dueLoad(session, user.id, settings);
  const durationMs = input.durationMs === undefined ? null : Math.min(Math.max(input.durationMs, 0), LONGEST_MS);
  if (isLate(state, given, input.answeredAt)) {
    const late = {
      kind: 'answer',
      at: given,
      quality: answer.quality,
      durationMs,
      idempotencyId,
      promised: input.promised,
    } as const;
    return reviewAnswer(await amendLog(session, user, { card, state }, late, settings), settings, load);
  }
  const before = await standingOf(session, user.id, state, settings);
  const at = timeOfRow(state, given);
  const moment = { ...momentOf(cardId, before, at, settings, load), promised: input.promised };
  const after = schedulerOf(settings.scheduler).answer(before, answer, moment);
  const row = {
    ...columnsOf(after, at),
    card_id: cardId,
    reviewed_at: at,
    due_date: after.due as Timestamp,
    created_at: now,
    idempotency_id: idempotencyId ?? null,
    kind: kindOf(before),
    grade: answer.grade,
    settings_version: settings.version,
    elapsed_days: moment.elapsedDays,
    duration_ms: durationMs,
    undoes: null,
  };
  const { id } = await insertStudyLog(session, user.id, row);
  await saveCardState(session, state, stateColumnsOf(after, at));
  await countReview(session, user.id, card.deck_id, answer.quality, at);
  await countOutcome(
    session,
    user.id,
    card.deck_id,
    outcomeOf({ at, quality: answer.quality, durationMs: row.duration_ms ?? undefined }, before),
  );
  if (idempotencyId !== undefined)
    await insertReceipt(session, user.id, { idempotency_id: idempotencyId, study_log_id: id, reviewed_at: at });
  const told = reviewAnswer({ ...row, id, user_id: user.id }, settings, load);
  if (told.is_leech && settings.suspendsLeeches) await saveMarks(session, user.id, cardId, { is_suspended: true });
  return told;
}

async function repeatedAnswer(session: Session, first: StudyLog, cardId: bigint, { quality }: Answer): Promise<ReviewAnswer> {
  if (first.card_id !== cardId || first.last_rating !== quality || first.kind === 'undo' || first.kind === 'cram')
    throw otherRequest();
  const versions = await listStudySettings(session, first.user_id);
  const settings = first.settings_version === null ? undefined : versions.get(first.settings_version);
  return reviewAnswer(first, settings, settings && (await dueLoad(session, first.user_id, settings)));
}

/** The refusal of a key that was used before for something else. */
export const otherRequest = (): FlashcaseError =>
  new FlashcaseError('FC_CONFLICT', {
    what: 'This Idempotency-Key belongs to another review',
    hint: 'Use a new random key for each review.',
  });

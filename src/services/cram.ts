import type { Session } from '../db/database.ts';
import { findCard } from '../db/stores/cards.ts';
import { type CardChoice, type ChosenCard, listFullCards } from '../db/stores/exam-cards.ts';
import { tagsOf } from '../db/stores/notes.ts';
import { columnsOf, isBehind, standingOfState, stateColumnsOf } from '../db/stores/standing.ts';
import { findReceipt, insertReceipt, insertStudyLog, type StudyLog, saveCardState } from '../db/stores/study.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { type Grade, qualityOf } from '../study/grade.ts';
import { MemoryFormulas } from '../study/memory-formulas.ts';
import { standingAfter } from '../study/replay.ts';
import { momentOf } from '../study/schedulers.ts';
import { studyCalendar } from '../study/study-calendar.ts';
import { studyDay } from '../study/study-day.ts';
import { readableDeck } from './decks.ts';
import { readExamCards } from './exam-cards.ts';
import { ownExam } from './exams.ts';
import { givenAt, historyOf, holdCard, LONGEST_MS, makeMonthOf, otherRequest, timeOfRow } from './study.ts';
import { keptStudySettings, studySettings } from './study-settings.ts';

/** A card to cram, with what its row in the table of weak topics is called by. */
export interface CramCard {
  readonly id: bigint;
  readonly deck_id: bigint;
  readonly deck_name: string;
  readonly tags: readonly string[];
  readonly front: string;
  readonly back: string;
  readonly front_html: string | null;
  readonly back_html: string | null;
  readonly answer: string | null;
  /** The probability that it is known now; NULL for a card never studied. */
  readonly recall: number | null;
}

export interface CramQueue {
  /** Cards that could be crammed; the answer has the weakest of them. */
  readonly total: number;
  readonly cards: readonly CramCard[];
}

/** What is crammed: a deck, or the cards of an exam. */
export interface CramQuestion {
  readonly deck_id?: bigint | undefined;
  readonly exam_id?: bigint | undefined;
}

async function choiceOf(session: Session, user: User, { deck_id, exam_id }: CramQuestion): Promise<CardChoice> {
  if ((deck_id === undefined) === (exam_id === undefined)) {
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Say what to cram: one deck_id or one exam_id' });
  }
  if (exam_id !== undefined) return ownExam(session, user, exam_id);
  await readableDeck(session, user, deck_id as bigint);
  return { decks: [deck_id as bigint], tags: [] };
}

/** Cards to go through without moving any date: those least likely to be known first, those never studied last. */
export async function cramQueue(session: Session, user: User, question: CramQuestion, limit: number): Promise<CramQueue> {
  const choice = await choiceOf(session, user, question);
  const settings = await studySettings(session, user.id);
  const now = session.clock.now();
  const today = studyDay(now, settings);
  const calendar = studyCalendar(settings.timeZone, settings.rolloverHour);
  const { decks, rows, cards } = await readExamCards(session, user.id, choice, { settings, today, calendar, now });
  const formulas = new MemoryFormulas(settings.weights);
  const recallOf = (place: number): number | undefined =>
    cards.isNew(place) ? undefined : formulas.recall(-(cards.lastDay[place] as number), cards.stability[place] as number);
  const ordered = rows
    .map((row, place) => ({ row, recall: recallOf(place), place }))
    .toSorted((a, b) => (a.recall ?? 2) - (b.recall ?? 2) || a.place - b.place)
    .slice(0, limit);
  const full = await listFullCards(
    session,
    user.id,
    ordered.map(({ row }) => row.id),
  );
  const texts = new Map(full.map((card) => [card.id, card]));
  const names = new Map(decks.map(({ id, name }) => [id, name]));
  const notes = await notesOf(
    session,
    ordered.map(({ row }) => row),
  );
  return {
    total: rows.length,
    cards: ordered.flatMap(({ row, recall }) => {
      const card = texts.get(row.id);
      if (card === undefined) return [];
      return [
        {
          id: card.id,
          deck_id: card.deck_id,
          deck_name: names.get(card.deck_id) as string,
          tags: row.note_id === null ? [] : (notes.get(row.note_id) ?? []),
          front: card.front,
          back: card.back,
          front_html: card.front_html,
          back_html: card.back_html,
          answer: card.answer,
          recall: recall ?? null,
        },
      ];
    }),
  };
}

const notesOf = (session: Session, rows: readonly ChosenCard[]): Promise<Map<bigint, string[]>> =>
  tagsOf(session, [...new Set(rows.flatMap(({ note_id }) => (note_id === null ? [] : [note_id])))]);

export interface CramInput {
  readonly grade: number;
  readonly answeredAt?: Timestamp | undefined;
  readonly durationMs?: number | undefined;
  readonly idempotencyId?: string | undefined;
}

export interface CramAnswer {
  readonly card_id: bigint;
  readonly grade: number;
  /** As it was before: cramming moves no date. */
  readonly due_date: Timestamp | null;
}

const cramAnswer = (row: Pick<StudyLog, 'card_id' | 'grade' | 'due_date' | 'review_count'>): CramAnswer => ({
  card_id: row.card_id,
  grade: row.grade as number,
  due_date: row.review_count === 0 ? null : row.due_date,
});

/**
 * Records an answer that changes nothing: a row of the log of kind `cram`, which replays, limits and statistics leave out. The card's row
 * takes down only that its log has a newer row. With an idempotency id a repeated call gets its first answer.
 */
export async function recordCram(session: Session, user: User, cardId: bigint, input: CramInput): Promise<CramAnswer> {
  const { idempotencyId } = input;
  const card = await findCard(session, user.id, cardId);
  if (card === undefined) {
    // A deck closed or deleted since then does not take back what was acknowledged.
    const first = idempotencyId === undefined ? undefined : await findReceipt(session, user.id, idempotencyId);
    if (first?.card_id === cardId) return repeatedCram(first, cardId, input);
    throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  }
  await makeMonthOf(session, givenAt(card, session.clock.now(), input.answeredAt));
  const { state } = await holdCard(session, user, card);
  if (idempotencyId !== undefined) {
    const first = await findReceipt(session, user.id, idempotencyId);
    if (first !== undefined) return repeatedCram(first, cardId, input);
  }
  const settings = await keptStudySettings(session, user.id);
  const told = isBehind(state) ? standingAfter(await historyOf(session, user.id, cardId)) : standingOfState(state);
  // A card that was made new again keeps when that was: its log says so.
  const isMadeNew = told.phase === 'new' && state.answered_at !== null;
  const standing = isMadeNew ? { ...told, due: state.next_review, answeredAt: state.answered_at ?? undefined } : told;
  const now = session.clock.now();
  const at = timeOfRow(state, givenAt(card, now, input.answeredAt));
  const row = {
    ...columnsOf(standing, at),
    last_rating: qualityOf(input.grade as Grade),
    card_id: cardId,
    reviewed_at: at,
    due_date: standing.due ?? at,
    created_at: now,
    idempotency_id: idempotencyId ?? null,
    kind: 'cram',
    grade: input.grade,
    settings_version: settings.version,
    elapsed_days: momentOf(cardId, standing, at, settings).elapsedDays,
    duration_ms: input.durationMs === undefined ? null : Math.min(Math.max(input.durationMs, 0), LONGEST_MS),
    undoes: null,
  };
  const { id } = await insertStudyLog(session, user.id, row);
  await saveCardState(session, state, stateColumnsOf(standing, at));
  if (idempotencyId !== undefined)
    await insertReceipt(session, user.id, { idempotency_id: idempotencyId, study_log_id: id, reviewed_at: at });
  return cramAnswer(row);
}

function repeatedCram(first: StudyLog, cardId: bigint, { grade }: CramInput): CramAnswer {
  if (first.card_id !== cardId || first.kind !== 'cram' || first.grade !== grade) throw otherRequest();
  return cramAnswer(first);
}

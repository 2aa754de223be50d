import type { Session } from '../db/database.ts';
import {
  type AnswerSince,
  type CardChoice,
  type ChosenCard,
  hasAnswered,
  listAnswersSince,
  listChosenCards,
  listDecksOf,
  type NamedDeck,
} from '../db/stores/exam-cards.ts';
import { readOutcomes } from '../db/stores/review-counts.ts';
import { isBehind } from '../db/stores/standing.ts';
import { listTimes } from '../db/stores/study-queue.ts';
import type { Timestamp } from '../schema/index.ts';
import { memoryOfInterval } from '../study/fsrs.ts';
import { habitsOf } from '../study/habits.ts';
import { secondsByNovelty } from '../study/pace.ts';
import type { StudySettings } from '../study/settings.ts';
import { type SimulatedCard, SimulatedCards } from '../study/simulated-cards.ts';
import type { Done } from '../study/simulation.ts';
import type { Habits } from '../study/student-model.ts';
import { quarterOf, type StudyCalendar, studyCalendar } from '../study/study-calendar.ts';
import { startOfStudyDay, studyDay } from '../study/study-day.ts';

/** Cards of one exam, at most; of more, those made first. */
const MOST_CARDS = 20_000;
/** Days back that tell how a student answers, and how long cards take them. */
const HABIT_DAYS = 365;
const TIME_DAYS = 30;
const MOST_TIMES = 2000;

/** The cards of an exam as a student stands to them today. */
export interface ExamCards {
  readonly decks: readonly NamedDeck[];
  readonly rows: readonly ChosenCard[];
  /** The same cards in the same order; they are grouped by their place in `decks`. Day 0 is today. */
  readonly cards: SimulatedCards;
}

/** A student today. */
export interface StudentToday {
  readonly settings: StudySettings;
  readonly habits: Habits;
  /** True where both seconds are the student's own, not a guess. */
  readonly hasOwnPace: boolean;
  readonly now: Timestamp;
  readonly today: number;
  readonly calendar: StudyCalendar;
}

/** How a student answers and how long they take, from their log. */
export async function studentToday(session: Session, userId: bigint, settings: StudySettings): Promise<StudentToday> {
  const now = session.clock.now();
  const today = studyDay(now, settings);
  const calendar = studyCalendar(settings.timeZone, settings.rolloverHour);
  const quarters = { from: calendar.startOf(today - HABIT_DAYS), before: calendar.startOf(today + 1) };
  const outcomes = await readOutcomes(session, { userId, deckId: undefined, ...quarters });
  const times = await listTimes(session, userId, startOfStudyDay(today - TIME_DAYS, settings), MOST_TIMES);
  const seconds = secondsByNovelty(times, (at) => calendar.dayOf(quarterOf(at.micros)));
  return {
    settings,
    habits: habitsOf(outcomes, seconds),
    hasOwnPace: seconds.new !== undefined && seconds.known !== undefined,
    now,
    today,
    calendar,
  };
}

/** Where a card is to be looked for in a simulation that begins today. */
function simulatedCard(
  card: ChosenCard,
  group: number,
  { settings, today, calendar, now }: Pick<StudentToday, 'settings' | 'today' | 'calendar' | 'now'>,
): SimulatedCard {
  const dayOf = (at: Timestamp) => calendar.dayOf(quarterOf(at.micros)) - today;
  const buried =
    card.buried_until === null || !now.isBefore(card.buried_until) ? undefined : Math.max(1, dayOf(card.buried_until));
  const fresh = { group, lastDay: 0, dueDay: buried ?? 0, easeFactor: 2.5, interval: 0, repetitions: 0 };
  if (!hasAnswered(card)) return fresh;
  const { stability, difficulty, ease_factor: easeFactor, interval, repetitions } = card;
  const known = stability === null || difficulty === null || isBehind(card) ? undefined : { stability, difficulty };
  return {
    group,
    // Of a card that SM-2 answered last the interval and the ease tell: its whole log is read when it is asked.
    memory: known ?? memoryOfInterval(settings, easeFactor, interval),
    lastDay: Math.min(0, dayOf(card.answered_at ?? card.last_reviewed_at)),
    // Before today where it is overdue: the longest due come first.
    dueDay: buried === undefined ? dayOf(card.next_review) : Math.max(buried, dayOf(card.next_review)),
    easeFactor,
    interval,
    repetitions,
  };
}

/** Reads the cards of a choice. Decks that are gone or may not be read any more are left out. */
export async function readExamCards(
  session: Session,
  userId: bigint,
  choice: CardChoice,
  student: Pick<StudentToday, 'settings' | 'today' | 'calendar' | 'now'>,
): Promise<ExamCards> {
  const decks = await listDecksOf(session, userId, choice.decks);
  const places = new Map(decks.map(({ id }, place) => [id, place]));
  const ids = decks.map(({ id }) => id);
  const rows = await listChosenCards(session, userId, { decks: ids, tags: choice.tags }, MOST_CARDS);
  const cards = SimulatedCards.of(rows.map((row) => simulatedCard(row, places.get(row.deck_id) as number, student)));
  return { decks, rows, cards };
}

/** What was already done today for these cards. Answers whose time is not known count as long as such a card takes. */
export function doneToday(answers: readonly AnswerSince[], { rows }: Pick<ExamCards, 'rows'>, habits: Habits): Done {
  const ids = new Set(rows.map(({ id }) => id));
  const own = answers.filter(({ card_id }) => ids.has(card_id));
  const firstOf = new Set(own.filter(({ kind }) => kind === 'new').map(({ card_id }) => card_id));
  const secondsOf = (cardId: bigint) => (firstOf.has(cardId) ? habits.newSeconds : habits.reviewSeconds);
  let seconds = 0;
  for (const [cardId, given] of Map.groupBy(own, ({ card_id }) => card_id)) {
    const timed = given.filter(({ duration_ms }) => duration_ms !== null);
    seconds +=
      timed.length === 0 ? secondsOf(cardId) : timed.reduce((sum, { duration_ms }) => sum + (duration_ms as number), 0) / 1000;
  }
  const reviewed = own.filter(({ kind }) => kind === 'review' || kind === null).length;
  return { seconds, begun: firstOf.size, reviewed };
}

/** All answers that a student gave today. */
export const answersToday = (session: Session, userId: bigint, { today, settings }: StudentToday): Promise<AnswerSince[]> =>
  listAnswersSince(session, userId, startOfStudyDay(today, settings));

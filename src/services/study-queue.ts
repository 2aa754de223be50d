import type { Session } from '../db/database.ts';
import { listFullCards } from '../db/stores/exam-cards.ts';
import { isBehind, loggedReviewOf, standingOfState } from '../db/stores/standing.ts';
import { type CardState, listCardLogs } from '../db/stores/study.ts';
import {
  countAnswers,
  countQueues,
  listQueue,
  listQueueWithoutTags,
  listTimes,
  type QueuedCard,
} from '../db/stores/study-queue.ts';
import type { User } from '../db/stores/users.ts';
import type { Timestamp } from '../schema/index.ts';
import { PACE_DAYS, secondsPerCard } from '../study/pace.ts';
import { type Preview, previewsOf } from '../study/previews.ts';
import { replay, withMemory } from '../study/replay.ts';
import { momentOf } from '../study/schedulers.ts';
import { catchUpOn, type StudySettings } from '../study/settings.ts';
import { NEVER_STUDIED, type Standing } from '../study/standing.ts';
import { dayText } from '../study/study-calendar.ts';
import { startOfStudyDay, studyDay } from '../study/study-day.ts';
import { readableDeck } from './decks.ts';
import { decksBelow } from './decks-below.ts';
import { dueLoad } from './due-load.ts';
import { examQueue } from './exam-queue.ts';
import { type StandingAnswer, standingAnswer } from './study-answers.ts';
import {
  type CatchUpPlan,
  listStudySettings,
  planAnswer,
  type SettingsAnswer,
  settingsAnswer,
  studySettings,
} from './study-settings.ts';

/** A card on the steps of minutes may be asked this early, when nothing else is left: nobody waits for the clock. */
const LOOK_AHEAD_SECONDS = 20 * 60;

/** Answers of the last week that tell how long a card takes: more tell the same. */
const MOST_TIMES = 500;

export interface QueueCard extends StandingAnswer {
  readonly id: bigint;
  readonly deck_id: bigint;
  readonly front: string;
  readonly back: string;
  readonly front_html: string | null;
  readonly back_html: string | null;
  /** What is to be typed; NULL where nothing is. */
  readonly answer: string | null;
  readonly ease_factor: number;
  readonly interval: number;
  readonly repetitions: number;
  readonly due_date: Timestamp;
  /** Which of the steps of minutes, from 0. */
  readonly step: number;
  /** Answers in effect. */
  readonly review_count: number;
  /** When the last of them was given. */
  readonly answered_at: Timestamp | null;
  readonly flag: number;
  readonly previews: readonly Preview[];
}

export interface StudyQueue {
  readonly now: Timestamp;
  /** The decks whose cards are asked: the deck, and those below it where they were asked for. */
  readonly deck_ids: readonly bigint[];
  /** Within the day's limits, or those of a plan to catch up. */
  readonly counts: { readonly new: number; readonly learning: number; readonly due: number };
  /** Cards of these decks that are due and not asked today: more than the day's limit. */
  readonly waiting: number;
  /** The plan to catch up that is in force. */
  readonly catch_up: CatchUpPlan | null;
  /** When the next card comes back, of those that are not to be asked now. */
  readonly next_due: Timestamp | null;
  /** How long a card takes this student, from their last week; NULL while too little is known. */
  readonly seconds_per_card: number | null;
  /** With a card's standing they are all that its next date follows from: who loses the connection here goes on by them. */
  readonly settings: SettingsAnswer & { readonly weights: readonly number[] | null };
  /** What is due on coming days, of all decks; NULL where it does not matter. The page levels its own round by it. */
  readonly load: { readonly from: string; readonly cards: readonly number[] } | null;
  readonly cards: readonly QueueCard[];
}

/**
 * What to study now in a deck, `below` with all decks of one's own below it: cards on the steps of minutes whose time has come, then what an exam asks, by its worth, then due ones,
 * longest due first whatever their deck, then new ones deck by deck, both within the day's limits, then cards whose minutes are nearly over. A few queries, whatever the size.
 */
export async function studyQueue(
  session: Session,
  user: User,
  deckId: bigint,
  { limit, below }: { readonly limit: number; readonly below: boolean },
): Promise<StudyQueue> {
  const deck = await readableDeck(session, user, deckId);
  const deckIds = [deckId, ...(below ? await decksBelow(session, user, deck) : []).map(({ id }) => id)];
  const settings = await studySettings(session, user.id);
  const now = session.clock.now();
  const today = studyDay(now, settings);
  const counted = await countQueues(session, {
    userId: user.id,
    deckIds,
    now,
    endOfDay: startOfStudyDay(today + 1, settings),
  });
  const done = await countAnswers(session, user.id, startOfStudyDay(today, settings));
  const exam = await examQueue(session, user.id, deckIds, settings);
  const left = (perDay: number, answered: number, there: number) => Math.min(Math.max(perDay - answered, 0), there);
  const plan = catchUpOn(settings, today);
  // Cards that no exam speaks for are asked within the limits of the day, as ever.
  const others = {
    new: left(plan === undefined ? settings.newPerDay : 0, done.new, counted.new - (exam?.spokenFor.new ?? 0)),
    due: left(plan?.perDay ?? settings.reviewsPerDay, done.due, counted.due - (exam?.spokenFor.due ?? 0)),
  };
  const counts = {
    new: (exam?.new ?? 0) + others.new,
    learning: counted.learning,
    due: (exam?.due ?? 0) + others.due,
  };
  const asked = { userId: user.id, deckIds, now, until: now };
  const until = now.plusSeconds(LOOK_AHEAD_SECONDS);
  const learning = await listQueue(session, 'learning', { ...asked, until, limit: Math.min(limit, counts.learning) });
  const forExam = await listFullCards(session, user.id, exam?.ids.slice(0, limit) ?? []);
  const other = (queue: 'due' | 'new', most: number): Promise<QueuedCard[]> => {
    const question = { ...asked, limit: Math.min(most, others[queue]) };
    if (exam === undefined) return listQueue(session, queue, question);
    return listQueueWithoutTags(session, queue, question, exam.others);
  };
  const due = await other('due', limit - forExam.length);
  const fresh = await other('new', limit - forExam.length - due.length);
  const isReady = (card: QueuedCard) => !now.isBefore(card.next_review as Timestamp);
  const cards = [...learning.filter(isReady), ...forExam, ...due, ...fresh, ...learning.filter((card) => !isReady(card))].slice(
    0,
    limit,
  );
  const times = await listTimes(session, user.id, startOfStudyDay(today - PACE_DAYS, settings), MOST_TIMES);
  const standings = await standingsOf(session, user.id, cards, settings);
  const load = await dueLoad(session, user.id, settings);
  return {
    now,
    deck_ids: deckIds,
    counts,
    waiting: Math.max(0, counted.due - counts.due),
    catch_up: plan === undefined ? null : planAnswer(plan),
    next_due: counted.next_due,
    seconds_per_card: secondsPerCard(times, (at) => studyDay(at, settings)) ?? null,
    settings: { ...settingsAnswer(settings), weights: settings.weights ?? null },
    load: load === undefined ? null : { from: dayText(load.firstDay), cards: load.cards },
    cards: cards.map((card) => {
      const standing = standings.get(card.id) as Standing;
      return {
        id: card.id,
        deck_id: card.deck_id,
        front: card.front,
        back: card.back,
        front_html: card.front_html,
        back_html: card.back_html,
        answer: card.answer,
        ease_factor: standing.easeFactor,
        interval: standing.interval,
        repetitions: standing.repetitions,
        due_date: standing.due ?? now,
        ...standingAnswer(standing),
        step: standing.step,
        review_count: standing.reviewCount,
        answered_at: standing.answeredAt ?? null,
        flag: card.flag ?? 0,
        previews: previewsOf(standing, momentOf(card.id, standing, now, settings, load)),
      };
    }),
  };
}

/** Where cards stand, with the memory their scheduler needs: the logs of those that lack it are read in one query. */
async function standingsOf(
  session: Session,
  userId: bigint,
  cards: readonly QueuedCard[],
  settings: StudySettings,
): Promise<ReadonlyMap<bigint, Standing>> {
  const standings = new Map<bigint, Standing>();
  const unknown: bigint[] = [];
  for (const card of cards) {
    if (card.review_count === null || card.review_count === 0) standings.set(card.id, NEVER_STUDIED);
    else {
      const state = card as unknown as CardState;
      const standing = standingOfState(state);
      const needsLog = isBehind(state) || (settings.scheduler === 'fsrs-6' && standing.memory === undefined);
      if (needsLog) unknown.push(card.id);
      else standings.set(card.id, standing);
    }
  }
  if (unknown.length === 0) return standings;
  const versions = await listStudySettings(session, userId);
  const logs = Map.groupBy(await listCardLogs(session, userId, unknown), (row) => row.card_id);
  for (const cardId of unknown) {
    const history = replay(cardId, (logs.get(cardId) ?? []).map(loggedReviewOf), (version) => versions.get(version));
    standings.set(cardId, withMemory(history, settings));
  }
  return standings;
}

import type { Session } from '../db/database.ts';
import { type CardScope, countAdded, countDue, countIntervals, countNew, readMemories } from '../db/stores/card-stats.ts';
import {
  type CountScope,
  type DayFigures,
  firstQuarter,
  readDays,
  readHours,
  readMemoryReviews,
  readOutcomes,
  readStudiedDays,
  timeOfQuarter,
  type WallClock,
} from '../db/stores/review-counts.ts';
import type { User } from '../db/stores/users.ts';
import { MemoryFormulas } from '../study/memory-formulas.ts';
import { type KnownMemory, type MemoryStats, memoryStats } from '../study/memory-stats.ts';
import { type Maturity, maturityOf } from '../study/outcome.ts';
import {
  type ButtonRow,
  buttonsOf,
  byDay,
  type Forecast,
  forecastOf,
  type HourRow,
  hoursOf,
  type IntervalRow,
  intervalsOf,
  levelsOf,
  type Passed,
  RETENTION_DAYS,
  type RetentionRow,
  rateOf,
  retentionOf,
} from '../study/stats.ts';
import { type Streak, streakOf } from '../study/streak.ts';
import { dayText, quarterOf, ROLLOVER_HOURS, type StudyCalendar, studyCalendar } from '../study/study-calendar.ts';
import { readableDeck } from './decks.ts';
import { studySettings } from './study-settings.ts';

export { dayText, type Passed, ROLLOVER_HOURS, rateOf };

/** What every question about statistics says: whose days these are, and of which deck; of all when absent. */
export interface StatsQuestion {
  readonly zone: string;
  readonly rollover: number;
  readonly deck_id?: bigint;
}

/** Study days back from today that are looked at; `undefined` for all. */
const RANGES = { month: 30, quarter: 90, year: 365, all: undefined } as const;
export type Range = keyof typeof RANGES;
export const RANGE_NAMES = ['month', 'quarter', 'year', 'all'] as const satisfies readonly Range[];

interface View {
  readonly calendar: StudyCalendar;
  readonly today: number;
  readonly cards: CardScope;
  /** Reviews from a study day on, to the end of today. */
  since(day: number): CountScope;
  /** The wall clock of that time. */
  clock(day: number): WallClock;
}

/** Throws `FC_NOT_FOUND` for a deck the user may not read, `FC_BAD_REQUEST` for a zone that is none. */
async function view(session: Session, user: User, { zone, rollover, deck_id }: StatsQuestion): Promise<View> {
  const calendar = studyCalendar(zone, rollover);
  if (deck_id !== undefined) await readableDeck(session, user, deck_id);
  const today = calendar.dayOf(quarterOf(session.clock.now().micros));
  const cards = { userId: user.id, deckId: deck_id };
  const before = calendar.startOf(today + 1);
  return {
    calendar,
    today,
    cards,
    since: (day) => ({ ...cards, from: calendar.startOf(day), before }),
    clock: (day) => ({ shifts: calendar.shifts(calendar.startOf(day), before), rolloverHours: rollover }),
  };
}

const NO_REVIEWS: DayFigures = {
  reviews: 0,
  unrated: 0,
  again: 0,
  hard: 0,
  good: 0,
  easy: 0,
  new: 0,
  learning: 0,
  young: 0,
  mature: 0,
  recalled: 0,
  forgotten: 0,
  spentMs: 0,
};

/** The first study day of a range. */
async function firstDay(session: Session, { calendar, today, cards }: View, range: Range): Promise<number> {
  const days = RANGES[range];
  if (days !== undefined) return today - days + 1;
  const first = await firstQuarter(session, cards.userId);
  return first === undefined ? today : Math.min(calendar.dayOf(first), today);
}

export interface Today {
  readonly day: number;
  readonly figures: DayFigures;
  /** Cards due today or before, and not yet studied. */
  readonly left: number;
  readonly streak: Streak;
}

export async function statsToday(session: Session, user: User, question: StatsQuestion): Promise<Today> {
  const looked = await view(session, user, question);
  const { calendar, today, cards, since, clock } = looked;
  const [figures] = await readDays(session, since(today), clock(today));
  const first = await firstDay(session, looked, 'all');
  const days = await readStudiedDays(session, since(first), clock(first));
  const due = await countDue(session, cards, timeOfQuarter(calendar.startOf(today + 1)));
  return {
    day: today,
    figures: figures ?? NO_REVIEWS,
    left: due.reduce((sum, row) => sum + row.cards, 0),
    streak: streakOf(days, today, calendar),
  };
}

export type CardTotals = Readonly<Record<Maturity, number>>;

/** Cards by how well they are known. */
export async function statsCards(session: Session, user: User, question: StatsQuestion): Promise<CardTotals> {
  const { cards } = await view(session, user, question);
  const totals = { new: await countNew(session, cards), learning: 0, young: 0, mature: 0 };
  for (const { interval, cards: number } of await countIntervals(session, cards)) totals[maturityOf(interval)] += number;
  return totals;
}

export type DayRow = { readonly day: number; readonly level: number; readonly added: number } & DayFigures;

export interface Days {
  readonly from: number;
  readonly to: number;
  /** Days on which something happened. */
  readonly days: readonly DayRow[];
}

export async function statsDays(session: Session, user: User, question: StatsQuestion & { range: Range }): Promise<Days> {
  const looked = await view(session, user, question);
  const { calendar, today, cards, since, clock } = looked;
  const from = await firstDay(session, looked, question.range);
  const reviews = new Map((await readDays(session, since(from), clock(from))).map((row) => [row.day, row]));
  const added = byDay(await countAdded(session, cards, timeOfQuarter(calendar.startOf(from))), calendar);
  const days = [...new Set([...reviews.keys(), ...added.keys()])].toSorted((a, b) => a - b);
  const figures = days.map((day) => ({ ...NO_REVIEWS, ...reviews.get(day), day, added: added.get(day) ?? 0 }));
  const levels = levelsOf(figures.map((row) => row.reviews));
  return { from, to: today, days: figures.map((row, index) => ({ ...row, level: levels[index] as number })) };
}

export async function statsRetention(session: Session, user: User, question: StatsQuestion): Promise<RetentionRow[]> {
  const { calendar, today, since } = await view(session, user, question);
  return retentionOf(await readMemoryReviews(session, since(today - RETENTION_DAYS)), today, calendar);
}

export async function statsHours(session: Session, user: User, question: StatsQuestion & { range: Range }): Promise<HourRow[]> {
  const looked = await view(session, user, question);
  const from = await firstDay(session, looked, question.range);
  return hoursOf(await readHours(session, looked.since(from), looked.clock(from)));
}

export async function statsButtons(
  session: Session,
  user: User,
  question: StatsQuestion & { range: Range },
): Promise<ButtonRow[]> {
  const looked = await view(session, user, question);
  return buttonsOf(await readOutcomes(session, looked.since(await firstDay(session, looked, question.range))));
}

export async function statsForecast(session: Session, user: User, question: StatsQuestion & { days: number }): Promise<Forecast> {
  const { calendar, today, cards } = await view(session, user, question);
  const due = await countDue(session, cards, timeOfQuarter(calendar.startOf(today + question.days)));
  return forecastOf(due, today, question.days, calendar);
}

export async function statsIntervals(session: Session, user: User, question: StatsQuestion): Promise<IntervalRow[]> {
  const { cards } = await view(session, user, question);
  return intervalsOf(await countIntervals(session, cards));
}

export interface Memories extends MemoryStats {
  /** Studied cards that FSRS has not answered yet: SM-2 keeps no memory. */
  readonly unknown: number;
}

/** How well studied cards are known today, by the model that plans them: with the weights of their student. */
export async function statsMemory(session: Session, user: User, question: StatsQuestion): Promise<Memories> {
  const { calendar, today, cards } = await view(session, user, question);
  const { weights } = await studySettings(session, user.id);
  const known: KnownMemory[] = [];
  let unknown = 0;
  for (const { stability, difficulty, quarter } of await readMemories(session, cards))
    if (stability === null || difficulty === null) unknown++;
    // An answer of later than now comes from a device whose clock is ahead.
    else known.push({ stability, difficulty, days: Math.max(0, today - calendar.dayOf(quarter)) });
  return { ...memoryStats(known, new MemoryFormulas(weights)), unknown };
}

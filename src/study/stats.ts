import { BUTTONS, LONG_GAP, MATURITIES, type Maturity, type OutcomeName } from './outcome.ts';
import type { StudyCalendar } from './study-calendar.ts';

/** Reviews of one quarter hour, of cards past their first steps, with the same gap to the card's review before. */
export interface MemoryReviews {
  readonly quarter: number;
  /** Quarter hours, at most `LONG_GAP`. */
  readonly gap: number;
  readonly young: Passed;
  readonly mature: Passed;
}

/** True where these were the first reviews of their cards on the study day. */
export const isFirstOfDay = ({ quarter, gap }: Pick<MemoryReviews, 'quarter' | 'gap'>, calendar: StudyCalendar): boolean =>
  gap >= LONG_GAP || calendar.dayOf(quarter - gap) !== calendar.dayOf(quarter);

/** Of a group of reviews whose button is known. */
export interface Passed {
  readonly passed: number;
  readonly failed: number;
}

/** Share of reviews in which the card was known; `undefined` without any. */
export const rateOf = ({ passed, failed }: Passed): number | undefined =>
  passed + failed === 0 ? undefined : passed / (passed + failed);

export interface RetentionRow {
  readonly period: 'today' | 'yesterday' | 'week' | 'month' | 'year';
  readonly young: Passed;
  readonly mature: Passed;
}

/** Period to its first and last study day, counted back from today. */
const PERIODS = { today: [0, 0], yesterday: [1, 1], week: [6, 0], month: [29, 0], year: [364, 0] } as const;

/** Study days before today that retention looks at. */
export const RETENTION_DAYS = PERIODS.year[0];

/**
 * True retention: of the first review of each card on each study day, how many were known. Cards that are new or in their first steps
 * say nothing about memory and are left out.
 */
export function retentionOf(rows: Iterable<MemoryReviews>, today: number, calendar: StudyCalendar): RetentionRow[] {
  const sums = Object.entries(PERIODS).map(([period, [first, last]]) => ({
    period: period as RetentionRow['period'],
    from: today - first,
    to: today - last,
    young: { passed: 0, failed: 0 },
    mature: { passed: 0, failed: 0 },
  }));
  for (const row of rows) {
    if (!isFirstOfDay(row, calendar)) continue;
    const day = calendar.dayOf(row.quarter);
    for (const sum of sums) {
      if (day < sum.from || day > sum.to) continue;
      for (const maturity of ['young', 'mature'] as const) {
        sum[maturity].passed += row[maturity].passed;
        sum[maturity].failed += row[maturity].failed;
      }
    }
  }
  return sums.map(({ period, young, mature }) => ({ period, young, mature }));
}

export interface HourRow extends Passed {
  readonly hour: number;
}

/** All hours of the day, from those in which something was reviewed. */
export function hoursOf(rows: Iterable<HourRow>): HourRow[] {
  const known = new Map([...rows].map((row) => [row.hour, row]));
  return Array.from({ length: 24 }, (_, hour) => known.get(hour) ?? { hour, passed: 0, failed: 0 });
}

export type ButtonRow = { readonly maturity: Maturity } & Readonly<Record<(typeof BUTTONS)[number], number>>;

/** How often each button was pressed, by how well the cards were known. */
export function buttonsOf(counts: Readonly<Record<OutcomeName, number>>): ButtonRow[] {
  return MATURITIES.map((maturity) => {
    const [again, hard, good, easy] = BUTTONS.map((button) => counts[`${maturity}_${button}`]) as [
      number,
      number,
      number,
      number,
    ];
    return { maturity, again, hard, good, easy };
  });
}

/** Adds up what happened in quarter hours by study day. */
export function byDay(
  rows: Iterable<{ readonly quarter: number; readonly cards: number }>,
  calendar: StudyCalendar,
): Map<number, number> {
  const days = new Map<number, number>();
  for (const { quarter, cards } of rows) {
    const day = calendar.dayOf(quarter);
    days.set(day, (days.get(day) ?? 0) + cards);
  }
  return days;
}

/** A day's place among the days with reviews, for a heatmap: 0 for none, 1 to 4 by quarters of those days. */
export function levelsOf(counts: readonly number[]): number[] {
  const studied = counts.filter((count) => count > 0).toSorted((a, b) => a - b);
  const bounds = [0.25, 0.5, 0.75].map((share) => studied[Math.ceil(studied.length * share) - 1] ?? 0);
  return counts.map((count) => (count === 0 ? 0 : 1 + bounds.filter((bound) => count > bound).length));
}

export interface Forecast {
  /** Cards that were due before today and still are. */
  readonly backlog: number;
  readonly days: readonly { readonly day: number; readonly due: number }[];
}

/** Cards by the study day on which they fall due: today and the days after it. Cards not yet studied have no date. */
export function forecastOf(
  due: Iterable<{ readonly quarter: number; readonly cards: number }>,
  today: number,
  days: number,
  calendar: StudyCalendar,
): Forecast {
  const cards = byDay(due, calendar);
  const backlog = [...cards].reduce((sum, [day, number]) => (day < today ? sum + number : sum), 0);
  return {
    backlog,
    days: Array.from({ length: days }, (_, index) => ({ day: today + index, due: cards.get(today + index) ?? 0 })),
  };
}

/** First days of the groups of intervals: single days, then weeks, then months and years. */
const INTERVAL_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 30, 60, 90, 180, 365, 730, 1825];

export interface IntervalRow {
  readonly from: number;
  /** The last day of the group; `undefined` for the last group. */
  readonly to: number | undefined;
  readonly cards: number;
}

/** Cards by the days between their reviews. */
export function intervalsOf(rows: Iterable<{ readonly interval: number; readonly cards: number }>): IntervalRow[] {
  const counts = INTERVAL_STEPS.map(() => 0);
  for (const { interval, cards } of rows) {
    const group = INTERVAL_STEPS.findLastIndex((from) => interval >= from);
    (counts[Math.max(group, 0)] as number) += cards;
  }
  return INTERVAL_STEPS.map((from, index) => {
    const next = INTERVAL_STEPS[index + 1];
    return { from, to: next === undefined ? undefined : next - 1, cards: counts[index] as number };
  });
}

import type { Timestamp } from '../schema/index.ts';

/** Study days back from today whose answers tell how long a card takes. */
export const PACE_DAYS = 7;
/** Of fewer cards a median would be a guess. */
const FEWEST = 10;

export interface Spent {
  readonly cardId: bigint;
  readonly at: Timestamp;
  readonly ms: number;
  /** The first answer of all to the card. */
  readonly isFirst?: boolean;
}

const medianOf = (spent: readonly number[]): number | undefined => {
  if (spent.length < FEWEST) return undefined;
  const sorted = spent.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2000;
};

/** What each card took on each day, all its answers together. */
function byCardAndDay(answers: Iterable<Spent>, dayOf: (at: Timestamp) => number): { ms: number; isFirst: boolean }[] {
  const spent = new Map<string, { ms: number; isFirst: boolean }>();
  for (const { cardId, at, ms, isFirst = false } of answers) {
    const key = `${cardId} ${dayOf(at)}`;
    const before = spent.get(key);
    spent.set(key, { ms: (before?.ms ?? 0) + ms, isFirst: isFirst || before?.isFirst === true });
  }
  return [...spent.values()];
}

/**
 * Seconds that a card takes on a day, all its answers together: the median over cards and days, which no lunch at an open card moves.
 * `undefined` while too little is known.
 */
export function secondsPerCard(answers: Iterable<Spent>, dayOf: (at: Timestamp) => number): number | undefined {
  return medianOf(byCardAndDay(answers, dayOf).map(({ ms }) => ms));
}

/** The same apart for the first day of a card and for every other. */
export function secondsByNovelty(
  answers: Iterable<Spent>,
  dayOf: (at: Timestamp) => number,
): { readonly new: number | undefined; readonly known: number | undefined } {
  const spent = Map.groupBy(byCardAndDay(answers, dayOf), ({ isFirst }) => isFirst);
  const median = (isFirst: boolean) => medianOf((spent.get(isFirst) ?? []).map(({ ms }) => ms));
  return { new: median(true), known: median(false) };
}

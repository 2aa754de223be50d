import type { Timestamp } from '../schema/index.ts';

/** Study days back from today whose answers tell how long a card takes. */
export const PACE_DAYS = 7;
/** Of fewer cards a median would be a guess. */
const FEWEST = 10;

export interface Spent {
  readonly cardId: bigint;
  readonly at: Timestamp;
  readonly ms: number;
}

/**
 * Seconds that a card takes on a day, all its answers together: the median over cards and days, which no lunch at an open card moves.
 * `undefined` while too little is known.
 */
export function secondsPerCard(answers: Iterable<Spent>, dayOf: (at: Timestamp) => number): number | undefined {
  const spent = new Map<string, number>();
  for (const { cardId, at, ms } of answers) {
    const key = `${cardId} ${dayOf(at)}`;
    spent.set(key, (spent.get(key) ?? 0) + ms);
  }
  if (spent.size < FEWEST) return undefined;
  const sorted = [...spent.values()].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2000;
}

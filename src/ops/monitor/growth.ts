/** A size on a day. */
export interface SizeOnDay {
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly size: number;
}

/** A line through the sizes of several days. */
export interface Growth {
  /** Days between the first and the last one that is known. */
  readonly days: number;
  /** A day, in the middle of what was seen. */
  readonly perDay: number;
  /** Eight of ten pairs of days grew by no less, and no more, a day. */
  readonly perDayLow: number;
  readonly perDayHigh: number;
}

/** Fewer, or closer ones, foretell nothing. */
export const LEAST_SAMPLES = 7;
export const LEAST_DAYS = 7;

/**
 * The line of Theil and Sen: the median of the slopes between every two days, so that a day of a great import, or of a cleaning, bends it little. Undefined where too few
 * days are known.
 */
export function growthOf(sizes: readonly SizeOnDay[]): Growth | undefined {
  const first = sizes[0];
  const last = sizes.at(-1);
  if (first === undefined || last === undefined || sizes.length < LEAST_SAMPLES || last.day - first.day < LEAST_DAYS)
    return undefined;
  const slopes: number[] = [];
  for (const [i, a] of sizes.entries())
    for (const b of sizes.slice(i + 1)) if (b.day > a.day) slopes.push((b.size - a.size) / (b.day - a.day));
  slopes.sort((a, b) => a - b);
  const at = (share: number): number => slopes[Math.min(slopes.length - 1, Math.floor(share * slopes.length))] as number;
  return { days: last.day - first.day, perDay: at(0.5), perDayLow: at(0.1), perDayHigh: at(0.9) };
}

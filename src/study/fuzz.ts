/** Part of an interval by which it may be moved, growing more slowly the longer it is. */
const RANGES = [
  { from: 2.5, to: 7, part: 0.15 },
  { from: 7, to: 20, part: 0.1 },
  { from: 20, to: Number.POSITIVE_INFINITY, part: 0.05 },
] as const;

/** The days among which an interval is drawn; a short one stays what it is. */
export function fuzzRange(interval: number, elapsedDays: number, maximum: number): { lowest: number; highest: number } {
  if (interval < 2.5) return { lowest: interval, highest: interval };
  const reach = RANGES.reduce((sum, { from, to, part }) => sum + part * Math.max(Math.min(interval, to) - from, 0), 1);
  const highest = Math.min(Math.round(interval + reach), maximum);
  const lowest = Math.max(2, Math.round(interval - reach), interval > elapsedDays ? elapsedDays + 1 : 0);
  return { lowest: Math.min(lowest, highest), highest };
}

/** Moves an interval by chance, so that cards learned together do not stay together for ever. @param chance from 0 up to, not including, 1 */
export function fuzzed(interval: number, elapsedDays: number, maximum: number, chance: number): number {
  const { lowest, highest } = fuzzRange(interval, elapsedDays, maximum);
  return Math.floor(chance * (highest - lowest + 1)) + lowest;
}

const MASK = 0xffff_ffff_ffff_ffffn;

/** A number in [0, 1) that follows from the card and how often it was answered: what a button promises is what its answer gives. */
export function chanceOf(cardId: bigint, reviewCount: number): number {
  // SplitMix64: neighbouring ids and counts give unrelated numbers.
  let mixed = (cardId * 0x9e37_79b9_7f4a_7c15n + BigInt(reviewCount) * 0xd1b5_4a32_d192_ed03n + 0x9e37_79b9_7f4a_7c15n) & MASK;
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
  mixed ^= mixed >> 31n;
  return Number(mixed >> 11n) / 2 ** 53;
}

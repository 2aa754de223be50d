import type { StudyCalendar } from './study-calendar.ts';

/** Days studied in a row that earn a freeze, and how many are kept. */
const DAYS_A_FREEZE = 7;
const MOST_FREEZES = 2;

/** Half a day in quarter hours: a zone that left out more of a day left out the day. */
const HALF_DAY = 48;

export interface Streak {
  /** Days studied in a row up to today or yesterday; days saved by a freeze hold the row together and are not counted. */
  readonly current: number;
  readonly longest: number;
  /** Freezes left: the next missed days that will not end the row. */
  readonly freezes: number;
  /** Days missed and saved by a freeze, in the present row. */
  readonly frozen: readonly number[];
  readonly hasStudiedToday: boolean;
}

/**
 * Days studied in a row. Every seventh earns a freeze, of which two are kept; a missed day uses one up by itself. Today is not missed
 * before it is over, and a day that the zone left out of its calendar cannot be missed.
 * @param days study days with a review, rising, each once
 */
export function streakOf(days: readonly number[], today: number, calendar: Pick<StudyCalendar, 'startOf'>): Streak {
  const isLeftOut = (day: number) => calendar.startOf(day + 1) - calendar.startOf(day) < HALF_DAY;
  let current = 0;
  let longest = 0;
  let freezes = 0;
  let frozen: number[] = [];
  let last: number | undefined;

  /** Goes over the days between the last studied one and `next`; ends the row when the freezes do not last. */
  function pass(next: number): void {
    for (let day = (last ?? next) + 1; day < next; day++) {
      if (isLeftOut(day)) continue;
      if (freezes === 0) {
        current = 0;
        frozen = [];
        return;
      }
      freezes--;
      frozen.push(day);
    }
  }

  for (const day of days) {
    if (day > today) break;
    pass(day);
    current++;
    last = day;
    longest = Math.max(longest, current);
    if (current % DAYS_A_FREEZE === 0) freezes = Math.min(freezes + 1, MOST_FREEZES);
  }
  pass(today);
  return { current, longest, freezes, frozen, hasStudiedToday: last === today };
}

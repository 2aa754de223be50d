// Not from the index: the page takes these files too, and would carry the tables with it.
import { Timestamp } from '../schema/timestamp.ts';

/** Where and when somebody's days begin. */
export interface DayRule {
  readonly timeZone: string;
  readonly rolloverHour: number;
}

const DAY_SECONDS = 86_400;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Whether this server knows the zone. Offsets as `+02:00` are no zones: they know no daylight saving. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What a clock on the wall shows, as seconds since 1970 as if it were UTC. */
function wallSeconds(utcSeconds: number, timeZone: string): number {
  if (timeZone === 'UTC') return utcSeconds;
  const part: Record<string, string> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(utcSeconds * 1000)) part[type] = value;
  const year = part.era === 'BC' ? 1 - Number(part.year) : Number(part.year);
  // Not Date.UTC with a year: it takes 0 to 99 for 1900 to 1999.
  const midnight = new Date(0).setUTCFullYear(year, Number(part.month) - 1, Number(part.day)) / 1000;
  return midnight + Number(part.hour) * 3600 + Number(part.minute) * 60 + Number(part.second);
}

/** The first second, in UTC, at which the wall clock shows this or later on its way forward; a clock set back does not count twice. */
function utcSecondsOf(wall: number, timeZone: string): number {
  const offsetAt = (utc: number) => wallSeconds(utc, timeZone) - utc;
  // Clocks change rarely: a day before and after, the offsets are those on both sides of a change.
  const before = wall - offsetAt(wall - DAY_SECONDS);
  const after = wall - offsetAt(wall + DAY_SECONDS);
  for (const utc of [Math.min(before, after), Math.max(before, after)]) {
    if (wallSeconds(utc, timeZone) === wall) return utc;
  }
  // Clocks were set forward over it: the moment of the change is when they first show more.
  let [low, high] = [Math.min(before, after), Math.max(before, after)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallSeconds(middle, timeZone) >= wall) high = middle;
    else low = middle;
  }
  return high;
}

const secondsOf = (at: Timestamp): number => Number(at.micros / 1_000_000n - (at.micros % 1_000_000n < 0n ? 1n : 0n));

const startSeconds = (day: number, { timeZone, rolloverHour }: DayRule): number =>
  utcSecondsOf(day * DAY_SECONDS + rolloverHour * 3600, timeZone);

/** The moment a study day begins. Days are counted as dates are, from 1970-01-01. */
export function startOfStudyDay(day: number, rule: DayRule): Timestamp {
  return Timestamp.fromMicros(BigInt(startSeconds(day, rule)) * 1_000_000n);
}

/** The study day of a moment: the last one that has begun. */
export function studyDay(at: Timestamp, rule: DayRule): number {
  const seconds = secondsOf(at);
  const guess = Math.floor((wallSeconds(seconds, rule.timeZone) - rule.rolloverHour * 3600) / DAY_SECONDS);
  // The wall clock may have been set back over the beginning of the day: what has begun has begun.
  if (startSeconds(guess + 1, rule) <= seconds) return guess + 1;
  return startSeconds(guess, rule) <= seconds ? guess : guess - 1;
}

/** The next moment, later than this one, at which the clock on the wall shows so many minutes since midnight. */
export function nextWallTime(after: Timestamp, minuteOfDay: number, timeZone: string): Timestamp {
  const seconds = secondsOf(after);
  const today = Math.floor(wallSeconds(seconds, timeZone) / DAY_SECONDS);
  // Today's may have been, and tomorrow's may be on the day after where clocks are set back over midnight.
  for (let day = today; ; day++) {
    const at = utcSecondsOf(day * DAY_SECONDS + minuteOfDay * 60, timeZone);
    if (at > seconds) return Timestamp.fromMicros(BigInt(at) * 1_000_000n);
  }
}

/** Study days between two moments, never below 0: 0 means that nobody slept in between. */
export function studyDaysBetween(from: Timestamp, to: Timestamp, rule: DayRule): number {
  return Math.max(0, studyDay(to, rule) - studyDay(from, rule));
}

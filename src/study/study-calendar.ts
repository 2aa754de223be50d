import { FlashcaseError } from '../errors/index.ts';

/** The hour at which a study day begins where nobody says otherwise: who studies after midnight is still in their day. */
export const ROLLOVER_HOURS = 4;

/** Reviews are counted in quarter hours of UTC: since 1980 every zone is a whole number of them away from UTC. */
export const QUARTER_SECONDS = 900;
const QUARTERS_A_DAY = 96;

/** The UTC quarter hour of a moment, counted from 1970-01-01. */
export const quarterOf = (micros: bigint): number => {
  const seconds = Number(micros / 1_000_000n) - (micros % 1_000_000n < 0n ? 1 : 0);
  return Math.floor(seconds / QUARTER_SECONDS);
};

/** Study days of one time zone. A quarter hour belongs to the day in which it begins. */
export interface StudyCalendar {
  /** The study day of a UTC quarter hour, as days since 1970-01-01. */
  dayOf(quarter: number): number;
  /** The hour on the wall clock, 0 to 23. */
  hourOf(quarter: number): number;
  /** The first quarter hour of a study day. */
  startOf(day: number): number;
  /** How far the wall clock is from UTC in a time, for sums that a database makes: latest first, each until the one before it. */
  shifts(from: number, before: number): readonly WallShift[];
}

export interface WallShift {
  /** The quarter hour from which on it holds. */
  readonly from: number;
  /** Quarter hours that the wall clock is ahead of UTC. */
  readonly ahead: number;
}

/** `2026-11-26` of a day number. */
export const dayText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** Seconds that the wall clock of a zone is ahead of UTC at a moment. */
function offsetReader(zone: string): (seconds: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    // Bare offsets such as +05:17 are no zones: they know no summer time, and need not be whole quarter hours.
    if (!/^[A-Za-z]/.test(zone)) throw new RangeError(zone);
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch (cause) {
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: `There is no time zone “${zone}”`,
      hint: 'Give its IANA name, for example Europe/Berlin or America/New_York.',
      cause,
    });
  }
  return (seconds) => {
    const part = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(seconds * 1000));
    const size = Number(part?.[2] ?? 0) * 3600 + Number(part?.[3] ?? 0) * 60 + Number(part?.[4] ?? 0);
    return part?.[1] === '-' ? -size : size;
  };
}

/**
 * The calendar of a zone whose days begin at `rolloverHours` on the wall clock, also on days with a change of the clock.
 * @param zone an IANA name; throws `FC_BAD_REQUEST` for anything else
 */
export function studyCalendar(zone: string, rolloverHours: number = ROLLOVER_HOURS): StudyCalendar {
  const offsetAt = offsetReader(zone);
  const known = new Map<number, number>();
  const offsetOfUtcDay = (day: number): number => {
    let offset = known.get(day);
    if (offset === undefined) {
      offset = offsetAt(day * 86_400);
      known.set(day, offset);
    }
    return offset;
  };
  /** Asking for each quarter hour would cost more than all the rest; a day that begins and ends alike has no change in it. */
  const wallSeconds = (quarter: number): number => {
    const day = Math.floor(quarter / QUARTERS_A_DAY);
    const seconds = quarter * QUARTER_SECONDS;
    const offset = offsetOfUtcDay(day);
    return seconds + (offset === offsetOfUtcDay(day + 1) ? offset : offsetAt(seconds));
  };
  const aheadAt = (quarter: number) => Math.floor((wallSeconds(quarter) - quarter * QUARTER_SECONDS) / QUARTER_SECONDS);
  const dayOf = (quarter: number) => Math.floor((wallSeconds(quarter) - rolloverHours * 3600) / 86_400);
  return {
    dayOf,
    hourOf: (quarter) => Math.floor((((wallSeconds(quarter) % 86_400) + 86_400) % 86_400) / 3600),
    startOf(day) {
      // No zone was ever further from UTC than 16 hours.
      let before = (day * 24 + rolloverHours - 16) * 4 - 1;
      let from = before + 32 * 4 + 1;
      while (from - before > 1) {
        const middle = Math.floor((before + from) / 2);
        if (dayOf(middle) >= day) from = middle;
        else before = middle;
      }
      return from;
    },
    shifts(from, before) {
      const shifts: WallShift[] = [{ from, ahead: aheadAt(from) }];
      for (let at = from; at < before; at += QUARTERS_A_DAY) {
        let known = at;
        let changed = Math.min(at + QUARTERS_A_DAY, before);
        const ahead = aheadAt(changed);
        if (ahead === shifts[0]?.ahead) continue;
        while (changed - known > 1) {
          const middle = Math.floor((known + changed) / 2);
          if (aheadAt(middle) === ahead) changed = middle;
          else known = middle;
        }
        shifts.unshift({ from: changed, ahead });
      }
      return shifts;
    },
  };
}

/** Anki counts days from the day a collection was made; a day ends at the rollover hour of the user's own zone. */
export interface Calendar {
  /** Day 0, in days since 1970-01-01. */
  readonly firstDay: number;
  readonly minutesWest: number;
  readonly rolloverHours: number;
}

const DAY_MS = 86_400_000;
const LAST_DAY = Math.floor(Date.UTC(9999, 11, 31) / DAY_MS);

/** The user's day of a moment, in days since 1970-01-01. */
export function dayOf(ms: number, minutesWest: number, rolloverHours: number): number {
  return Math.floor((ms - minutesWest * 60_000 - rolloverHours * 3_600_000) / DAY_MS);
}

/** `YYYY-MM-DD`; days outside the years 0001 to 9999 become the first or last of them. */
export function dayText(day: number): string {
  const first = Math.floor(Date.parse('0001-01-01T00:00:00Z') / DAY_MS);
  return new Date(Math.min(LAST_DAY, Math.max(first, day)) * DAY_MS).toISOString().slice(0, 10);
}

/** Days since 1970-01-01 of a `YYYY-MM-DD`. */
export function dayNumber(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
}

/** The moment a day begins for the user. */
export function startOfDay(day: number, minutesWest: number, rolloverHours: number): number {
  return day * DAY_MS + minutesWest * 60_000 + rolloverHours * 3_600_000;
}

/**
 * @param crt seconds: 4 a.m. of the first day in the user's zone
 * @param minutesWest absent in old collections: what makes `crt` 4 a.m. is taken, which is a day off beyond 12 hours east only
 */
export function calendarOf(crt: number, minutesWest: number | undefined, rolloverHours: number): Calendar {
  const guess = (((Math.floor(crt / 60) - 240) % 1440) + 1440) % 1440;
  const west = minutesWest ?? (guess > 720 ? guess - 1440 : guess);
  return { firstDay: dayOf(crt * 1000, west, 0), minutesWest: west, rolloverHours };
}

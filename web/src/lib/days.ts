import { dateFormat } from '../languages/formats.ts';
import { locale } from '../languages/language.ts';
import { t } from '../languages/t.ts';

/** Study days are dates without a time, as the API writes them: `2026-11-26`. */

const DAY_MS = 86_400_000;

export const toNumber = (day: string): number => Date.parse(day) / DAY_MS;
export const fromNumber = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

/** 0 for Monday. */
export const weekday = (number: number): number => (((number + 3) % 7) + 7) % 7;

const words = (day: string, options: Intl.DateTimeFormatOptions): string =>
  dateFormat(locale(), { timeZone: 'UTC', ...options }).format(new Date(day));

/** 0 for Monday. The first Monday of all days is the fifth of January 1970. */
export const weekdayName = (at: number, width: 'long' | 'short'): string => words(fromNumber(at + 4), { weekday: width });

export const longDay = (day: string): string => words(day, { dateStyle: 'full' });
export const shortDay = (day: string): string => words(day, { day: 'numeric', month: 'short', year: 'numeric' });
export const monthName = (day: string): string => words(day, { month: 'short' });
export const monthAndYear = (day: string): string => words(day, { month: 'short', year: 'numeric' });

/** The zone of this device, in which a day is a day for its reader. */
export const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';

/** How far away a day is: "Today", "Tomorrow", "In 12 days". */
export function inDays(days: number): string {
  if (days < 0) return days === -1 ? t('Yesterday') : t('{n, plural, one {# day ago} other {# days ago}}', { n: -days });
  return days === 0 ? t('Today') : days === 1 ? t('Tomorrow') : t('In {n, plural, one {# day} other {# days}}', { n: days });
}

import { numberFormat } from '../languages/formats.ts';
import { locale } from '../languages/language.ts';
import { t } from '../languages/t.ts';

/** Characters as the server counts them: code points, not UTF-16 halves. */
export const lengthOf = (text: string): number => [...text].length;

/** A number as its reader writes it. */
export const number = (value: number, how?: Intl.NumberFormatOptions): string => numberFormat(locale(), how).format(value);

/** The same with so many digits behind the point, always. */
export const decimal = (value: number, digits: number): string =>
  number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A day in the reader's language. The API's times are UTC without saying so. */
export function day(time: string): string {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(time);
  return new Date(hasZone ? time : `${time}Z`).toLocaleDateString(locale(), { dateStyle: 'long' });
}

/** A time of day in the reader's language; with the day when it is not today's. */
export function moment(time: string): string {
  const at = new Date(time);
  const isToday = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(locale(), { timeStyle: 'medium', ...(isToday ? {} : { dateStyle: 'medium' }) });
}

/** A moment to come, in the middle of a sentence: "at 14:05", "on 3 March 2026". */
export function timeOrDay(at: number): string {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString()
    ? t('at {time}', { time: date.toLocaleTimeString(locale(), { timeStyle: 'short' }) })
    : t('on {day}', { day: date.toLocaleDateString(locale(), { dateStyle: 'long' }) });
}

/** A number of hundredths. */
export const inPercent = (hundredths: number): string => t('{percent} %', { percent: number(hundredths) });

/** A share in percent, whole unless digits are wanted. What is not all is never said to be all. */
export function percent(share: number, digits = 0): string {
  const [step, hundredths] = [10 ** digits, share * 100];
  const rounded = Math.round(hundredths * step) / step;
  return inPercent(rounded === 100 && share < 1 ? 100 - 1 / step : rounded);
}

/** What a deck is about, as its owner said: course, professor, school and year. */
export const courseOf = (deck: {
  readonly course: string | null;
  readonly professor: string | null;
  readonly school: string | null;
  readonly year: number | null;
}): string => [deck.course, deck.professor, deck.school, deck.year].filter((part) => part !== null && part !== '').join(' · ');

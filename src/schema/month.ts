import type { Timestamp } from './timestamp.ts';

/** A month of UTC: `2026-11`. Written so, months sort as text. Years 0001 to 9999. */
export type Month = string;

/** The month a moment lies in, by UTC: no clock is ever put forward or back there. */
export const monthOf = (moment: Timestamp): Month => moment.text.slice(0, 7);

/** @param months how many later; negative for earlier */
export function monthAfter(month: Month, months = 1): Month {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`;
}

/** The first moment of a month, as PostgreSQL reads it whatever the time zone of the session. */
export const startOfMonth = (month: Month): string => `${month}-01 00:00:00+00`;

/** Every month from one to another, both included. */
export function monthsBetween(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  for (let month = first; month <= last; month = monthAfter(month)) months.push(month);
  return months;
}

import { t } from '../languages/t.ts';

/** A learning card may come this early when nothing else is left, as the server says too: its minutes are at most these. */
const LOOK_AHEAD_SECONDS = 20 * 60;
const MONTH_DAYS = 30.44;
const YEAR_DAYS = 365.25;

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** A stretch of days: "1 day", "8 – 14 days", "365 days and more". */
export function daysFromTo(from: number, to: number | null): string {
  if (to === null) return t('{from, number} days and more', { from });
  if (from === to) return t('{n, plural, one {# day} other {# days}}', { n: from });
  return t('{from, number} – {to, number} days', { from, to });
}

/** For eyes: `<10m`, `2h`, `3d`, `1.2mo`. */
export function shortInterval(days: number, seconds: number): string {
  if (days === 0) {
    const minutes = Math.max(1, Math.round(seconds / 60));
    if (minutes >= 60) return t('{n, number}h', { n: tenth(minutes / 60) });
    return `${seconds <= LOOK_AHEAD_SECONDS ? '<' : ''}${t('{n, number}m', { n: minutes })}`;
  }
  if (days < 31) return t('{n, number}d', { n: days });
  return days < YEAR_DAYS
    ? t('{n, number}mo', { n: tenth(days / MONTH_DAYS) })
    : t('{n, number}y', { n: tenth(days / YEAR_DAYS) });
}

/** For ears: "10 minutes", "3 days", "1.2 months". */
export function intervalInWords(days: number, seconds: number): string {
  if (days === 0) {
    const minutes = Math.max(1, Math.round(seconds / 60));
    return minutes >= 60
      ? t('{n, plural, one {# hour} other {# hours}}', { n: tenth(minutes / 60) })
      : t('{n, plural, one {# minute} other {# minutes}}', { n: minutes });
  }
  if (days < 31) return t('{n, plural, one {# day} other {# days}}', { n: days });
  return days < YEAR_DAYS
    ? t('{n, plural, one {# month} other {# months}}', { n: tenth(days / MONTH_DAYS) })
    : t('{n, plural, one {# year} other {# years}}', { n: tenth(days / YEAR_DAYS) });
}

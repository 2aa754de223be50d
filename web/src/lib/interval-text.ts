import { count } from './text.ts';

/** A learning card may come this early when nothing else is left, as the server says too: its minutes are at most these. */
const LOOK_AHEAD_SECONDS = 20 * 60;
const MONTH_DAYS = 30.44;
const YEAR_DAYS = 365.25;

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** For eyes: `<10m`, `2h`, `3d`, `1.2mo`. */
export function shortInterval(days: number, seconds: number): string {
  if (days === 0) {
    const minutes = Math.max(1, Math.round(seconds / 60));
    if (minutes >= 60) return `${tenth(minutes / 60)}h`;
    return `${seconds <= LOOK_AHEAD_SECONDS ? '<' : ''}${minutes}m`;
  }
  if (days < 31) return `${days}d`;
  return days < YEAR_DAYS ? `${tenth(days / MONTH_DAYS)}mo` : `${tenth(days / YEAR_DAYS)}y`;
}

/** For ears: "10 minutes", "3 days", "1.2 months". */
export function intervalInWords(days: number, seconds: number): string {
  if (days === 0) {
    const minutes = Math.max(1, Math.round(seconds / 60));
    return minutes >= 60 ? count(tenth(minutes / 60), 'hour') : count(minutes, 'minute');
  }
  if (days < 31) return count(days, 'day');
  return days < YEAR_DAYS ? count(tenth(days / MONTH_DAYS), 'month') : count(tenth(days / YEAR_DAYS), 'year');
}

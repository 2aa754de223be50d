import { t } from '../languages/t.ts';
import { number } from './text.ts';

/** A size as a person reads it. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const size = Math.abs(value);
  const step = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  return `${number(value / 1000 ** step, { maximumFractionDigits: step === 0 ? 0 : 1 })} ${units[step]}`;
}

/** A length of time: `12 ms`, `3 min`, `4 days`. */
export function duration(seconds: number): string {
  const of = (value: number, unit: string, digits = 0): string => `${number(value, { maximumFractionDigits: digits })} ${unit}`;
  if (seconds < 1) return of(seconds * 1000, 'ms', seconds < 0.01 ? 1 : 0);
  if (seconds < 120) return of(seconds, 's', seconds < 10 ? 1 : 0);
  if (seconds < 7200) return of(seconds / 60, 'min');
  return seconds < 172_800 ? of(seconds / 3600, 'h') : t('{n, number} days', { n: Math.round(seconds / 86_400) });
}

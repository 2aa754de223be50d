import type { Unit } from './finding.ts';

/** `1 234 567`, with spaces that stay on one line. */
export const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB'];

function bytes(value: number): string {
  const size = Math.abs(value);
  const step = size < 1 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log10(size) / 3));
  return `${(value / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${BYTES[step]}`;
}

function seconds(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'for ever';
  if (value < 120) return `${value.toFixed(value < 10 ? 1 : 0)} s`;
  if (value < 7200) return `${Math.round(value / 60)} min`;
  return value < 172_800 ? `${Math.round(value / 3600)} h` : `${grouped(value / 86_400)} days`;
}

/** A figure as a person reads it. */
export function figureText(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes':
      return bytes(value);
    case 'seconds':
      return seconds(value);
    case 'milliseconds':
      return value < 1000 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : seconds(value / 1000);
    case 'share':
      return `${Math.round(value * 100)} %`;
    default:
      return grouped(value);
  }
}

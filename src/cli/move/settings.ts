import { FlashcaseError } from '../../errors/index.ts';
import type { ThrottleSetting } from '../../move/latency/users-limit.ts';

const MOST_MS = 60_000;

/**
 * Reads when a move rests, as it is typed: `auto`, `off`, or the p99 it rests above (`200ms`, `0.5s`; a number alone is in milliseconds).
 * Throws `FC_INPUT_INVALID`.
 */
export function throttleOf(text: string): ThrottleSetting {
  if (text === 'auto' || text === 'off') return text;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (unit === 's' ? 1000 : 1));
  if (ms >= 1 && ms <= MOST_MS) return ms;
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what: `${text} is no time from 1 ms to ${MOST_MS / 1000} s.`,
    hint: 'Write 200ms, or 0.5s.',
    details: { field: 'value' },
  });
}

/** Reads the share of reads that is asked of both sides, in percent: `5`, `5%`; `off` is 0. Throws `FC_INPUT_INVALID`. */
export function shareOf(text: string): number {
  if (text === 'off') return 0;
  const value = Number(text.replace(/%$/, '') || 'none');
  if (value > 0 && value <= 100) return value;
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what: `${text} is not a share of the reads.`,
    hint: 'Write a number above 0, at most 100: 5. To compare no more answers: off.',
    details: { field: 'value' },
  });
}

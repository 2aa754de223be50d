import { FlashcaseError } from '../errors/index.ts';

/** Where a card stands in SM-2. */
export interface Sm2State {
  /** Ease factor, at least 1.3. */
  readonly easeFactor: number;
  /** Days until the next review. */
  readonly interval: number;
  /** Correct answers in a row. */
  readonly repetitions: number;
}

export const NEW_CARD: Sm2State = { easeFactor: 2.5, interval: 0, repetitions: 0 };

export const EASE_FLOOR = 1.3;
/** The original fails (year 9999) after about 2.9 million days; FlashCase stops growing here, so that every date can be stored. */
export const MAX_INTERVAL_DAYS = 1_000_000;

/** Rounds a tie to the even neighbour, as Python's `round` does: `Math.round(2.5)` is 3, Python's is 2. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The next state after a review, exactly as the original app computes it (backend/app/services/srs.py): modified SM-2 with an ease
 * floor of 1.3; the order of the floating-point operations is part of the result.
 * @param quality 0 (blackout) to 5 (perfect); below 3 is a failure. Throws `FC_INPUT_INVALID` for anything else.
 */
export function review(previous: Sm2State, quality: number): Sm2State {
  if (!Number.isInteger(quality) || quality < 0 || quality > 5) {
    throw new FlashcaseError('FC_INPUT_INVALID', { what: 'Quality must be between 0 and 5' });
  }
  const ease = Math.max(previous.easeFactor, EASE_FLOOR);
  const easeFactor = Math.max(ease + (0.1 - (5 - quality) * (0.08 + (5 - quality) * 0.02)), EASE_FLOOR);
  if (quality < 3) return { easeFactor, interval: 1, repetitions: 0 };
  const repetitions = previous.repetitions + 1;
  const interval = repetitions === 1 ? 1 : repetitions === 2 ? 6 : roundHalfEven(previous.interval * easeFactor);
  return { easeFactor, interval: Math.min(interval, MAX_INTERVAL_DAYS), repetitions };
}

/** One review as version 1 of the original stored it: without rating and repetitions. */
export interface RatedReview {
  readonly easeFactor: number;
  readonly interval: number;
}

export interface InferredReview {
  /** The only rating that leads from the state before to this ease and interval; `undefined` when several or none do. */
  readonly quality: number | undefined;
  /** Correct answers in a row after it, `undefined` when the possible ratings disagree. */
  readonly repetitions: number | undefined;
}

/**
 * Finds the ratings and repetitions of one card's reviews, in the order they were made, from their eases and intervals. Below ease 1.3
 * the original clamps, so that several ratings can give the same result: what they agree on is kept, the rest is unknowable.
 */
export function inferReviews(reviews: readonly RatedReview[]): InferredReview[] {
  let before: readonly Sm2State[] = [NEW_CARD];
  return reviews.map((stored) => {
    const candidates = before.flatMap((state) =>
      [0, 1, 2, 3, 4, 5]
        .map((quality) => ({ quality, after: review(state, quality) }))
        .filter(({ after }) => after.easeFactor === stored.easeFactor && after.interval === stored.interval),
    );
    const qualities = new Set(candidates.map((candidate) => candidate.quality));
    const repetitions = new Set(candidates.map((candidate) => candidate.after.repetitions));
    // Unexplained (edited by hand, another scheduler): every row of correct answers is possible before the next review.
    before =
      candidates.length > 0
        ? [...repetitions].map((count) => ({ ...stored, repetitions: count }))
        : [0, 1, 2, 3].map((count) => ({ ...stored, repetitions: count }));
    return {
      quality: qualities.size === 1 ? [...qualities][0] : undefined,
      repetitions: repetitions.size === 1 ? [...repetitions][0] : undefined,
    };
  });
}

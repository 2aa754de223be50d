import type { Session } from '../../../db/database.ts';
import type { CardState, StudyLog } from '../../../db/stores/study.ts';
import { NEW_CARD, review } from '../../../study/sm2.ts';

/** Says why a card's state is not what its reviews, oldest first, lead to; nothing where it is. */
export type StateCheck = (session: Session, reviews: readonly StudyLog[], state: CardState) => Promise<string | undefined>;

/**
 * Looks whether each review of before revision 0002 follows from the one before by SM-2: a replay takes those rows as they are, because
 * some of the original's follow from no formula. Says which does not.
 */
export function sm2ChainProblem(reviews: readonly StudyLog[]): string | undefined {
  for (const [i, row] of reviews.entries()) {
    const before = i === 0 ? undefined : reviews[i - 1];
    if (row.scheduler !== null) return undefined;
    // Reviews of the first version of the original app whose rating or row of right answers is unknowable.
    if (row.last_rating === null || row.repetitions === null || before?.repetitions === null) continue;
    const from =
      before === undefined
        ? NEW_CARD
        : { easeFactor: before.ease_factor, interval: before.interval, repetitions: before.repetitions };
    const next = review(from, row.last_rating);
    if (next.easeFactor !== row.ease_factor || next.interval !== row.interval || next.repetitions !== row.repetitions)
      return `review ${row.id} says ease ${row.ease_factor}, interval ${row.interval}; SM-2 gives ${next.easeFactor}, ${next.interval}`;
  }
  return undefined;
}

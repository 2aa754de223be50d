import type { CardState, StudyLog } from '../../../db/stores/study.ts';
import { NEW_CARD, review } from '../../../study/sm2.ts';

/** Says why a card's state is not what its reviews, oldest first, lead to; nothing where it is. */
export type StateCheck = (reviews: readonly StudyLog[], state: CardState) => string | undefined;

/** What a review by SM-2 stores. A row with more in it was scheduled by something else, and is not SM-2's to explain. */
const OF_SM2: ReadonlySet<string> = new Set([
  ...['id', 'user_id', 'card_id', 'reviewed_at', 'ease_factor', 'interval', 'repetitions', 'last_rating', 'due_date'],
  ...['next_review', 'created_at', 'idempotency_id'],
]);

const isOfSm2 = (row: StudyLog): boolean => Object.entries(row).every(([name, value]) => OF_SM2.has(name) || value === null);

/** The state is the last review's, there are as many reviews as it counts, and each review follows from the one before by SM-2. */
export const sm2StateProblem: StateCheck = (reviews, state) => {
  const last = reviews.at(-1);
  if (last === undefined) return 'it has a state and no review';
  if (reviews.length !== state.review_count) return `it counts ${state.review_count} reviews and has ${reviews.length}`;
  if (last.ease_factor !== state.ease_factor) return `its ease is ${state.ease_factor}, its last review says ${last.ease_factor}`;
  if (last.interval !== state.interval) return `its interval is ${state.interval}, its last review says ${last.interval}`;
  if (!last.due_date.equals(state.next_review)) return 'it is due at another time than its last review says';
  if (!last.reviewed_at.equals(state.last_reviewed_at)) return 'it was reviewed last at another time than its last review';
  if (last.last_rating !== state.last_rating) return 'its last rating is not that of its last review';
  for (const [i, row] of reviews.entries()) {
    const before = i === 0 ? undefined : reviews[i - 1];
    // Reviews of the first version of the original app whose rating or row of right answers is unknowable.
    if (row.last_rating === null || row.repetitions === null || before?.repetitions === null || !isOfSm2(row)) continue;
    const from =
      before === undefined
        ? NEW_CARD
        : { easeFactor: before.ease_factor, interval: before.interval, repetitions: before.repetitions };
    const next = review(from, row.last_rating);
    if (next.easeFactor !== row.ease_factor || next.interval !== row.interval || next.repetitions !== row.repetitions)
      return `review ${row.id} says ease ${row.ease_factor}, interval ${row.interval}; SM-2 gives ${next.easeFactor}, ${next.interval}`;
  }
  return undefined;
};

import type { Database } from '../../../db/database.ts';
import { countCardStates, listCardStates, reviewsOf, type Sample } from '../../../db/stores/card-state-sample.ts';
import { type StateCheck, sm2ChainProblem } from './sm2-state.ts';

/** Up to so many all are recomputed; of more, one in a hundred, another hundredth every day. */
const ALL = 10_000;
const PAGE = 500;
/** Named at once. */
const MOST = 5;

export interface CheckedStates {
  readonly total: number;
  readonly checked: number;
  /** The first ones that are wrong, one sentence each. */
  readonly problems: readonly string[];
}

/** Recomputes where students stand from their reviews, which no other check of a backup does: it finds wrong values. */
export async function checkCardStates(database: Database, problemOf: StateCheck): Promise<CheckedStates> {
  return database.read(async (session) => {
    const total = await countCardStates(session);
    const day = Number(session.clock.now().micros / 86_400_000_000n);
    const remainder = total <= ALL ? undefined : day % 100;
    const problems: string[] = [];
    let checked = 0;
    for (let after: Sample['after']; ; ) {
      const page = await listCardStates(session, { remainder, limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const state of page) {
        const reviews = await reviewsOf(session, state);
        const problem = (await problemOf(session, reviews, state)) ?? sm2ChainProblem(reviews);
        if (problem !== undefined) problems.push(`card ${state.card_id} of user ${state.user_id}: ${problem}`);
        checked++;
        if (problems.length >= MOST) return { total, checked, problems };
      }
      after = page.at(-1);
      if (page.length < PAGE) return { total, checked, problems };
    }
  });
}

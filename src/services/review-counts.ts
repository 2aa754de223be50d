import type { Database } from '../db/database.ts';
import { rebuildReviewCounts, wrongReviewCounts } from '../db/stores/review-counts.ts';
import { listUsers } from '../db/stores/users.ts';

export interface CheckedCounts {
  readonly userId: bigint;
  readonly username: string;
  /** Rows of `review_counts` that are not what the log says. */
  readonly wrong: number;
}

const PAGE = 500;

/** Compares the counts of every user with the log; tells each whose counts are wrong. Users are looked at one by one. */
export async function* checkReviewCounts(database: Database): AsyncGenerator<CheckedCounts> {
  for (let after: bigint | undefined; ; ) {
    const from = after;
    const users = await database.read((session) => listUsers(session, { after: from, limit: PAGE }));
    for (const { id, username } of users) {
      const wrong = await database.read((session) => wrongReviewCounts(session, id));
      if (wrong > 0) yield { userId: id, username, wrong };
    }
    after = users.at(-1)?.id;
    if (users.length < PAGE) return;
  }
}

/** Counts a user's reviews anew, in one unit of work. */
export function recountReviews(database: Database, userId: bigint): Promise<void> {
  return database.write(({ connection, engine }) => rebuildReviewCounts(connection, engine, userId));
}

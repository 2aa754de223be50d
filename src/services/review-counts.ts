import type { Database } from '../db/database.ts';
import { rebuildReviewCounts, usersMiscounted, wrongReviewCounts } from '../db/stores/review-counts.ts';
import { listUsers } from '../db/stores/users.ts';
import { quarterOf } from '../study/study-calendar.ts';

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

/** Quarter hours back in which an older server may have written reviews without counting them: two days. */
const LOOKED_AT = 2 * 96;

/**
 * Counts anew for everybody whose newest reviews are not all counted: a server of an older version beside this one does not count.
 * Returns how many people that were.
 */
export async function settleReviewCounts(database: Database): Promise<number> {
  // Not the present quarter hour: its reviews are still coming.
  const now = quarterOf(database.clock.now().micros);
  const users = await database.read((session) => usersMiscounted(session, now - LOOKED_AT, now));
  for (const userId of users) await recountReviews(database, userId);
  return users.length;
}

/** Counts a user's reviews anew, in one unit of work. */
export function recountReviews(database: Database, userId: bigint): Promise<void> {
  return database.write(({ connection, engine }) => rebuildReviewCounts(connection, engine, userId));
}

import type { Database } from '../db/database.ts';
import { deleteEndedApiTokens } from '../db/stores/api-tokens.ts';
import { deleteEndedAuthSessions } from '../db/stores/auth-sessions.ts';
import { purgeExams } from '../db/stores/exams.ts';
import { deleteEndedOneTimeTokens } from '../db/stores/one-time-tokens.ts';
import { deleteLostParts } from '../db/stores/operation-parts.ts';
import { deleteOldOperations } from '../db/stores/operations.ts';
import { purgeCards, purgeDecks, purgeNotes, purgeSubscriptions } from '../db/stores/purge.ts';
import { deleteOldRateLimits } from '../db/stores/rate-limits.ts';
import { purgeReminders } from '../db/stores/reminders.ts';
import { purgeSavedSearches } from '../db/stores/saved-searches.ts';
import { keepMonthsOn } from '../ops/partition/keep-months.ts';
import { REVIEWS } from '../ops/partition/partitioned.ts';
import { removeClosedAccounts } from './delete-account.ts';
import { settleListings } from './listings.ts';
import { isOfTheDatabase } from './of-the-database.ts';
import { settleReviewCounts } from './review-counts.ts';
import { type Settling, settleSearch } from './search-upkeep.ts';
import { pageByPage, untilNone } from './until-none.ts';

/** What was deleted or changed can be brought back for so long. */
export const KEEP_DELETED_DAYS = 30;
/** The trash is emptied a day later: servers' clocks differ, and whoever is just in time must get everything back. */
const PURGE_DAYS = KEEP_DELETED_DAYS + 1;
/** Failed logins count together for less than this (`login-limits.ts`). */
const KEEP_LIMITS_SECONDS = 3600;
/** When an address was reminded matters for less than a day (`reminder-times.ts`). */
const KEEP_MAILED_DAYS = 2;

export interface Tidied {
  readonly cards: number;
  readonly notes: number;
  readonly decks: number;
  /** People whose reviews an older server had not counted. */
  readonly recounted: number;
  /** Cards that an older server had written and that are found now. */
  readonly searchable: number;
  /** Public decks that an older server had written and that Discover shows now. */
  readonly listed: number;
  /** Months that reviews will need, made before they do. */
  readonly months: number;
}

/**
 * Removes what nobody needs any more: logins and API tokens that have ended, counters of old failed logins, addresses of reminders of accounts that are gone,
 * and exams, saved searches, cards, notes and decks deleted a month ago to which nothing refers. Reviews stay for ever, and with them the cards they are about;
 * those that were not counted are. In small units of work: nobody waits for it. A job that fails keeps no other from its work; what it failed of is thrown at
 * the end.
 */
export async function tidy(database: Database, settling: Settling = {}): Promise<Tidied> {
  const now = database.clock.now();
  const failures: unknown[] = [];
  const job = async (work: () => Promise<unknown>): Promise<number> => {
    try {
      return Number(await work()) || 0;
    } catch (error) {
      if (isOfTheDatabase(error)) throw error;
      failures.push(error);
      return 0;
    }
  };
  await job(() => database.write((session) => deleteEndedAuthSessions(session, now), 'nobody'));
  await job(() => database.write((session) => deleteEndedOneTimeTokens(session, now), 'nobody'));
  // Their owner sees for a month that they have ended.
  await job(() => database.write((session) => deleteEndedApiTokens(session, now.plusDays(-KEEP_DELETED_DAYS))));
  await job(() => database.write((session) => deleteOldRateLimits(session, now.plusSeconds(-KEEP_LIMITS_SECONDS)), 'nobody'));
  await job(() =>
    database.write(async (session) => {
      await deleteOldOperations(session, now.plusDays(-KEEP_DELETED_DAYS));
      await deleteLostParts(session);
    }),
  );
  // Of an account whose deletion was broken off.
  await job(() => removeClosedAccounts(database));
  await job(() => database.write((session) => purgeReminders(session, now.plusDays(-KEEP_MAILED_DAYS)), 'nobody'));
  const before = now.plusDays(-PURGE_DAYS);
  await job(() => untilNone(() => database.write((session) => purgeSubscriptions(session, before))));
  await job(() => database.write((session) => purgeExams(session, before)));
  await job(() => database.write((session) => purgeSavedSearches(session, before)));
  const tidied: Tidied = {
    // Decks last: a note goes when its last card has gone, a deck when its last note has.
    cards: await job(() => pageByPage((after) => database.write((session) => purgeCards(session, before, after)))),
    notes: await job(() => untilNone(() => database.write((session) => purgeNotes(session, before)))),
    decks: await job(() => pageByPage((after) => database.write((session) => purgeDecks(session, before, after)))),
    recounted: await job(() => settleReviewCounts(database)),
    searchable: await job(() => settleSearch(database, settling)),
    listed: await job(() => settleListings(database)),
    months: await job(async () => (await keepMonthsOn(database.engine, database.clock, REVIEWS))?.added.length ?? 0),
  };
  if (failures.length > 1) throw new AggregateError(failures, 'Several jobs of the upkeep failed.');
  if (failures.length > 0) throw failures[0];
  return tidied;
}

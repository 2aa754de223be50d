import type { flashcase } from '../../schema/flashcase.ts';
import type { RowOf, Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type RateLimit = RowOf<typeof flashcase.tables.rate_limit>;

/** The counters of these subjects, made new where there are none, held until the end of this unit of work: no two count at once. */
export async function takeRateLimits(session: Session, subjects: readonly string[]): Promise<RateLimit[]> {
  const now = session.clock.now();
  // In one order everywhere, so that two logins never wait for each other.
  for (const subject of subjects.toSorted()) {
    await session.kysely
      .insertInto('rate_limit')
      .values({ subject, hits: 0, window_started_at: now, blocked_until: null })
      .onConflict((conflict) => conflict.column('subject').doNothing())
      .execute();
  }
  const query = session.kysely.selectFrom('rate_limit').selectAll().where('subject', 'in', subjects).orderBy('subject');
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).execute();
}

export async function saveRateLimit(session: Session, { subject, ...values }: RateLimit): Promise<void> {
  await session.kysely.updateTable('rate_limit').set(values).where('subject', '=', subject).execute();
}

/** Forgets windows that started before a time and hold nobody up any more: no wait is longer than a window. */
export async function deleteOldRateLimits(session: Session, before: Timestamp): Promise<void> {
  await session.kysely.deleteFrom('rate_limit').where('window_started_at', '<', before).execute();
}

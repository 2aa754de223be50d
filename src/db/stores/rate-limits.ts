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

/**
 * Holds a subject up until a time, where nobody holds it up now. @returns false where somebody does, or is just about to: who does is not waited for.
 */
export async function claimSubject(session: Session, subject: string, until: Timestamp): Promise<boolean> {
  const now = session.clock.now();
  await session.kysely
    .insertInto('rate_limit')
    .values({ subject, hits: 0, window_started_at: now, blocked_until: null })
    .onConflict((conflict) => conflict.column('subject').doNothing())
    .execute();
  const free = session.kysely
    .selectFrom('rate_limit')
    .select('subject')
    .where('subject', '=', subject)
    .where((row) => row.or([row('blocked_until', 'is', null), row('blocked_until', '<=', now)]));
  const [found] = await (session.capabilities.hasConcurrentWriters ? free.forUpdate().skipLocked() : free).execute();
  if (found === undefined) return false;
  await session.kysely
    .updateTable('rate_limit')
    .set((row) => ({ hits: row('hits', '+', 1), window_started_at: now, blocked_until: until }))
    .where('subject', '=', subject)
    .execute();
  return true;
}

export async function releaseSubject(session: Session, subject: string): Promise<void> {
  await session.kysely.updateTable('rate_limit').set({ blocked_until: null }).where('subject', '=', subject).execute();
}

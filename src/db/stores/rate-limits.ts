import type { flashcase } from '../../schema/flashcase.ts';
import type { RowOf, Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type RateLimit = RowOf<typeof flashcase.tables.rate_limit>;

export function findRateLimits(session: Session, subjects: readonly string[]): Promise<RateLimit[]> {
  return session.kysely.selectFrom('rate_limit').selectAll().where('subject', 'in', subjects).execute();
}

export async function saveRateLimit(
  session: Session,
  values: { subject: string; hits: number; window_started_at: Timestamp; blocked_until: Timestamp | null },
): Promise<void> {
  const { subject, ...rest } = values;
  await session.kysely
    .insertInto('rate_limit')
    .values(values)
    .onConflict((conflict) => conflict.column('subject').doUpdateSet(rest))
    .execute();
}

/** Forgets a subject, and windows that started before `before`. */
export async function deleteRateLimits(session: Session, subject: string, before: Timestamp): Promise<void> {
  await session.kysely
    .deleteFrom('rate_limit')
    .where((eb) => eb.or([eb('subject', '=', subject), eb('window_started_at', '<', before)]))
    .execute();
}

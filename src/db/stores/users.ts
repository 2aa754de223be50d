import { sql } from 'kysely';
import { flashcase } from '../../schema/flashcase.ts';
import type { RowOf } from '../../schema/index.ts';
import { checked } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import type { Page } from './page.ts';

export type User = RowOf<typeof flashcase.tables.user>;
const { user } = flashcase.tables;

export function findUser(session: Session, by: { id?: bigint; username?: string; email?: string }): Promise<User | undefined> {
  let query = session.kysely.selectFrom('user').selectAll();
  if (by.id !== undefined) query = query.where('id', '=', by.id);
  if (by.username !== undefined) query = query.where('username', '=', by.username);
  if (by.email !== undefined) query = query.where('email', '=', by.email);
  return query.executeTakeFirst();
}

/** Names of users that are a text but for small and capital letters, which no index knows. */
export async function usernamesLike({ kysely }: Session, text: string): Promise<string[]> {
  const rows = await kysely.selectFrom('user').select('username').where(sql<boolean>`lower(username) = lower(${text})`).execute();
  return rows.map(({ username }) => username);
}

/** A user, held until the end of this unit of work: logins and changes of the password come one after the other. */
export function takeUser(session: Session, id: bigint): Promise<User | undefined> {
  const query = session.kysely.selectFrom('user').selectAll().where('id', '=', id);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

/**
 * Lets work that is done for a user as a whole come one after the other, until the end of this unit of work. Their reviews go on meanwhile.
 */
export async function holdUser({ kysely, capabilities }: Session, id: bigint): Promise<void> {
  if (capabilities.hasConcurrentWriters)
    await kysely.selectFrom('user').select('id').where('id', '=', id).forNoKeyUpdate().execute();
}

export function insertUser(
  session: Session,
  values: { email: string; username: string; hashed_password: string; is_admin?: boolean },
): Promise<User> {
  const now = session.clock.now();
  return session.kysely
    .insertInto('user')
    .values(checked(user, { ...values, created_at: now, updated_at: now }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function updateUser(
  session: Session,
  id: bigint,
  values: Partial<Pick<User, 'hashed_password' | 'is_active' | 'is_admin' | 'max_cards'>>,
): Promise<void> {
  await session.kysely
    .updateTable('user')
    .set(checked(user, { ...values, updated_at: session.clock.now() }))
    .where('id', '=', id)
    .execute();
}

/** A page of all users. */
export function listUsers(session: Session, { after, limit }: Page): Promise<User[]> {
  const query = session.kysely.selectFrom('user').selectAll().orderBy('id').limit(limit);
  return (after === undefined ? query : query.where('id', '>', after)).execute();
}

/** Active users with the most reviews first. */
export function busiestUsers(session: Session, limit: number): Promise<User[]> {
  const reviews = session.kysely
    .selectFrom('user_deck_stats')
    .select(({ fn }) => ['user_deck_stats.user_id', fn.sum<bigint>('review_count').as('reviews')])
    .groupBy('user_deck_stats.user_id')
    .as('counted');
  return session.kysely
    .selectFrom('user')
    .leftJoin(reviews, 'counted.user_id', 'user.id')
    .selectAll('user')
    .where('user.is_active', '=', true)
    .orderBy((eb) => eb.fn.coalesce('counted.reviews', eb.lit(0)), 'desc')
    .orderBy('user.id')
    .limit(limit)
    .execute();
}

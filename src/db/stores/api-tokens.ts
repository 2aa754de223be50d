import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import type { User } from './users.ts';

export type ApiToken = RowOf<typeof flashcase.tables.api_token>;

export function insertApiToken(
  session: Session,
  values: Pick<ApiToken, 'user_id' | 'token_hash' | 'name' | 'scopes' | 'expires_at'>,
): Promise<ApiToken> {
  return session.kysely
    .insertInto('api_token')
    .values(checked(flashcase.tables.api_token, { ...values, created_at: session.clock.now() }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** All tokens of a user, those that have ended too; the newest first. */
export function listApiTokens({ kysely }: Session, userId: bigint): Promise<ApiToken[]> {
  return kysely.selectFrom('api_token').selectAll().where('user_id', '=', userId).orderBy('id', 'desc').execute();
}

/** A token that has not ended, with its user. */
export async function findApiToken(
  { kysely }: Session,
  tokenHash: string,
  now: Timestamp,
): Promise<{ token: ApiToken; user: User } | undefined> {
  const token = await kysely
    .selectFrom('api_token')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirst();
  if (token === undefined) return undefined;
  const user = await kysely.selectFrom('user').selectAll().where('id', '=', token.user_id).executeTakeFirst();
  return user === undefined ? undefined : { token, user };
}

export async function touchApiToken({ kysely }: Session, tokenHash: string, now: Timestamp, place: string): Promise<void> {
  await kysely
    .updateTable('api_token')
    .set({ last_used_at: now, place })
    .where('token_hash', '=', tokenHash)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', now)]))
    .execute();
}

/** False when the user has no such token. */
export async function deleteApiToken({ kysely }: Session, userId: bigint, id: bigint): Promise<boolean> {
  const { numDeletedRows } = await kysely
    .deleteFrom('api_token')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function deleteApiTokensOf({ kysely }: Session, userId: bigint): Promise<void> {
  await kysely.deleteFrom('api_token').where('user_id', '=', userId).execute();
}

/** Removes tokens of anybody that ended before a time. */
export async function deleteEndedApiTokens({ kysely }: Session, before: Timestamp): Promise<void> {
  await kysely.deleteFrom('api_token').where('expires_at', '<=', before).execute();
}

import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import type { User } from './users.ts';

export type AuthSession = RowOf<typeof flashcase.tables.auth_session>;

export interface NewAuthSession {
  readonly user_id: bigint;
  readonly token_hash: string;
  readonly kind: 'web' | 'api';
  readonly expires_at: Timestamp;
  readonly device?: string | null;
  readonly place?: string | null;
}

export async function insertAuthSession(session: Session, values: NewAuthSession): Promise<void> {
  const now = session.clock.now();
  await session.kysely
    .insertInto('auth_session')
    .values(checked(flashcase.tables.auth_session, { ...values, created_at: now, last_used_at: now }))
    .execute();
}

const userByToken = precompiled<{ tokenHash: string; now: Timestamp }>('user-by-token')((kysely, value) =>
  kysely
    .selectFrom('auth_session')
    .innerJoin('user', 'user.id', 'auth_session.user_id')
    .selectAll('user')
    .select('auth_session.last_used_at')
    .where('auth_session.token_hash', '=', value('tokenHash'))
    .where('auth_session.expires_at', '>', value('now')),
);

/** The user of a login that has not ended, and when it was last used, as far as that was noted down. */
export async function findUserByToken(
  session: Session,
  tokenHash: string,
  now: Timestamp,
): Promise<{ user: User; usedAt: Timestamp } | undefined> {
  const [row] = await userByToken(session, { tokenHash, now });
  if (row === undefined) return undefined;
  const { last_used_at: usedAt, ...user } = row;
  return { user, usedAt };
}

export async function touchAuthSession({ kysely }: Session, tokenHash: string, now: Timestamp, place: string): Promise<void> {
  await kysely
    .updateTable('auth_session')
    .set({ last_used_at: now, place })
    .where('token_hash', '=', tokenHash)
    .where('last_used_at', '<', now)
    .execute();
}

/** The logins of a user that have not ended, last used first. */
export function listAuthSessions({ kysely, clock }: Session, userId: bigint): Promise<AuthSession[]> {
  return kysely
    .selectFrom('auth_session')
    .selectAll()
    .where('user_id', '=', userId)
    .where('expires_at', '>', clock.now())
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
}

/** False when the user has no such login. */
export async function deleteAuthSessionOf({ kysely }: Session, userId: bigint, id: bigint): Promise<boolean> {
  const { numDeletedRows } = await kysely
    .deleteFrom('auth_session')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function deleteAuthSession(session: Session, tokenHash: string): Promise<void> {
  await session.kysely.deleteFrom('auth_session').where('token_hash', '=', tokenHash).execute();
}

/** Ends every login of a user, but the one that is named. Gives how many. */
export async function deleteAuthSessionsOf(session: Session, userId: bigint, but?: string): Promise<number> {
  const query = session.kysely.deleteFrom('auth_session').where('user_id', '=', userId);
  const { numDeletedRows } = await (but === undefined ? query : query.where('token_hash', '!=', but)).executeTakeFirst();
  return Number(numDeletedRows);
}

/** Removes the logins of anybody that have ended by themselves. */
export async function deleteEndedAuthSessions(session: Session, now: Timestamp): Promise<void> {
  await session.kysely.deleteFrom('auth_session').where('expires_at', '<=', now).execute();
}

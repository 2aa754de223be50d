import { flashcase } from '../../schema/flashcase.ts';
import { checked, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import type { User } from './users.ts';

export interface NewAuthSession {
  readonly user_id: bigint;
  readonly token_hash: string;
  readonly kind: 'web' | 'api';
  readonly expires_at: Timestamp;
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
    .where('auth_session.token_hash', '=', value('tokenHash'))
    .where('auth_session.expires_at', '>', value('now')),
);

/** The user of a token that has not ended. */
export async function findUserByToken(session: Session, tokenHash: string): Promise<User | undefined> {
  return (await userByToken(session, { tokenHash, now: session.clock.now() }))[0];
}

export async function deleteAuthSession(session: Session, tokenHash: string): Promise<void> {
  await session.kysely.deleteFrom('auth_session').where('token_hash', '=', tokenHash).execute();
}

/** Ends every login of a user. */
export async function deleteAuthSessionsOf(session: Session, userId: bigint): Promise<void> {
  await session.kysely.deleteFrom('auth_session').where('user_id', '=', userId).execute();
}

/** Removes the logins of anybody that have ended by themselves. */
export async function deleteEndedAuthSessions(session: Session, now: Timestamp): Promise<void> {
  await session.kysely.deleteFrom('auth_session').where('expires_at', '<=', now).execute();
}

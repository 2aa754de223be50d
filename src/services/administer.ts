import type { Database, Session } from '../db/database.ts';
import { hasOtherAdmin, listAccounts, type Storage, storageOf } from '../db/stores/accounts.ts';
import { deleteAuthSessionsOf, listAuthSessions } from '../db/stores/auth-sessions.ts';
import type { Page } from '../db/stores/page.ts';
import { findUser, takeUser, type User, updateUser } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { makeResetLink, type ResetLink } from './password-resets.ts';

export type { Storage };

const notFound = () => new FlashcaseError('FC_NOT_FOUND', { what: 'User not found', hint: 'flashcase user list' });

/** A page of all accounts, or of those whose name or address has a text in it. */
export const browseAccounts = (session: Session, text: string | undefined, page: Page): Promise<User[]> =>
  listAccounts(session, text, page);

export interface AccountSeen {
  readonly user: User;
  readonly storage: Storage;
  readonly logins: number;
}

/** One account as an administrator sees it: who it is and how much it keeps, and nothing of what. */
export async function accountSeen(session: Session, userId: bigint): Promise<AccountSeen> {
  const user = await findUser(session, { id: userId });
  if (user === undefined) throw notFound();
  return { user, storage: await storageOf(session, userId), logins: (await listAuthSessions(session, userId)).length };
}

/**
 * Makes a user an administrator or no more, lets them in or not. Whoever is let in no more is signed out on every server at once; their API
 * tokens and passkeys open nothing until they are let in again.
 * @throws FC_CONFLICT when no administrator would be left
 */
export async function changeAccount(
  database: Database,
  userId: bigint,
  wanted: {
    readonly is_admin?: boolean | undefined;
    readonly is_active?: boolean | undefined;
    readonly max_cards?: number | null | undefined;
  },
): Promise<User> {
  return database.write(async (session) => {
    // Held first: two administrators who go at once come one after the other.
    const hasOther = await hasOtherAdmin(session, userId);
    const user = await takeUser(session, userId);
    if (user === undefined) throw notFound();
    const values = {
      is_admin: wanted.is_admin ?? user.is_admin,
      is_active: wanted.is_active ?? user.is_active,
      max_cards: wanted.max_cards === undefined ? user.max_cards : wanted.max_cards,
    };
    const loses = user.is_admin && user.is_active && !(values.is_admin && values.is_active);
    if (loses && !hasOther)
      throw new FlashcaseError('FC_CONFLICT', {
        what: 'This is the last administrator',
        hint: 'Make somebody else one first: flashcase user grant-admin NAME.',
      });
    await updateUser(session, userId, values);
    if (!values.is_active) await deleteAuthSessionsOf(session, userId);
    return { ...user, ...values };
  });
}

/** A link with which a user chooses a new password once, for an administrator to hand on. */
export async function resetLinkFor(session: Session, userId: bigint): Promise<ResetLink> {
  const user = await findUser(session, { id: userId });
  if (user === undefined) throw notFound();
  return makeResetLink(session, user);
}

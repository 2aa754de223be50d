import { createHash } from 'node:crypto';
import { type Database, isDuplicate, type Session } from '../db/database.ts';
import { randomToken } from '../db/random.ts';
import { deleteAuthSession, deleteAuthSessionsOf, findUserByToken, insertAuthSession } from '../db/stores/auth-sessions.ts';
import { findUser, insertUser, type User, updateUser } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { countFailedLogin, forgetFailedLogins, refuseBlockedLogin } from './login-limits.ts';
import { hashPassword, spendVerification, verifyPassword } from './passwords.ts';

export type { User };

export interface NewAccount {
  readonly email: string;
  readonly username: string;
  readonly password: string;
  readonly isAdmin?: boolean;
}

/** Makes an account. A taken name or address is refused in the original's words (`FC_BAD_REQUEST`). */
export async function register(database: Database, account: NewAccount): Promise<User> {
  const { email, username } = account;
  await database.read((session) => refuseTaken(session, account));
  const hashed_password = await hashPassword(account.password);
  try {
    return await database.write((session) =>
      insertUser(session, { email, username, hashed_password, ...(account.isAdmin === true ? { is_admin: true } : {}) }),
    );
  } catch (error) {
    // Another sign-up took it between the question and the answer; the engines name different columns when both are taken.
    if (isDuplicate(error)) await database.read((session) => refuseTaken(session, account));
    throw error;
  }
}

async function refuseTaken(session: Session, { username, email }: NewAccount): Promise<void> {
  if ((await findUser(session, { username })) !== undefined)
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Username already registered' });
  if ((await findUser(session, { email })) !== undefined)
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Email already registered' });
}

export interface Login {
  readonly user: User;
  /** Shown once; only its hash is stored. */
  readonly token: string;
}

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  readonly address: string;
  readonly kind: 'web' | 'api';
  readonly days: number;
}

/**
 * Checks a password and opens a login. Wrong name and wrong password give the same answer (`FC_UNAUTHENTICATED`) in the same time;
 * hashes of the original app are renewed. The web page also takes the email address as a name.
 */
export async function logIn(database: Database, request: LoginRequest): Promise<Login> {
  const { username, password, address, kind, days } = request;
  await refuseBlockedLogin(database, username, address);
  const user = await database.read(async (session) => {
    const byName = await findUser(session, { username });
    return byName ?? (username.includes('@') ? findUser(session, { email: username }) : undefined);
  });
  if (user === undefined) await spendVerification(password);
  const verdict = user === undefined ? undefined : await verifyPassword(password, user.hashed_password);
  if (user === undefined || verdict?.isRight !== true) {
    await countFailedLogin(database, username, address);
    throw new FlashcaseError('FC_UNAUTHENTICATED', { what: 'Incorrect username or password' });
  }
  refuseInactive(user);
  const renewed = verdict.isOutdated ? await hashPassword(password) : undefined;
  const token = `fc_${randomToken(32)}`;
  await database.write(async (session) => {
    if (renewed !== undefined) await updateUser(session, user.id, { hashed_password: renewed });
    await insertAuthSession(session, {
      user_id: user.id,
      token_hash: hashToken(token),
      kind,
      expires_at: session.clock.now().plusDays(days),
    });
  });
  await forgetFailedLogins(database, username);
  return { user, token };
}

/** The user of a token. Throws `FC_UNAUTHENTICATED`, and `FC_BAD_REQUEST` for a disabled account, as the original does. */
export async function authenticate(session: Session, token: string | undefined): Promise<User> {
  const user = token === undefined ? undefined : await findUserByToken(session, hashToken(token));
  if (user === undefined)
    throw new FlashcaseError('FC_UNAUTHENTICATED', {
      what: token === undefined ? 'Not authenticated' : 'Could not validate credentials',
    });
  refuseInactive(user);
  return user;
}

export async function logOut(session: Session, token: string): Promise<void> {
  await deleteAuthSession(session, hashToken(token));
}

/** Sets a new password and ends every login of the user. */
export async function resetPassword(database: Database, username: string, password: string): Promise<void> {
  const hashed_password = await hashPassword(password);
  await changeUser(database, username, { hashed_password });
}

/** Disabling ends every login at once. */
export async function setActive(database: Database, username: string, isActive: boolean): Promise<void> {
  await changeUser(database, username, { is_active: isActive });
}

async function changeUser(
  database: Database,
  username: string,
  values: Partial<Pick<User, 'hashed_password' | 'is_active'>>,
): Promise<void> {
  await database.write(async (session) => {
    const user = await findUser(session, { username });
    if (user === undefined)
      throw new FlashcaseError('FC_NOT_FOUND', { what: `There is no user ${username}.`, hint: 'flashcase user list' });
    await updateUser(session, user.id, values);
    await deleteAuthSessionsOf(session, user.id);
  });
}

/** 256 random bits need no slow hash: what is stored cannot be turned back into a token. */
function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function refuseInactive(user: User): void {
  if (!user.is_active) throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Inactive user' });
}

import { type Database, isDuplicate, type Session } from '../db/database.ts';
import { randomToken } from '../db/random.ts';
import { deleteApiTokensOf, findApiToken } from '../db/stores/api-tokens.ts';
import { deleteAuthSession, deleteAuthSessionsOf, findUserByToken, insertAuthSession } from '../db/stores/auth-sessions.ts';
import { deleteOneTimeTokensOf } from '../db/stores/one-time-tokens.ts';
import { deletePasskeysOf } from '../db/stores/passkeys.ts';
import { findUser, insertUser, takeUser, type User, updateUser, usernamesLike } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { countLogin, uncountLogin } from './login-limits.ts';
import { deviceOf, type Use, type Whence } from './logins.ts';
import { hashPassword, spendVerification, type Verdict, verifyPassword } from './passwords.ts';
import { type Scope, scopesIn, TOKEN_PREFIX } from './scopes.ts';
import { hashToken } from './token-hash.ts';

export type { User };

export interface NewAccount {
  readonly email: string;
  readonly username: string;
  readonly password: string;
  readonly isAdmin?: boolean;
}

const MIN_PASSWORD = 8;
const USERNAME = { min: 3, max: 50 } as const;

/** Makes an account. A taken name or address is refused in the original's words (`FC_BAD_REQUEST`). */
export async function register(database: Database, account: NewAccount): Promise<User> {
  const username = account.username;
  const email = normalAddress(account.email);
  refuseShortPassword(account.password);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw new FlashcaseError('FC_INPUT_INVALID', { what: `${email} is not an email address.`, details: { field: 'email' } });
  }
  const length = [...username].length;
  if (length < USERNAME.min || length > USERNAME.max) {
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `A username has ${USERNAME.min} to ${USERNAME.max} characters.`,
      details: { field: 'username' },
    });
  }
  // It could be somebody's address: who logs in by that address would be taken for its owner, or its owner kept out.
  if (username.includes('@')) {
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'A username has no @: the email address serves as a name by itself.',
      details: { field: 'username' },
    });
  }
  await database.read((session) => refuseTaken(session, { username, email }));
  const hashed_password = await hashPassword(account.password);
  try {
    return await database.write((session) =>
      insertUser(session, { email, username, hashed_password, ...(account.isAdmin === true ? { is_admin: true } : {}) }),
    );
  } catch (error) {
    // Another sign-up took it between the question and the answer; the engines name different columns when both are taken.
    if (isDuplicate(error)) await database.read((session) => refuseTaken(session, { username, email }));
    throw error;
  }
}

/** As the original stored addresses: the part behind the @-sign in small letters. */
export function normalAddress(email: string): string {
  const at = email.lastIndexOf('@');
  return at < 0 ? email : email.slice(0, at) + email.slice(at).toLowerCase();
}

/** @throws FC_INPUT_INVALID */
export function refuseShortPassword(password: string): void {
  if ([...password].length >= MIN_PASSWORD) return;
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what: `A password has at least ${MIN_PASSWORD} characters.`,
    details: { field: 'password' },
  });
}

async function refuseTaken(session: Session, { username, email }: Pick<NewAccount, 'username' | 'email'>): Promise<void> {
  if ((await findUser(session, { username })) !== undefined)
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Username already registered' });
  // Of older accounts one may have this address for a name: as an address it would go before that name at the login, and keep whoever has it out.
  const isName = async () => (await usernamesLike(session, email)).some((name) => normalAddress(name) === email);
  if ((await findUser(session, { email })) !== undefined || (await isName()))
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
  readonly whence?: Whence;
}

/**
 * Checks a password and opens a login. Wrong name and wrong password give the same answer (`FC_UNAUTHENTICATED`) in the same time;
 * hashes of the original app are renewed. The email address serves as a name too.
 */
export async function logIn(database: Database, request: LoginRequest): Promise<Login> {
  const { username, password, address } = request;
  const user = await database.read(async (session) => {
    // An address first: of older accounts one may have another's address for a name.
    const byAddress = username.includes('@') ? await findUser(session, { email: normalAddress(username) }) : undefined;
    return byAddress ?? findUser(session, { username });
  });
  const verdict = await checkPassword(database, user, username, password, address);
  if (user === undefined || !verdict.isRight) {
    throw new FlashcaseError('FC_UNAUTHENTICATED', { what: 'Incorrect username or password' });
  }
  const renewed = verdict.isOutdated ? await hashPassword(password) : undefined;
  const token = await database.write(async (session) => {
    // The password may have been changed, or the account disabled, while this one was being checked.
    const now = await takeUser(session, user.id);
    if (now?.hashed_password !== user.hashed_password || !now.is_active) {
      throw new FlashcaseError('FC_UNAUTHENTICATED', { what: 'Incorrect username or password' });
    }
    await uncountLogin(session, user.id, address);
    if (renewed !== undefined) await updateUser(session, user.id, { hashed_password: renewed });
    return openLogin(session, user, request);
  }, 'nobody');
  return { user, token };
}

/** Opens a login without asking for a password, and gives its token, which is stored nowhere. */
export async function openLogin(
  session: Session,
  user: User,
  { kind, days, whence }: Pick<LoginRequest, 'kind' | 'days' | 'whence'>,
): Promise<string> {
  const token = `fc_${randomToken(32)}`;
  await insertAuthSession(session, {
    user_id: user.id,
    token_hash: hashToken(token),
    kind,
    expires_at: session.clock.now().plusDays(days),
    device: deviceOf(whence?.agent),
    place: whence?.place ?? null,
  });
  return token;
}

/** Checks a password within the limits of failed logins. Throws `FC_RATE_LIMITED`, and `FC_BAD_REQUEST` for a disabled account. */
async function checkPassword(
  database: Database,
  user: User | undefined,
  username: string,
  password: string,
  address: string,
): Promise<Verdict> {
  await countLogin(database, user?.id ?? username, address);
  if (user === undefined) {
    await spendVerification(password);
    return { isRight: false, isOutdated: false };
  }
  const verdict = await verifyPassword(password, user.hashed_password);
  if (verdict.isRight) refuseInactive(user);
  return verdict;
}

/** @throws FC_BAD_REQUEST when the password of somebody who is logged in is not right */
export async function confirmPassword(database: Database, user: User, password: string, address: string): Promise<void> {
  const { isRight } = await checkPassword(database, user, user.username, password, address);
  if (!isRight) throw new FlashcaseError('FC_BAD_REQUEST', { what: 'The current password is not right' });
  await database.write((session) => uncountLogin(session, user.id, address));
}

/**
 * Sets a new password for a user who knows the old one, and ends every login and link of theirs. The page goes on with a new one: whoever has a
 * copy of the old one does not. API tokens stay.
 * @returns the token of the new login, where one is wanted
 */
export async function changePassword(
  database: Database,
  user: User,
  { current, wanted, address, reopen }: { current: string; wanted: string; address: string; reopen?: Reopened | undefined },
): Promise<string | undefined> {
  refuseShortPassword(wanted);
  const { isRight } = await checkPassword(database, user, user.username, current, address);
  if (!isRight) throw new FlashcaseError('FC_BAD_REQUEST', { what: 'The current password is not right' });
  const hashed_password = await hashPassword(wanted);
  return database.write(async (session) => {
    // A reset by somebody who lost the password to another, or the end of the account, may have come while this one was being checked.
    await takeUnchanged(session, user);
    await uncountLogin(session, user.id, address);
    await updateUser(session, user.id, { hashed_password });
    await deleteAuthSessionsOf(session, user.id);
    await deleteOneTimeTokensOf(session, user.id);
    return reopen === undefined ? undefined : openLogin(session, user, reopen);
  });
}

/**
 * Holds a user until the end of the unit of work, for what rests on a password that was checked before it. Gives them as they are now.
 * @throws FC_BAD_REQUEST when the password has been changed or the account ended since `user` was read
 */
export async function takeUnchanged(session: Session, user: User): Promise<User> {
  const now = await takeUser(session, user.id);
  if (now?.hashed_password !== user.hashed_password || !now.is_active)
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'The current password is not right' });
  return now;
}

type Reopened = Pick<LoginRequest, 'kind' | 'days' | 'whence'>;

/** Who asks, by what, and what that may do. */
export interface Caller {
  readonly user: User;
  /** `undefined` for a login, which may do everything that is its user's. */
  readonly scopes: readonly Scope[] | undefined;
  readonly use: Use;
}

/**
 * The caller of a token: of a login, or of a program. Throws `FC_UNAUTHENTICATED`, and `FC_BAD_REQUEST` for a disabled account, as the
 * original does.
 */
export async function authenticate(session: Session, token: string | undefined): Promise<Caller> {
  const caller = token === undefined ? undefined : await findCaller(session, token);
  if (caller === undefined)
    throw new FlashcaseError('FC_UNAUTHENTICATED', {
      what: token === undefined ? 'Not authenticated' : 'Could not validate credentials',
    });
  refuseInactive(caller.user);
  return caller;
}

async function findCaller(session: Session, token: string): Promise<Caller | undefined> {
  const [tokenHash, now] = [hashToken(token), session.clock.now()];
  if (token.startsWith(TOKEN_PREFIX)) {
    const found = await findApiToken(session, tokenHash, now);
    if (found === undefined) return undefined;
    const use = { kind: 'token', tokenHash, usedAt: found.token.last_used_at, now } as const;
    return { user: found.user, scopes: scopesIn(found.token.scopes), use };
  }
  const found = await findUserByToken(session, tokenHash, now);
  return found && { user: found.user, scopes: undefined, use: { kind: 'login', tokenHash, usedAt: found.usedAt, now } };
}

export async function logOut(session: Session, token: string): Promise<void> {
  await deleteAuthSession(session, hashToken(token));
}

/** Sets a new password and ends every login, API token and passkey of the user: somebody else may have had them. */
export async function resetPassword(database: Database, username: string, password: string): Promise<void> {
  refuseShortPassword(password);
  const hashed_password = await hashPassword(password);
  await database.write(async (session) => {
    const user = await findUser(session, { username });
    if (user === undefined)
      throw new FlashcaseError('FC_NOT_FOUND', { what: `There is no user ${username}.`, hint: 'flashcase user list' });
    await updateUser(session, user.id, { hashed_password });
    await deleteAuthSessionsOf(session, user.id);
    await deleteApiTokensOf(session, user.id);
    await deletePasskeysOf(session, user.id);
    await deleteOneTimeTokensOf(session, user.id);
  });
}

function refuseInactive(user: User): void {
  if (!user.is_active) throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Inactive user' });
}

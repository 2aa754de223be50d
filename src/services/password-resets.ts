import { createHash } from 'node:crypto';
import type { Database, Session } from '../db/database.ts';
import { randomToken } from '../db/random.ts';
import { deleteApiTokensOf } from '../db/stores/api-tokens.ts';
import { deleteAuthSessionsOf } from '../db/stores/auth-sessions.ts';
import { deleteOneTimeTokensOf, findOneTimeToken, insertOneTimeToken, takeOneTimeToken } from '../db/stores/one-time-tokens.ts';
import { deletePasskeysOf } from '../db/stores/passkeys.ts';
import { findUser, takeUser, type User, updateUser } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { normalAddress, refuseShortPassword } from './accounts.ts';
import { countAttempt } from './attempt-limits.ts';
import type { SendMail } from './mail.ts';
import { hashPassword } from './passwords.ts';
import { letRemindAgain } from './reminders.ts';
import { hashToken } from './token-hash.ts';

const PURPOSE = 'password_reset';
export const RESET_MINUTES = 45;
/** In a quarter of an hour: asked for one account, and from one address, behind which a whole school may be. */
const MOST_OF_NAME = 3;
const MOST_OF_ADDRESS = 30;

/** A link that sets a new password once. */
export interface ResetLink {
  /** Behind the address of the site. What follows the # is never sent by a browser: it stands in no log of a server. */
  readonly path: string;
  readonly expiresAt: Timestamp;
}

/** Makes a link for a user who is let in. Several may be under way: the last mail may come first. */
export async function makeResetLink(session: Session, user: User): Promise<ResetLink> {
  const token = randomToken(32);
  const expires_at = session.clock.now().plusSeconds(RESET_MINUTES * 60);
  await insertOneTimeToken(session, { purpose: PURPOSE, user_id: user.id, token_hash: hashToken(token), expires_at });
  return { path: `/reset-password#${token}`, expiresAt: expires_at };
}

/**
 * Counts that somebody asks for a link. What follows (`sendResetLink`) is done after the answer, which so tells neither by its words nor by
 * its time whether there is such an account.
 */
export function countResetRequest(database: Database, name: string, address: string): Promise<void> {
  const hashed = createHash('sha256').update(normalAddress(name)).digest('hex');
  return countAttempt(
    database,
    [
      { subject: `reset name ${hashed}`, most: MOST_OF_NAME },
      { subject: `reset address ${address}`, most: MOST_OF_ADDRESS },
    ],
    'A new password was asked for too often.',
  );
}

/** Mails a link to the user of a name or address, if there is one who may log in. */
export async function sendResetLink(database: Database, send: SendMail, site: string, name: string): Promise<void> {
  const user = await database.read(
    // An address first: a stranger may have it for a name, and would get the link of their own account instead of the one who asks.
    async (session) =>
      (name.includes('@') ? await findUser(session, { email: normalAddress(name) }) : undefined) ??
      findUser(session, { username: name }),
  );
  if (user === undefined || !user.is_active) return;
  const { path } = await database.write((session) => makeResetLink(session, user));
  await send({
    to: user.email,
    subject: 'A new password for FlashCase',
    // Without the name of the account: somebody may have given the address of a stranger as theirs, and a name that is a text to them.
    text: [
      'Hello,',
      '',
      `somebody asked for a new password for your account on ${site}. If it was you, choose one here:`,
      '',
      `${site}${path}`,
      '',
      `The link works once, for ${RESET_MINUTES} minutes. All your logins, API tokens and passkeys end when you use it.`,
      'If it was not you, there is nothing to do: your password stays as it is.',
      '',
    ].join('\n'),
  });
}

const refused = () =>
  new FlashcaseError('FC_BAD_REQUEST', {
    what: 'This link has been used or has ended',
    hint: 'Ask for a new one on the page where you sign in.',
  });

/** Sets a new password by a link. Every login, API token, passkey and other link of the account ends: somebody else may have had it. */
export async function resetByLink(database: Database, token: string, password: string): Promise<void> {
  refuseShortPassword(password);
  const token_hash = hashToken(token);
  // Hashing is dear: nobody gets it for nothing.
  if ((await database.read((session) => findOneTimeToken(session, PURPOSE, token_hash))) === undefined) throw refused();
  const hashed_password = await hashPassword(password);
  await database.write(async (session) => {
    const used = await takeOneTimeToken(session, PURPOSE, token_hash);
    const user = used?.user_id == null ? undefined : await takeUser(session, used.user_id);
    if (user === undefined || !user.is_active) throw refused();
    await updateUser(session, user.id, { hashed_password });
    await deleteAuthSessionsOf(session, user.id);
    await deleteApiTokensOf(session, user.id);
    await deletePasskeysOf(session, user.id);
    await deleteOneTimeTokensOf(session, user.id);
    await letRemindAgain(session, user);
  });
}

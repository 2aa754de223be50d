import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Database, Session } from '../db/database.ts';
import { findOneTimeToken, insertOneTimeToken, takeOneTimeToken } from '../db/stores/one-time-tokens.ts';
import {
  deletePasskey,
  findPasskey,
  insertPasskey,
  listPasskeys,
  type Passkey,
  renamePasskey,
  usePasskey,
} from '../db/stores/passkeys.ts';
import { takeUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { confirmPassword, type Login, type LoginRequest, openLogin, takeUnchanged } from './accounts.ts';
import { countAttempt } from './attempt-limits.ts';
import { hashToken } from './token-hash.ts';

export type { Passkey };

/** Loaded when a passkey is first wanted: the library and what it reads certificates with take longer to load than all of FlashCase. */
const library = () => import('@simplewebauthn/server');

/** A question to a passkey is to be answered within this. */
const CHALLENGE_SECONDS = 300;
const NEW = 'passkey_new';
const SIGN_IN = 'passkey_sign_in';
/** Of one user. */
const MOST_PASSKEYS = 20;
/** Questions in a quarter of an hour, from one address: each is a row until it is answered or ends. */
const MOST_QUESTIONS = 200;

/**
 * Where passkeys work. A passkey belongs to the name of a site, which so must be known, and not just be what a request says it is: else a
 * site that pretends to be this one could pass its questions on.
 */
export interface PasskeySite {
  /** `https://cards.example.org` */
  readonly origin: string;
  /** `cards.example.org` */
  readonly id: string;
}

/** The site of a `PUBLIC_URL`; `undefined` where passkeys cannot work: browsers want a name, and https unless it is this machine. */
export function passkeySite(publicUrl: string | undefined): PasskeySite | undefined {
  if (publicUrl === undefined) return undefined;
  const { origin, hostname, protocol } = new URL(publicUrl);
  const isName = !/^[\d.]+$/.test(hostname) && !hostname.startsWith('[');
  return isName && (protocol === 'https:' || hostname === 'localhost') ? { origin, id: hostname } : undefined;
}

/**
 * @param origin of the page that asks, as its browser says
 * @throws FC_NOT_CONFIGURED without a site, FC_PASSKEY_SITE when the page was opened at another address
 */
export function siteFor(site: PasskeySite | undefined, origin: string | undefined): PasskeySite {
  if (site === undefined)
    throw new FlashcaseError('FC_NOT_CONFIGURED', {
      what: 'Passkeys need PUBLIC_URL, with https and a name instead of an IP address',
    });
  if (origin !== undefined && origin !== site.origin)
    throw new FlashcaseError('FC_PASSKEY_SITE', {
      what: `Passkeys of this server work at ${site.origin}, and this page was opened at ${origin}`,
      hint: `Open ${site.origin}, or set PUBLIC_URL to the address people use.`,
    });
  return site;
}

async function keepChallenge(session: Session, purpose: string, challenge: string, userId: bigint | null): Promise<void> {
  const expires_at = session.clock.now().plusSeconds(CHALLENGE_SECONDS);
  await insertOneTimeToken(session, { purpose, user_id: userId, token_hash: hashToken(challenge), expires_at });
}

/** The challenge a response was made for, as the response says; whether it was ever given is looked up. */
function challengeOf(response: { response: { clientDataJSON: string } }): string {
  try {
    const told: unknown = JSON.parse(Buffer.from(response.response.clientDataJSON, 'base64url').toString('utf8'));
    const { challenge } = told as { challenge?: unknown };
    if (typeof challenge === 'string') return challenge;
  } catch {
    // Not what a browser sends.
  }
  throw new FlashcaseError('FC_BAD_REQUEST', { what: 'This is not an answer of a passkey' });
}

const tooLate = () =>
  new FlashcaseError('FC_BAD_REQUEST', {
    what: 'This question to the passkey has been answered or has ended',
    hint: 'Start again.',
  });

/** What a browser needs to make a passkey. Who makes one gives the password: an open page must not become a way in that stays. */
export async function passkeyQuestion(
  database: Database,
  site: PasskeySite,
  user: User,
  { password, address }: { password: string; address: string },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  await confirmPassword(database, user, password, address);
  const known = await database.read((session) => listPasskeys(session, user.id));
  if (known.length >= MOST_PASSKEYS)
    throw new FlashcaseError('FC_CONFLICT', {
      what: `You have ${MOST_PASSKEYS} passkeys, and more there may not be`,
      hint: 'Remove one that is not used any more.',
    });
  const { generateRegistrationOptions } = await library();
  const options = await generateRegistrationOptions({
    rpName: 'FlashCase',
    rpID: site.id,
    userID: new TextEncoder().encode(String(user.id)),
    userName: user.username,
    attestationType: 'none',
    excludeCredentials: known.filter((passkey) => passkey.site === site.id).map(({ credential_id: id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await database.write((session) => keepChallenge(session, NEW, options.challenge, user.id), 'nobody');
  return options;
}

/** Keeps a passkey that a browser made. @throws FC_BAD_REQUEST when it was not made for this user, site and question */
export async function addPasskey(
  database: Database,
  site: PasskeySite,
  user: User,
  { name, response }: { name: string; response: RegistrationResponseJSON },
): Promise<Passkey> {
  const challenge = challengeOf(response);
  const { verifyRegistrationResponse } = await library();
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.id,
  }).catch((error: unknown) => refuse(error));
  if (!verified.verified) throw refuse(undefined);
  const { credential } = verified.registrationInfo;
  return database.write(async (session) => {
    await takeUnchanged(session, user);
    const question = await takeOneTimeToken(session, NEW, hashToken(challenge));
    if (question?.user_id !== user.id) throw tooLate();
    return insertPasskey(session, {
      user_id: user.id,
      credential_id: credential.id,
      public_key: Buffer.from(credential.publicKey).toString('base64url'),
      sign_count: BigInt(credential.counter),
      transports: credential.transports?.join(' ') ?? null,
      site: site.id,
      name,
    });
  }, 'nobody');
}

function refuse(cause: unknown): never {
  throw new FlashcaseError('FC_BAD_REQUEST', { what: 'The answer of this passkey is not right', cause });
}

/** What a browser needs to sign somebody in whose name it does not say. */
export async function signInQuestion(
  database: Database,
  site: PasskeySite,
  address: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  await countAttempt(database, [{ subject: `passkey address ${address}`, most: MOST_QUESTIONS }], 'Too many sign-ins.');
  const { generateAuthenticationOptions } = await library();
  const options = await generateAuthenticationOptions({ rpID: site.id, userVerification: 'required' });
  await database.write((session) => keepChallenge(session, SIGN_IN, options.challenge, null), 'nobody');
  return options;
}

/** Signs in whoever a passkey is of. @throws FC_UNAUTHENTICATED when it is nobody's, or its answer is not right */
export async function signInByPasskey(
  database: Database,
  site: PasskeySite,
  response: AuthenticationResponseJSON,
  login: Pick<LoginRequest, 'kind' | 'days' | 'whence'>,
): Promise<Login> {
  const challenge = challengeOf(response);
  const [passkey, question] = await database.read(async (session) => [
    await findPasskey(session, response.id),
    await findOneTimeToken(session, SIGN_IN, hashToken(challenge)),
  ]);
  const unknown = (cause?: unknown) =>
    new FlashcaseError('FC_UNAUTHENTICATED', {
      what: 'This passkey is not known here',
      hint: 'Sign in with your password.',
      cause,
    });
  if (passkey === undefined) throw unknown();
  if (question === undefined) throw tooLate();
  const { verifyAuthenticationResponse } = await library();
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    credential: {
      id: passkey.credential_id,
      publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
      counter: Number(passkey.sign_count),
    },
  }).catch((error: unknown) => {
    throw unknown(error);
  });
  if (!verified.verified) throw unknown();
  return database.write(async (session) => {
    if ((await takeOneTimeToken(session, SIGN_IN, hashToken(challenge))) === undefined) throw tooLate();
    const user = await takeUser(session, passkey.user_id);
    if (user === undefined || !(await usePasskey(session, passkey.id, BigInt(verified.authenticationInfo.newCounter))))
      throw unknown();
    if (!user.is_active) throw new FlashcaseError('FC_BAD_REQUEST', { what: 'Inactive user' });
    return { user, token: await openLogin(session, user, login) };
  }, 'nobody');
}

export const passkeysOf = (session: Session, user: User): Promise<Passkey[]> => listPasskeys(session, user.id);

const notFound = () => new FlashcaseError('FC_NOT_FOUND', { what: 'Passkey not found' });

export async function nameOnePasskey(session: Session, user: User, id: bigint, name: string): Promise<void> {
  if (!(await renamePasskey(session, user.id, id, name))) throw notFound();
}

/** Removes a passkey. There is always another way in: the password stays. */
export async function removePasskey(session: Session, user: User, id: bigint): Promise<void> {
  if (!(await deletePasskey(session, user.id, id))) throw notFound();
}

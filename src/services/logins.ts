import type { Session } from '../db/database.ts';
import { touchApiToken } from '../db/stores/api-tokens.ts';
import {
  type AuthSession,
  deleteAuthSessionOf,
  deleteAuthSessionsOf,
  listAuthSessions,
  touchAuthSession,
} from '../db/stores/auth-sessions.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { hashToken } from './token-hash.ts';

/** What is known of the other end of a login; neither says who somebody is. */
export interface Whence {
  /** `User-Agent` as it came. */
  readonly agent: string | undefined;
  /** A network, as of `coarseAddressOf`. */
  readonly place: string;
}

export type Login = AuthSession & { readonly isCurrent: boolean };

/** When a login or token was last used is noted down so often: everybody's every request would otherwise be a write. */
const NOTED_SECONDS = 600;

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/CrOS/, 'ChromeOS'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];
/** The first that fits: most browsers name those they descend from. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const MOST_CHARACTERS = 60;

/** A device as its user knows it, from what its program says of itself: `Firefox on Windows`, or the name of a program. */
export function deviceOf(agent: string | undefined): string | null {
  if (agent === undefined || agent.trim() === '') return null;
  const first = (names: typeof SYSTEMS) => names.find(([pattern]) => pattern.test(agent))?.[1];
  const [browser, system] = [first(BROWSERS), first(SYSTEMS)];
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  const program = agent.trim().split(/[\s/]/, 1)[0] as string;
  return [...program].slice(0, MOST_CHARACTERS).join('');
}

/** The logins of a user that have not ended, last used first. @param token of the login that asks */
export async function listLogins(session: Session, user: User, token: string): Promise<Login[]> {
  const own = hashToken(token);
  return (await listAuthSessions(session, user.id)).map((login) => ({ ...login, isCurrent: login.token_hash === own }));
}

/** Ends one login of the user's, on every server at once. Another one's does not exist for them (`FC_NOT_FOUND`). */
export async function endLogin(session: Session, user: User, id: bigint): Promise<void> {
  if (!(await deleteAuthSessionOf(session, user.id, id))) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Login not found' });
}

/** Ends all logins of a user but the one that asks. Gives how many. */
export function endOtherLogins(session: Session, user: User, token: string): Promise<number> {
  return deleteAuthSessionsOf(session, user.id, hashToken(token));
}

/** A way in that was just used, as its row was read. */
export interface Use {
  readonly kind: 'login' | 'token';
  readonly tokenHash: string;
  readonly usedAt: Timestamp | null;
  readonly now: Timestamp;
}

/** Whether a use is to be noted down. */
export const isUseNew = ({ usedAt, now }: Use): boolean => usedAt === null || !now.isBefore(usedAt.plusSeconds(NOTED_SECONDS));

/** Notes down when and where a login or token was used. */
export function noteUse(session: Session, { kind, tokenHash, now }: Use, place: string): Promise<void> {
  return kind === 'login' ? touchAuthSession(session, tokenHash, now, place) : touchApiToken(session, tokenHash, now, place);
}

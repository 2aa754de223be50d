import type { Database, Session } from '../db/database.ts';
import { randomBytes } from '../db/random.ts';
import { type ApiToken, deleteApiToken, insertApiToken, listApiTokens } from '../db/stores/api-tokens.ts';
import { takeUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { confirmPassword } from './accounts.ts';
import { SCOPES, type Scope, TOKEN_PREFIX } from './scopes.ts';
import { hashToken } from './token-hash.ts';

export type { ApiToken };

/** Of one user. */
const MOST_TOKENS = 50;

export interface NewApiToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Days until it ends; `null` for never. */
  readonly days: number | null;
  readonly password: string;
  readonly address: string;
}

/**
 * Makes a token for programs. Who makes one gives the password again: an open page that somebody else finds must not become a way in that
 * stays. @returns its row, and the token itself, which is stored nowhere
 */
export async function makeApiToken(
  database: Database,
  user: User,
  { name, scopes, days, password, address }: NewApiToken,
): Promise<{ token: string; row: ApiToken }> {
  if (scopes.length === 0)
    throw new FlashcaseError('FC_INPUT_INVALID', { what: 'A token needs a scope.', details: { field: 'scopes' } });
  if (scopes.includes('admin') && !user.is_admin)
    throw new FlashcaseError('FC_FORBIDDEN', { what: 'Only an administrator may make a token with the scope admin' });
  await confirmPassword(database, user, password, address);
  const token = `${TOKEN_PREFIX}${randomBytes(32).toString('hex')}`;
  const row = await database.write(async (session) => {
    // One after the other, so that the limit holds; and the password is still the one that was confirmed.
    const now = await takeUser(session, user.id);
    if (now?.hashed_password !== user.hashed_password || !now.is_active)
      throw new FlashcaseError('FC_UNAUTHENTICATED', { what: 'Could not validate credentials' });
    if ((await listApiTokens(session, user.id)).length >= MOST_TOKENS)
      throw new FlashcaseError('FC_CONFLICT', {
        what: `You have ${MOST_TOKENS} API tokens, and more there may not be`,
        hint: 'Revoke one that is not used any more.',
      });
    return insertApiToken(session, {
      user_id: user.id,
      token_hash: hashToken(token),
      name,
      scopes: SCOPES.filter((scope) => scopes.includes(scope)).join(' '),
      expires_at: days === null ? null : session.clock.now().plusDays(days),
    });
  });
  return { token, row };
}

export const apiTokensOf = (session: Session, user: User): Promise<ApiToken[]> => listApiTokens(session, user.id);

/** Revokes a token of the user's, on every server at once. Another one's does not exist for them (`FC_NOT_FOUND`). */
export async function revokeApiToken(session: Session, user: User, id: bigint): Promise<void> {
  if (!(await deleteApiToken(session, user.id, id))) throw new FlashcaseError('FC_NOT_FOUND', { what: 'API token not found' });
}

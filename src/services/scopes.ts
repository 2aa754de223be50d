import { FlashcaseError } from '../errors/index.ts';

/** Secret scanners find an API token by this: `flashcase_` and 64 hexadecimal digits. */
export const TOKEN_PREFIX = 'flashcase_';

/** What an API token may do. None holds another one: a program is given just what it needs. */
export const SCOPES = ['read', 'study', 'edit', 'transfer', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * What a route asks of an API token: a scope; `any` for what each may; `login` for what none may, as to open or keep ways into the
 * account. Who is logged in with a password or a passkey may do everything that is theirs.
 */
export type Needed = Scope | 'any' | 'login';

/** The scopes a token was given. What this version does not know is of a newer one, and gives nothing here. */
export const scopesIn = (stored: string): readonly Scope[] => SCOPES.filter((scope) => stored.split(' ').includes(scope));

/** @throws FC_TOKEN_SCOPE when a token may not do what a route does */
export function checkScope(given: readonly Scope[], needed: Needed): void {
  if (needed === 'any' || (needed !== 'login' && given.includes(needed))) return;
  throw new FlashcaseError(
    'FC_TOKEN_SCOPE',
    needed === 'login'
      ? { what: 'No API token may do this', hint: 'Sign in on the page, and do it there.' }
      : {
          what: `This API token has not the scope ${needed}`,
          hint: 'Make a token with this scope under Account, API tokens.',
          details: { needed, given },
        },
  );
}

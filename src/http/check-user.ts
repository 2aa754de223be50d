import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';

/**
 * Answers and marks that waited in a browser are their own student's, whoever has logged in there since.
 * @param told the id in `X-FlashCase-User`; without one whoever is logged in is meant
 * @throws FC_UNAUTHENTICATED when it is somebody else's
 */
export function checkUser(user: User, told: string | undefined): void {
  if (told === undefined || told === String(user.id)) return;
  throw new FlashcaseError('FC_UNAUTHENTICATED', {
    what: 'Somebody else is logged in than who gave this answer',
    hint: 'Log in as the one who gave it.',
  });
}

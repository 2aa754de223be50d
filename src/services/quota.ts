import type { Session } from '../db/database.ts';
import { countOwnCards } from '../db/stores/accounts.ts';
import { holdUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';

/**
 * Runs work that may add cards to a user's decks, and refuses it, whole, when they would then have more than they may. Work that adds none
 * goes on where somebody has too many already, as after their limit was lowered. Counts only where there is a limit.
 * @param standard what everybody without a limit of their own may have; `undefined`: as many as they like
 * @throws FC_QUOTA with `limit` and `used`
 */
export async function withinQuota<T>(
  session: Session,
  user: User,
  standard: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const limit = user.max_cards ?? standard;
  if (limit === undefined) return work();
  // One after the other, so that two do not fill the last place.
  await holdUser(session, user.id);
  const used = await countOwnCards(session, user.id);
  const done = await work();
  const wanted = await countOwnCards(session, user.id);
  if (wanted <= limit || wanted <= used) return done;
  throw new FlashcaseError('FC_QUOTA', {
    what: `You may have ${limit} cards on this server, have ${used}, and would have ${wanted}`,
    hint: 'Delete cards that you need no more, or ask who runs this server for more.',
    details: { limit, used, wanted },
  });
}

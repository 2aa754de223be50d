import { type RawBuilder, sql } from 'kysely';

/** That a deck is shared with everybody: public, and not hidden by a moderator. Without a value: by it the index of public decks is found. */
export const isShared = (): RawBuilder<boolean> => sql<boolean>`(deck.is_public AND deck.hidden_at IS NULL)`;

/** That a user holds a deck: their own, or another's that no moderator has hidden; for queries that join `deck` and the user's `user_deck`. */
export const isHeld = (): RawBuilder<boolean> =>
  sql<boolean>`(user_deck.id IS NOT NULL AND (user_deck.is_owner OR deck.hidden_at IS NULL))`;

/** That a user may read a deck: it is shared, or they hold it; for the same queries. */
export const isReadable = (): RawBuilder<boolean> => sql<boolean>`(${isShared()} OR ${isHeld()})`;

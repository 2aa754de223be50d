import { type RawBuilder, sql } from 'kysely';

/** That a deck is shared with everybody: public, and not hidden by a moderator. Without a value: by it the index of public decks is found. */
export const isShared = (): RawBuilder<boolean> => sql<boolean>`(deck.is_public AND deck.hidden_at IS NULL)`;

/** That a user may read a deck: it is shared, or they hold it; for queries that join `deck` and the user's `user_deck`. */
export const isReadable = (): RawBuilder<boolean> => sql<boolean>`(${isShared()} OR user_deck.id IS NOT NULL)`;

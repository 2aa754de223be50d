import type { Database } from '../db/database.ts';
import { keepListing, staleListings } from '../db/stores/deck-listings.ts';
import { holdDeck } from '../db/stores/decks.ts';

/** Decks of one unit of work: the writer is never held for long. */
const BATCH = 200;

/** Lists public decks that a server of an older version made or changed. Returns how many. */
export async function settleListings(database: Database): Promise<number> {
  for (let settled = 0; ; ) {
    const stale = await database.read((session) => staleListings(session, BATCH));
    if (stale.length === 0) return settled;
    await database.write(async (session) => {
      for (const { id } of stale) {
        // As it is now: whoever changed it meanwhile has listed it.
        const deck = await holdDeck(session, id);
        if (deck !== undefined) await keepListing(session, deck, deck.created_at);
      }
    });
    settled += stale.length;
  }
}

import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { rebuildReviewCounts } from '../../src/db/stores/review-counts.ts';
import type { Place } from '../support/database.ts';
import { settingsFor } from '../support/fresh.ts';

/** Gives the cards of a user a year of reviews up to now, as if they had been studied; the server may be running. */
export async function fillYear(place: Place, username: string): Promise<void> {
  const database = openDatabase(settingsFor(place), systemClock());
  try {
    await database.write(async ({ kysely, connection, engine, clock }) => {
      const { id: user_id } = await kysely
        .selectFrom('user')
        .select('id')
        .where('username', '=', username)
        .executeTakeFirstOrThrow();
      const cards = await kysely
        .selectFrom('card')
        .innerJoin('user_deck', 'user_deck.deck_id', 'card.deck_id')
        .select('card.id')
        .where('user_deck.user_id', '=', user_id)
        .execute();
      const now = clock.now();
      for (let day = 364; day >= 0; day--) {
        if (day % 9 === 5) continue;
        for (const [index, { id: card_id }] of cards.entries()) {
          if ((day + index) % 3 !== 0) continue;
          const reviewed_at = now.plusDays(-day).plusSeconds(-600 - index * 1800);
          const interval = [1, 6, 15, 40][(day + index) % 4] as number;
          const due = reviewed_at.plusDays(interval);
          await kysely
            .insertInto('study_log')
            .values({
              user_id,
              card_id,
              reviewed_at,
              ease_factor: 2.5,
              interval,
              repetitions: 3,
              last_rating: [0, 4, 3, 5, 4][(day * 7 + index) % 5] as number,
              due_date: due,
              next_review: due,
              created_at: reviewed_at,
            })
            .execute();
          const state = {
            ease_factor: 2.5,
            interval,
            repetitions: 3,
            last_rating: 4,
            next_review: due,
            last_reviewed_at: reviewed_at,
          };
          await kysely
            .insertInto('card_state')
            .values({ user_id, card_id, ...state, review_count: 1 })
            .onConflict((conflict) => conflict.columns(['user_id', 'card_id']).doUpdateSet(state))
            .execute();
        }
      }
      await rebuildReviewCounts(connection, engine, user_id);
    });
  } finally {
    await database.close();
  }
}

import type { Kysely } from 'kysely';
import { rebuildReviewCounts } from '../../db/stores/review-counts.ts';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import type { Timestamp } from '../../schema/index.ts';
import { repetitionsOf } from '../../study/schedulers.ts';
import { inferReviews } from '../../study/sm2.ts';
import type { AdoptionContext } from './context.ts';
import type { AdoptionReport } from './report.ts';

interface DeckStats {
  reviews: number;
  ratings: number;
  ratingSum: bigint;
  lastStudied: Timestamp;
}

/**
 * Fills what follows from the log: version 1's missing ratings and repetitions, `card_state`, the counters per user and deck, the counts
 * for statistics, and `deck_metadata` for decks without it. One user at a time, so that memory does not grow with the database.
 */
export async function deriveStudyState({
  connection,
  engine,
  version,
  clock,
}: AdoptionContext): Promise<Pick<AdoptionReport, 'cardStates' | 'inferredRatings'>> {
  const db = connection.kysely as unknown as Kysely<FlashcaseTables>;
  const deckOf = new Map(
    (await db.selectFrom('card').select(['id', 'deck_id']).execute()).map((card) => [card.id, card.deck_id]),
  );
  const users = await db.selectFrom('user').select('id').orderBy('id').execute();
  let cardStates = 0;
  const inferred = { known: 0, unknown: 0 };
  for (const { id: userId } of users) {
    const logs = await db
      .selectFrom('study_log')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('card_id')
      .orderBy('reviewed_at')
      .orderBy('id')
      .execute();
    const stats = new Map<bigint, DeckStats>();
    for (const [cardId, reviews] of Map.groupBy(logs, (log) => log.card_id)) {
      const told =
        version === 1 ? inferReviews(reviews.map((log) => ({ easeFactor: log.ease_factor, interval: log.interval }))) : [];
      for (const [i, log] of reviews.entries()) {
        const { quality, repetitions } = told[i] ?? {
          quality: log.last_rating ?? undefined,
          repetitions: log.repetitions ?? undefined,
        };
        if (version === 1) {
          inferred[quality === undefined ? 'unknown' : 'known']++;
          await db
            .updateTable('study_log')
            .set({ last_rating: quality ?? null, repetitions: repetitions ?? null })
            .where('user_id', '=', userId)
            .where('reviewed_at', '=', log.reviewed_at)
            .where('id', '=', log.id)
            .execute();
        }
        const deckId = deckOf.get(cardId) as bigint;
        const counted = stats.get(deckId) ?? { reviews: 0, ratings: 0, ratingSum: 0n, lastStudied: log.reviewed_at };
        counted.reviews++;
        if (quality !== undefined) {
          counted.ratings++;
          counted.ratingSum += BigInt(quality);
        }
        if (counted.lastStudied.isBefore(log.reviewed_at)) counted.lastStudied = log.reviewed_at;
        stats.set(deckId, counted);
      }
      const last = reviews.at(-1) as (typeof reviews)[number];
      const state = told.at(-1) ?? { quality: last.last_rating ?? undefined, repetitions: last.repetitions ?? undefined };
      await db
        .insertInto('card_state')
        .values({
          user_id: userId,
          card_id: cardId,
          ease_factor: last.ease_factor,
          interval: last.interval,
          repetitions: state.repetitions ?? repetitionsOf(last.interval),
          last_rating: state.quality ?? null,
          next_review: last.due_date,
          last_reviewed_at: last.reviewed_at,
          review_count: reviews.length,
        })
        .execute();
      cardStates++;
    }
    for (const [deckId, counted] of stats) {
      await db
        .insertInto('user_deck_stats')
        .values({
          user_id: userId,
          deck_id: deckId,
          review_count: counted.reviews,
          rating_count: counted.ratings,
          rating_sum: counted.ratingSum,
          last_studied: counted.lastStudied,
        })
        .execute();
    }
    await rebuildReviewCounts(connection, engine, userId);
  }
  const bare = await db
    .selectFrom('deck')
    .leftJoin('deck_metadata', 'deck_metadata.deck_id', 'deck.id')
    .select('deck.id')
    .where('deck_metadata.id', 'is', null)
    .orderBy('deck.id')
    .execute();
  for (const { id } of bare) {
    await db.insertInto('deck_metadata').values({ deck_id: id, created_at: clock.now(), updated_at: clock.now() }).execute();
  }
  return { cardStates, ...(version === 1 ? { inferredRatings: inferred } : {}) };
}

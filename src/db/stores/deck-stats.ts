import { sql } from 'kysely';
import type { Connection, Engine } from '../../engine/engine.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import { timeOfMicros } from './bulk-rows.ts';
import { isTakenBack, NO_REVIEWS, place } from './in-effect.ts';

type DeckStats = RowOf<typeof flashcase.tables.user_deck_stats>;

/** An answer given on a train comes later than those given after it. */
const LATEST = sql<Timestamp>`CASE WHEN user_deck_stats.last_studied > excluded.last_studied THEN user_deck_stats.last_studied
  ELSE excluded.last_studied END`;

const addToCounters = precompiled<{ userId: bigint; deckId: bigint; rating: bigint; reviewedAt: Timestamp }>(
  'add-to-deck-counters',
)((kysely, value) =>
  kysely
    .insertInto('user_deck_stats')
    .values({
      user_id: value('userId'),
      deck_id: value('deckId'),
      review_count: 1,
      rating_count: 1,
      rating_sum: value('rating'),
      last_studied: value('reviewedAt'),
    })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'deck_id']).doUpdateSet((eb) => ({
        review_count: eb('user_deck_stats.review_count', '+', 1),
        rating_count: eb('user_deck_stats.rating_count', '+', 1),
        rating_sum: eb('user_deck_stats.rating_sum', '+', value('rating')),
        last_studied: LATEST,
      })),
    ),
);

/** Counts one review of a user in a deck. */
export async function countReview(
  session: Session,
  userId: bigint,
  deckId: bigint,
  rating: number,
  reviewedAt: Timestamp,
): Promise<void> {
  await addToCounters(session, { userId, deckId, rating: BigInt(rating), reviewedAt });
}

const takeFromCounters = precompiled<{ userId: bigint; deckId: bigint; count: number; rating: bigint }>(
  'take-from-deck-counters',
)((kysely, value) =>
  kysely
    .updateTable('user_deck_stats')
    .set((eb) => ({
      review_count: eb('review_count', '-', 1),
      rating_count: eb('rating_count', '-', value('count')),
      rating_sum: eb('rating_sum', '-', value('rating')),
    }))
    .where('user_id', '=', value('userId'))
    .where('deck_id', '=', value('deckId')),
);

/** Takes one review of a user in a deck out of the counters. */
export async function uncountReview(session: Session, userId: bigint, deckId: bigint, rating: number | null): Promise<void> {
  await takeFromCounters(session, { userId, deckId, count: rating === null ? 0 : 1, rating: BigInt(rating ?? 0) });
}

const COLUMNS = Object.keys(flashcase.tables.user_deck_stats.columns).join(', ');

/** Reviews of one user in a deck, to be added to the counters. */
export interface AddedReviews {
  readonly reviews: number;
  readonly ratings: number;
  readonly ratingSum: number;
  /** When the last of them was, in microseconds since 1970. */
  readonly lastAt: number;
}

/** Counts reviews of a user in decks, in the unit of work that wrote them to the log. */
export async function addDeckStats(session: Session, userId: bigint, decks: ReadonlyMap<bigint, AddedReviews>): Promise<void> {
  const { kysely } = session;
  for (const [deckId, { reviews, ratings, ratingSum, lastAt }] of decks) {
    const row = {
      user_id: userId,
      deck_id: deckId,
      review_count: reviews,
      rating_count: ratings,
      rating_sum: BigInt(ratingSum),
      last_studied: timeOfMicros(lastAt),
    };
    await kysely
      .insertInto('user_deck_stats')
      .values(checked(flashcase.tables.user_deck_stats, row))
      .onConflict((conflict) =>
        conflict.columns(['user_id', 'deck_id']).doUpdateSet((eb) => ({
          review_count: eb('user_deck_stats.review_count', '+', eb.ref('excluded.review_count')),
          rating_count: eb('user_deck_stats.rating_count', '+', eb.ref('excluded.rating_count')),
          rating_sum: eb('user_deck_stats.rating_sum', '+', eb.ref('excluded.rating_sum')),
          last_studied: LATEST,
        })),
      )
      .execute();
  }
}

/** Looks the time of the last review in decks up in the log, after reviews were taken out of it; a deck without any has no counters. */
export async function settleDeckStats({ kysely }: Session, userId: bigint, deckIds: readonly bigint[]): Promise<void> {
  for (const deckId of deckIds) {
    const row = await kysely
      .selectFrom('study_log')
      .innerJoin('card', 'card.id', 'study_log.card_id')
      .select((eb) => eb.fn.max('study_log.reviewed_at').as('last_studied'))
      .where('study_log.user_id', '=', userId)
      .where('card.deck_id', '=', deckId)
      .where((eb) => eb.or([eb('study_log.kind', 'is', null), eb('study_log.kind', 'not in', NO_REVIEWS)]))
      .executeTakeFirst();
    const last = (row?.last_studied ?? null) as Timestamp | null;
    await (last === null
      ? kysely.deleteFrom('user_deck_stats').where('user_id', '=', userId).where('deck_id', '=', deckId).execute()
      : kysely
          .updateTable('user_deck_stats')
          .set({ last_studied: last })
          .where('user_id', '=', userId)
          .where('deck_id', '=', deckId)
          .execute());
  }
}

/** What the log of one user says that `user_deck_stats` must hold. A deck was studied also where every answer was taken back. */
function statsOfLog(engine: Engine['name']): string {
  return `SELECT user_id, deck_id, CAST(sum(counts) AS integer) AS review_count,
    CAST(sum(CASE WHEN last_rating IS NULL THEN 0 ELSE counts END) AS integer) AS rating_count,
    CAST(sum(coalesce(last_rating, 0) * counts) AS bigint) AS rating_sum, max(reviewed_at) AS last_studied
  FROM (
    SELECT study_log.user_id, card.deck_id, study_log.last_rating, study_log.reviewed_at, CASE WHEN ${isTakenBack(engine)} THEN 0 ELSE 1 END AS counts
    FROM study_log JOIN card ON card.id = study_log.card_id
    WHERE study_log.user_id = ${place(engine)} AND coalesce(study_log.kind, '') NOT IN (${NO_REVIEWS.map((kind) => `'${kind}'`).join(', ')})
  ) AS answers
  GROUP BY user_id, deck_id`;
}

/** Counts a user's reviews in each deck anew from the log. Needed after rows came into the log by another way than a review. */
export async function rebuildDeckStats({ connection, engine }: Session, userId: bigint): Promise<void> {
  await holdReviews(connection, engine, userId);
  await connection.execute(`DELETE FROM user_deck_stats WHERE user_id = ${place(engine.name)}`, [userId]);
  await connection.execute(`INSERT INTO user_deck_stats (${COLUMNS}) ${statsOfLog(engine.name)}`, [userId]);
}

/** Until the end of this unit of work no review of a user is under way: each holds its user's row until its commit, by its foreign key. */
export async function holdReviews(connection: Connection, engine: Engine, userId: bigint): Promise<void> {
  if (!engine.capabilities.hasConcurrentWriters) return;
  await connection.query(`SELECT 1 AS held FROM "user" WHERE id = ${place(engine.name)} FOR UPDATE`, [userId]);
}

/** A deck whose counters are not what the log says; one side is absent where only the other has the deck. */
export interface WrongDeckStats {
  readonly deckId: bigint;
  readonly stored: DeckStats | undefined;
  readonly computed: DeckStats | undefined;
}

/** Compares a user's counters with the log, in one look: a review that is made meanwhile is in both or in neither. */
export async function wrongDeckStats({ connection, engine }: Session, userId: bigint): Promise<WrongDeckStats[]> {
  const query = `WITH computed AS (${statsOfLog(engine.name)}),
      stored AS (SELECT ${COLUMNS} FROM user_deck_stats WHERE user_id = ${place(engine.name)})
    SELECT 'computed' AS side, ${COLUMNS} FROM (SELECT ${COLUMNS} FROM computed EXCEPT SELECT ${COLUMNS} FROM stored) AS missing
    UNION ALL SELECT 'stored' AS side, ${COLUMNS} FROM (SELECT ${COLUMNS} FROM stored EXCEPT SELECT ${COLUMNS} FROM computed) AS unexpected
    ORDER BY deck_id`;
  const rows = (await connection.query(query, [userId])) as unknown as (DeckStats & { side: 'computed' | 'stored' })[];
  const sideOf = (deck: readonly (typeof rows)[number][], wanted: string): DeckStats | undefined => {
    const { side: _, ...row } = deck.find(({ side }) => side === wanted) ?? { side: wanted };
    return 'deck_id' in row ? (row as DeckStats) : undefined;
  };
  return [...Map.groupBy(rows, ({ deck_id }) => deck_id)].map(([deckId, deck]) => ({
    deckId,
    stored: sideOf(deck, 'stored'),
    computed: sideOf(deck, 'computed'),
  }));
}

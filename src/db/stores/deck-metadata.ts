import type { Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export interface DeckMetadata {
  readonly deck_id: bigint;
  readonly card_count: number;
  readonly total_reviews: number;
  readonly average_rating: number | null;
  readonly last_studied: Timestamp | null;
}

/**
 * The guide's deck_metadata, right when read: reviews are counted per user and summed up here, so no review waits for another's.
 * This is the one query over the study data of all users.
 */
export async function readDeckMetadata(session: Session, deckId: bigint): Promise<DeckMetadata> {
  const cards = await session.kysely
    .selectFrom('card')
    .select((eb) => eb.fn.countAll<number>().as('cards_in_all'))
    .where('deck_id', '=', deckId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  const perUser = await session.kysely.selectFrom('user_deck_stats').selectAll().where('deck_id', '=', deckId).execute();
  const ratings = perUser.reduce((sum, row) => sum + row.rating_count, 0);
  const total = perUser.reduce((sum, row) => sum + row.rating_sum, 0n);
  return {
    deck_id: deckId,
    card_count: cards.cards_in_all,
    total_reviews: perUser.reduce((sum, row) => sum + row.review_count, 0),
    average_rating: ratings === 0 ? null : Number(total) / ratings,
    last_studied: perUser.reduce<Timestamp | null>(
      (newest, row) =>
        row.last_studied !== null && (newest === null || newest.isBefore(row.last_studied)) ? row.last_studied : newest,
      null,
    ),
  };
}

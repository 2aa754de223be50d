import { type RawBuilder, sql } from 'kysely';
import type { Capabilities } from '../../engine/engine.ts';
import type { Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import type { Deck, VisibleDeck } from './decks.ts';
import { isHeld } from './readable.ts';

/** Many ids as one value of a query: its text is the same for two decks and for thousands. */
export const idListOf = ({ isLocalFile }: Capabilities, ids: readonly bigint[]): string =>
  isLocalFile ? `[${ids.join(',')}]` : `{${ids.join(',')}}`;

/** A list of ids as a table with the columns `id` and `place`, from 1 on. */
export const idTable = ({ isLocalFile }: Capabilities, ids: string): RawBuilder<{ id: bigint; place: number }> =>
  isLocalFile
    ? sql`(SELECT value AS id, key AS place FROM json_each(${ids}))`
    : sql`(SELECT listed.id, listed.place FROM unnest(CAST(${ids} AS bigint[])) WITH ORDINALITY AS listed (id, place))`;

/** That a card is in one of these decks. */
export const isInDecks = ({ isLocalFile }: Capabilities, ids: string): RawBuilder<boolean> =>
  isLocalFile
    ? sql<boolean>`card.deck_id IN (SELECT value FROM json_each(${ids}))`
    : sql<boolean>`card.deck_id = ANY(CAST(${ids} AS bigint[]))`;

const ownNames = precompiled<{ userId: bigint }>('own-deck-names')((kysely, value) =>
  kysely
    .selectFrom('user_deck')
    .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
    .select(['deck.id', 'deck.name'])
    .where('user_deck.user_id', '=', value('userId'))
    .where(sql<boolean>`user_deck.is_owner`)
    .where('deck.deleted_at', 'is', null)
    .orderBy('deck.id'),
);

/** The decks that a user owns, by id: names of others' decks say nothing about where they belong. */
export const listOwnNames = (session: Session, userId: bigint): Promise<{ id: bigint; name: string }[]> =>
  ownNames(session, { userId });

/** The decks that a user holds, by id; those with these ids only where ids are given. */
export function listHeldDecks(session: Session, userId: bigint, limit: number, ids?: readonly bigint[]): Promise<VisibleDeck[]> {
  const query = session.kysely
    .selectFrom('user_deck')
    .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
    .selectAll('deck')
    .select('user_deck.is_owner')
    .where('user_deck.user_id', '=', userId)
    .where(isHeld())
    .where('deck.deleted_at', 'is', null)
    .orderBy('deck.id')
    .limit(limit);
  if (ids === undefined) return query.execute();
  const { capabilities } = session;
  return query
    .where(sql<boolean>`deck.id IN (SELECT listed.id FROM ${idTable(capabilities, idListOf(capabilities, ids))} AS listed)`)
    .execute();
}

/** Holds decks that are not deleted until the end of this unit of work, in the order of their ids: two who hold many wait for each other in one order. */
export async function holdDecks(session: Session, deckIds: readonly bigint[]): Promise<Deck[]> {
  const { kysely, capabilities } = session;
  const query = kysely
    .selectFrom('deck')
    .selectAll()
    .where(sql<boolean>`deck.id IN (SELECT listed.id FROM ${idTable(capabilities, idListOf(capabilities, deckIds))} AS listed)`)
    .where('deleted_at', 'is', null)
    .orderBy('id');
  return (capabilities.hasConcurrentWriters ? query.forUpdate() : query).execute();
}

/** What a deck has to study now, limits of the day aside: `due_count` is the sum of the three. */
export interface DueCounts {
  readonly card_count: number;
  readonly new_count: number;
  /** On the steps of minutes. */
  readonly learning_count: number;
  readonly review_count: number;
}

const isFree = (now: Timestamp) =>
  sql`card_state.is_suspended IS NOT TRUE AND (card_state.buried_until IS NULL OR card_state.buried_until <= ${now})`;

/** Counts the cards of many decks in one query. */
export async function countByDeck(
  { kysely, capabilities }: Session,
  userId: bigint,
  deckIds: readonly bigint[],
  now: Timestamp,
): Promise<Map<bigint, DueCounts>> {
  if (deckIds.length === 0) return new Map();
  const isDue = sql`card_state.review_count > 0 AND card_state.next_review <= ${now}`;
  const counted = (condition: RawBuilder<unknown>) => sql<number>`count(CASE WHEN ${condition} AND ${isFree(now)} THEN 1 END)`;
  const rows = await kysely
    .selectFrom('card')
    .leftJoin('card_state', (join) => join.onRef('card_state.card_id', '=', 'card.id').on('card_state.user_id', '=', userId))
    .select((eb) => [
      'card.deck_id',
      eb.fn.countAll<number>().as('cards_in_all'),
      counted(sql`(card_state.review_count IS NULL OR card_state.review_count = 0)`).as('new_cards'),
      counted(sql`${isDue} AND card_state."interval" = 0`).as('learning_cards'),
      counted(sql`${isDue} AND card_state."interval" > 0`).as('due_cards'),
    ])
    .where(isInDecks(capabilities, idListOf(capabilities, deckIds)))
    .where('card.deleted_at', 'is', null)
    .groupBy('card.deck_id')
    .execute();
  return new Map(
    rows.map((row) => [
      row.deck_id,
      {
        card_count: row.cards_in_all,
        new_count: row.new_cards,
        learning_count: row.learning_cards,
        review_count: row.due_cards,
      },
    ]),
  );
}

import type { SelectQueryBuilder } from 'kysely';
import { type FlashcaseTables, flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import { inBatches } from './notes.ts';
import type { Page } from './page.ts';
import { isReadable } from './readable.ts';
import { indexCards } from './search-rows.ts';

export type Card = RowOf<typeof flashcase.tables.card>;
export type VisibleCard = Card & { readonly is_owner: boolean | null };

/** Cards of decks the user may read; `is_owner` says whether they may change them. */
function visibleCards(kysely: Session['kysely'], userId: bigint) {
  return kysely
    .selectFrom('card')
    .innerJoin('deck', 'deck.id', 'card.deck_id')
    .leftJoin('user_deck', (join) => join.onRef('user_deck.deck_id', '=', 'deck.id').on('user_deck.user_id', '=', userId))
    .selectAll('card')
    .select('user_deck.is_owner')
    .where('card.deleted_at', 'is', null)
    .where('deck.deleted_at', 'is', null)
    .where(isReadable());
}

const cardById = precompiled<{ userId: bigint; cardId: bigint }>('card')((kysely, value) =>
  visibleCards(kysely, value('userId')).where('card.id', '=', value('cardId')),
);

export async function findCard(session: Session, userId: bigint, cardId: bigint): Promise<VisibleCard | undefined> {
  return (await cardById(session, { userId, cardId }))[0];
}

/** Holds a card until the end of this unit of work, as it is now: two who change it at once come one after the other. */
export async function holdCardRow(session: Session, cardId: bigint): Promise<Card | undefined> {
  const query = session.kysely.selectFrom('card').selectAll().where('id', '=', cardId).where('deleted_at', 'is', null);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

/**
 * Holds many cards until the end of this unit of work, as they are now; deleted ones are left out. Always in the order of their ids: two who
 * hold the same do not wait for each other in a circle. Who studies them meanwhile does not wait: no key is held.
 */
export function holdCards(session: Session, cardIds: readonly bigint[]): Promise<Card[]> {
  return inBatches(cardIds.toSorted(byId), (part) =>
    held(session, session.kysely.selectFrom('card').selectAll().where('id', 'in', part).where('deleted_at', 'is', null)),
  );
}

/** The same of all cards of notes, deleted ones too, because they may come back. The notes are held before. */
export function holdCardsOfNotes(session: Session, noteIds: readonly bigint[]): Promise<Card[]> {
  return inBatches(noteIds.toSorted(byId), (part) =>
    held(session, session.kysely.selectFrom('card').selectAll().where('note_id', 'in', part)),
  );
}

const byId = (a: bigint, b: bigint): number => (a < b ? -1 : 1);

function held(session: Session, query: SelectQueryBuilder<FlashcaseTables, 'card', Card>): Promise<Card[]> {
  const inOrder = query.orderBy('id');
  return (session.capabilities.hasConcurrentWriters ? inOrder.forNoKeyUpdate() : inOrder).execute();
}

/** A page of cards in the order of their ids, of one deck or of all the user may read. */
export function listCards(
  session: Session,
  userId: bigint,
  deckId: bigint | undefined,
  { after, limit }: Page,
): Promise<VisibleCard[]> {
  let query = visibleCards(session.kysely, userId).orderBy('card.id').limit(limit);
  if (after !== undefined) query = query.where('card.id', '>', after);
  if (deckId !== undefined) query = query.where('card.deck_id', '=', deckId);
  return query.execute();
}

export async function insertCard(session: Session, values: { deck_id: bigint; front: string; back: string }): Promise<Card> {
  const now = session.clock.now();
  const card = await session.kysely
    .insertInto('card')
    .values(checked(flashcase.tables.card, { ...values, created_at: now, updated_at: now }))
    .returningAll()
    .executeTakeFirstOrThrow();
  await indexCards(session, [card]);
  return card;
}

export type NewCard = Omit<Card, 'id' | 'created_at' | 'updated_at' | 'deleted_at'>;

/** Inserts cards of notes and gives their rows in the same order. */
export function insertCards(session: Session, cards: readonly NewCard[]): Promise<Card[]> {
  const now = session.clock.now();
  return inBatches(cards, async (part) => {
    const rows = await session.kysely
      .insertInto('card')
      .values(part.map((card) => checked(flashcase.tables.card, { ...card, created_at: now, updated_at: now })))
      .returningAll()
      .execute();
    await indexCards(session, rows);
    // The engines hand ids out in the order of the rows, but promise no order of what they return.
    return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  });
}

/** The cards of notes, by note and ordinal; deleted ones too, because they may come back. */
export function cardsOfNotes(session: Session, noteIds: readonly bigint[]): Promise<Card[]> {
  return inBatches(noteIds, (part) =>
    session.kysely.selectFrom('card').selectAll().where('note_id', 'in', part).orderBy('note_id').orderBy('ordinal').execute(),
  );
}

/** Cards of a deck that belong to no note and have this front: what a new note would repeat. */
export async function findPlainCards(session: Session, deckId: bigint, front: string): Promise<bigint[]> {
  const rows = await session.kysely
    .selectFrom('card')
    .select('id')
    .where('deck_id', '=', deckId)
    .where('note_id', 'is', null)
    .where('front', '=', front)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(10)
    .execute();
  return rows.map(({ id }) => id);
}

/** The fronts of a deck's cards that belong to no note, without spaces around them. */
export async function plainFronts(session: Session, deckId: bigint): Promise<string[]> {
  const rows = await session.kysely
    .selectFrom('card')
    .select('front')
    .where('deck_id', '=', deckId)
    .where('note_id', 'is', null)
    .where('deleted_at', 'is', null)
    .execute();
  return rows.map(({ front }) => front.trim());
}

export async function updateCard(
  session: Session,
  cardId: bigint,
  values: Partial<Omit<Card, 'id' | 'created_at' | 'updated_at'>>,
): Promise<Card> {
  const card = await session.kysely
    .updateTable('card')
    .set(checked(flashcase.tables.card, { ...values, updated_at: session.clock.now() }))
    .where('id', '=', cardId)
    .returningAll()
    .executeTakeFirstOrThrow();
  await indexCards(session, [card]);
  return card;
}

/** Rows of one statement: both engines take far more values, and a larger one is no faster. */
const ROWS = 500;

/** Adds cards without a note to a deck, in their order. */
export async function insertPlainCards(
  session: Session,
  deckId: bigint,
  cards: readonly { readonly front: string; readonly back: string }[],
): Promise<Card[]> {
  const now = session.clock.now();
  const made: Card[] = [];
  for (let at = 0; at < cards.length; at += ROWS) {
    const rows = cards
      .slice(at, at + ROWS)
      .map(({ front, back }) =>
        checked(flashcase.tables.card, { deck_id: deckId, front, back, created_at: now, updated_at: now }),
      );
    const part = await session.kysely.insertInto('card').values(rows).returningAll().execute();
    await indexCards(session, part);
    made.push(...part);
  }
  return made;
}

/** A page of a deck's own cards, not deleted, in the order of their ids; who may see them is settled before. */
export function listCardsOfDeck(session: Session, deckId: bigint, { after, limit }: Page): Promise<Card[]> {
  let query = session.kysely
    .selectFrom('card')
    .selectAll()
    .where('deck_id', '=', deckId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(limit);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.execute();
}

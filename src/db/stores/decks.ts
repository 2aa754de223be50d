import { sql } from 'kysely';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import type { Page } from './page.ts';
import { isHeld, isReadable, isShared } from './readable.ts';

export type Deck = RowOf<typeof flashcase.tables.deck>;
/** A deck as its reader stands to it. */
export type VisibleDeck = Deck & { readonly is_owner: boolean | null };

export interface DeckFilter {
  readonly scope?: 'own' | 'public';
  readonly search?: string;
  readonly school?: string;
  readonly course?: string;
  readonly professor?: string;
  readonly year?: number;
}

/** Only ASCII letters: that is what both engines' `lower` changes for text compared bytewise (facts T-33). */
export const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Decks the user may read: public ones and those they hold, not deleted. `is_owner` is NULL where they hold no row. */
function visibleDecks(kysely: Session['kysely'], userId: bigint) {
  return kysely
    .selectFrom('deck')
    .leftJoin('user_deck', (join) => join.onRef('user_deck.deck_id', '=', 'deck.id').on('user_deck.user_id', '=', userId))
    .selectAll('deck')
    .select('user_deck.is_owner')
    .where('deck.deleted_at', 'is', null)
    .where(isReadable());
}

const deckById = precompiled<{ userId: bigint; deckId: bigint }>('deck')((kysely, value) =>
  visibleDecks(kysely, value('userId')).where('deck.id', '=', value('deckId')),
);

export async function findDeck(session: Session, userId: bigint, deckId: bigint): Promise<VisibleDeck | undefined> {
  return (await deckById(session, { userId, deckId }))[0];
}

/** A page of decks in the order of their ids. */
export function listDecks(session: Session, userId: bigint, filter: DeckFilter, { after, limit }: Page): Promise<VisibleDeck[]> {
  let query = visibleDecks(session.kysely, userId).orderBy('deck.id').limit(limit);
  if (after !== undefined) query = query.where('deck.id', '>', after);
  if (filter.scope === 'own') query = query.where(isHeld());
  if (filter.scope === 'public') query = query.where(isShared()).where('user_deck.id', 'is', null);
  if (filter.school !== undefined) query = query.where('deck.school', '=', filter.school);
  if (filter.course !== undefined) query = query.where('deck.course', '=', filter.course);
  if (filter.professor !== undefined) query = query.where('deck.professor', '=', filter.professor);
  if (filter.year !== undefined) query = query.where('deck.year', '=', filter.year);
  if (filter.search !== undefined) {
    const pattern = `%${asciiLower(filter.search).replace(/[\\%_]/g, '\\$&')}%`;
    query = query.where(sql<boolean>`lower(deck.name) LIKE ${pattern} ESCAPE '\\'`);
  }
  return query.execute();
}

export async function insertDeck(session: Session, ownerId: bigint, values: Partial<Deck> & { name: string }): Promise<Deck> {
  const now = session.clock.now();
  const created = await session.kysely
    .insertInto('deck')
    .values(checked(flashcase.tables.deck, { ...values, created_at: now, updated_at: now }))
    .returningAll()
    .executeTakeFirstOrThrow();
  await session.kysely
    .insertInto('user_deck')
    .values({ user_id: ownerId, deck_id: created.id, is_owner: true, added_at: now })
    .execute();
  await session.kysely.insertInto('deck_metadata').values({ deck_id: created.id, created_at: now, updated_at: now }).execute();
  return created;
}

export function updateDeck(session: Session, deckId: bigint, values: Partial<Deck>): Promise<Deck> {
  return session.kysely
    .updateTable('deck')
    .set(checked(flashcase.tables.deck, { ...values, updated_at: session.clock.now() }))
    .where('id', '=', deckId)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Holds a deck until the end of this unit of work. */
export async function holdDeck(session: Session, deckId: bigint): Promise<Deck | undefined> {
  const query = session.kysely.selectFrom('deck').selectAll().where('id', '=', deckId).where('deleted_at', 'is', null);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

/** Lets a deck not be deleted or changed until the end of this unit of work; others go on studying it. */
export async function keepDeck({ kysely, capabilities }: Session, deckId: bigint): Promise<void> {
  if (capabilities.hasConcurrentWriters)
    await kysely.selectFrom('deck').select('id').where('id', '=', deckId).forNoKeyUpdate().execute();
}

/** Whether a deck, deleted or not, is a user's own. */
export async function ownsDeck(session: Session, userId: bigint, deckId: bigint): Promise<boolean> {
  const row = await session.kysely
    .selectFrom('user_deck')
    .select('is_owner')
    .where('user_id', '=', userId)
    .where('deck_id', '=', deckId)
    .executeTakeFirst();
  return row?.is_owner === true;
}

/** Of decks those that are a user's own. */
export async function ownedAmong({ kysely }: Session, userId: bigint, deckIds: readonly bigint[]): Promise<Set<bigint>> {
  if (deckIds.length === 0) return new Set();
  const rows = await kysely
    .selectFrom('user_deck')
    .select('deck_id')
    .where('user_id', '=', userId)
    .where('is_owner', '=', true)
    .where('deck_id', 'in', deckIds)
    .execute();
  return new Set(rows.map((row) => row.deck_id));
}

/** The same of decks that are not deleted. */
export async function liveOwnedAmong({ kysely }: Session, userId: bigint, deckIds: readonly bigint[]): Promise<Set<bigint>> {
  if (deckIds.length === 0) return new Set();
  const rows = await kysely
    .selectFrom('user_deck')
    .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
    .select('user_deck.deck_id')
    .where('user_deck.user_id', '=', userId)
    .where('user_deck.is_owner', '=', true)
    .where('user_deck.deck_id', 'in', deckIds)
    .where('deck.deleted_at', 'is', null)
    .execute();
  return new Set(rows.map((row) => row.deck_id));
}

export interface DeckCounts {
  readonly card_count: number;
  readonly due_count: number;
}

/** Cards, and cards due now for this user (new ones included, those set aside not), of several decks in one query. */
export async function countCards(
  session: Session,
  userId: bigint,
  deckIds: readonly bigint[],
  now: Timestamp,
): Promise<Map<bigint, DeckCounts>> {
  if (deckIds.length === 0) return new Map();
  const rows = await session.kysely
    .selectFrom('card')
    .leftJoin('card_state', (join) => join.onRef('card_state.card_id', '=', 'card.id').on('card_state.user_id', '=', userId))
    .select((eb) => [
      'card.deck_id',
      eb.fn.countAll<number>().as('cards_in_all'),
      eb.fn
        .count<number>(
          eb
            .case()
            .when(
              eb.and([
                eb.or([eb('card_state.next_review', 'is', null), eb('card_state.next_review', '<=', now)]),
                eb('card_state.is_suspended', 'is not', true),
                eb.or([eb('card_state.buried_until', 'is', null), eb('card_state.buried_until', '<=', now)]),
              ]),
            )
            .then(1)
            .end(),
        )
        .as('cards_due'),
    ])
    .where('card.deck_id', 'in', deckIds)
    .where('card.deleted_at', 'is', null)
    .groupBy('card.deck_id')
    .execute();
  return new Map(rows.map((row) => [row.deck_id, { card_count: row.cards_in_all, due_count: row.cards_due }]));
}

/** Decks of this very name that a user owns, oldest first. */
export function findOwnDecks(session: Session, userId: bigint, name: string): Promise<Deck[]> {
  return session.kysely
    .selectFrom('deck')
    .innerJoin('user_deck', 'user_deck.deck_id', 'deck.id')
    .selectAll('deck')
    .where('user_deck.user_id', '=', userId)
    .where('user_deck.is_owner', '=', true)
    .where('deck.name', '=', name)
    .where('deck.deleted_at', 'is', null)
    .orderBy('deck.id')
    .execute();
}

import type { Session } from '../db/database.ts';
import { keepListing } from '../db/stores/deck-listings.ts';
import { type DeckMetadata, readDeckMetadata } from '../db/stores/deck-metadata.ts';
import {
  countCards,
  type Deck,
  type DeckCounts,
  type DeckFilter,
  findDeck,
  insertDeck,
  listDecks,
  updateDeck,
  type VisibleDeck,
} from '../db/stores/decks.ts';
import type { Page } from '../db/stores/page.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { decksBelow } from './decks-below.ts';
import { type RowChange, recordRows, rowChange } from './operations.ts';
import { holdBelow, type Renamed, renamedDecks } from './rename-decks.ts';

export type { DeckFilter, DeckMetadata };
export type CountedDeck = Deck & DeckCounts & { readonly is_owner: boolean };

export type DeckValues = Partial<Pick<Deck, 'name' | 'description' | 'is_public' | 'school' | 'course' | 'professor' | 'year'>>;

async function counted(session: Session, user: User, decks: readonly VisibleDeck[]): Promise<CountedDeck[]> {
  const counts = await countCards(
    session,
    user.id,
    decks.map((deck) => deck.id),
    session.clock.now(),
  );
  return decks.map((deck) => ({
    ...deck,
    is_owner: deck.is_owner === true,
    ...(counts.get(deck.id) ?? { card_count: 0, due_count: 0 }),
  }));
}

/** A deck the user may read; anything else does not exist for them (`FC_NOT_FOUND`). */
export async function readableDeck(session: Session, user: User, deckId: bigint): Promise<VisibleDeck> {
  const deck = await findDeck(session, user.id, deckId);
  if (deck === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Deck not found' });
  return deck;
}

/** A deck the user owns. One they can only read is forbidden to change (`FC_FORBIDDEN`). */
export async function ownDeck(session: Session, user: User, deckId: bigint): Promise<VisibleDeck> {
  const deck = await readableDeck(session, user, deckId);
  if (deck.is_owner !== true) throw new FlashcaseError('FC_FORBIDDEN', { what: 'Only the owner can change this deck' });
  return deck;
}

export async function getDeck(session: Session, user: User, deckId: bigint): Promise<CountedDeck> {
  const [deck] = await counted(session, user, [await readableDeck(session, user, deckId)]);
  return deck as CountedDeck;
}

/** A page of the user's own and the public decks by id. */
export async function browseDecks(session: Session, user: User, filter: DeckFilter, page: Page): Promise<CountedDeck[]> {
  return counted(session, user, await listDecks(session, user.id, filter, page));
}

export async function createDeck(session: Session, user: User, values: DeckValues & { name: string }): Promise<CountedDeck> {
  const deck = await insertDeck(session, user.id, values);
  await keepListing(session, deck, deck.created_at);
  return { ...deck, is_owner: true, card_count: 0, due_count: 0 };
}

/** Changes a deck of one's own; with its name the decks below it are renamed, in one operation. */
export async function changeDeck(session: Session, user: User, deckId: bigint, values: DeckValues): Promise<CountedDeck> {
  const deck = await ownDeck(session, user, deckId);
  const [first, ...below] = await renamedDecks(session, user, deck, values.name ?? deck.name);
  const { before } = first as Renamed;
  const after = await changeHeld(session, before, values);
  const rows = [rowChange('deck', before, after, Object.keys(values) as (keyof DeckValues)[])];
  for (const { before: lower, name } of below.filter((one) => one.before.name !== one.name))
    rows.push(rowChange('deck', lower, await changeHeld(session, lower, { name }), ['name']));
  await recordRows(session, user, 'change_deck', deckId, rows);
  const [shown] = await counted(session, user, [{ ...after, is_owner: true }]);
  return shown as CountedDeck;
}

async function changeHeld(session: Session, { id }: Deck, values: DeckValues): Promise<Deck> {
  const after = await updateDeck(session, id, values);
  await keepListing(session, after, after.updated_at);
  return after;
}

/** Marks a deck as deleted, `below` with all of one's own below it, in one operation; their cards go with them, the reviews stay. */
export async function deleteDeck(session: Session, user: User, deckId: bigint, below = false): Promise<void> {
  const deck = await ownDeck(session, user, deckId);
  const lower = below ? await decksBelow(session, user, deck) : [];
  const rows: RowChange[] = [];
  for (const before of await holdBelow(session, deck, lower)) {
    const after = await updateDeck(session, before.id, { deleted_at: session.clock.now() });
    rows.push(rowChange('deck', before, after, ['deleted_at']));
  }
  await recordRows(session, user, 'delete_deck', deckId, rows);
}

export async function getDeckMetadata(session: Session, user: User, deckId: bigint): Promise<DeckMetadata> {
  await readableDeck(session, user, deckId);
  return readDeckMetadata(session, deckId);
}

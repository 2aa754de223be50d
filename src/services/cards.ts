import type { Session } from '../db/database.ts';
import { type Card, findCard, holdCardRow, insertCard, listCards, updateCard, type VisibleCard } from '../db/stores/cards.ts';
import type { Page } from '../db/stores/page.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { changeCardOfNote, deleteCardOfNote } from './change-note.ts';
import { ownDeck } from './decks.ts';
import { recordRows, rowChange } from './operations.ts';

export type { Card };

/** A card of a deck the user may read; anything else does not exist for them (`FC_NOT_FOUND`). */
export async function readableCard(session: Session, user: User, cardId: bigint): Promise<VisibleCard> {
  const card = await findCard(session, user.id, cardId);
  if (card === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  return card;
}

async function ownCard(session: Session, user: User, cardId: bigint): Promise<VisibleCard> {
  const card = await readableCard(session, user, cardId);
  if (card.is_owner !== true) throw new FlashcaseError('FC_FORBIDDEN', { what: 'Only the owner can change this card' });
  return card;
}

/** A card that is to be changed. One that stands for itself is held: it must not become a note's meanwhile. A note's is held by its note. */
async function heldCard(session: Session, card: Card): Promise<Card> {
  const held = card.note_id === null ? await holdCardRow(session, card.id) : card;
  if (held === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  return held;
}

export function browseCards(session: Session, user: User, deckId: bigint | undefined, page: Page): Promise<Card[]> {
  return listCards(session, user.id, deckId, page);
}

export async function createCard(
  session: Session,
  user: User,
  values: { deck_id: bigint; front: string; back: string },
): Promise<Card> {
  await ownDeck(session, user, values.deck_id);
  return insertCard(session, values);
}

export async function changeCard(
  session: Session,
  user: User,
  cardId: bigint,
  values: { front?: string; back?: string },
): Promise<Card> {
  const card = await heldCard(session, await ownCard(session, user, cardId));
  if (card.note_id !== null) return changeCardOfNote(session, user, card, values);
  const after = await updateCard(session, cardId, values);
  await recordRows(session, user, 'change_card', cardId, [rowChange('card', card, after, ['front', 'back'])]);
  return after;
}

/** Marks a card as deleted; its reviews stay. */
export async function deleteCard(session: Session, user: User, cardId: bigint): Promise<void> {
  const card = await heldCard(session, await ownCard(session, user, cardId));
  if (card.note_id !== null) return deleteCardOfNote(session, user, card);
  const after = await updateCard(session, cardId, { deleted_at: session.clock.now() });
  await recordRows(session, user, 'delete_card', cardId, [rowChange('card', card, after, ['deleted_at'])]);
}

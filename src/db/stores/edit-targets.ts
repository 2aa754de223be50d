import type { Session } from '../database.ts';
import type { Card } from './cards.ts';
import { inBatches, type NoteRow } from './notes.ts';

/** Cards, notes and cards that stand for themselves, of decks that are a user's own: what they may change. */
function own({ kysely }: Session, userId: bigint) {
  return kysely
    .selectFrom('deck')
    .innerJoin('user_deck', 'user_deck.deck_id', 'deck.id')
    .where('user_deck.user_id', '=', userId)
    .where('user_deck.is_owner', '=', true)
    .where('deck.deleted_at', 'is', null);
}

/** Of cards those that a user may change, with the note each is of. */
export function ownCardsAmong(
  session: Session,
  userId: bigint,
  cardIds: readonly bigint[],
): Promise<{ id: bigint; note_id: bigint | null; deck_id: bigint }[]> {
  return inBatches(cardIds, (part) =>
    own(session, userId)
      .innerJoin('card', 'card.deck_id', 'deck.id')
      .select(['card.id', 'card.note_id', 'card.deck_id'])
      .where('card.id', 'in', part)
      .where('card.deleted_at', 'is', null)
      .execute(),
  );
}

/** Of notes those that a user may change, by their ids, with the name of their deck. */
export function ownNotesAmong(
  session: Session,
  userId: bigint,
  noteIds: readonly bigint[],
): Promise<(NoteRow & { readonly deck_name: string })[]> {
  return inBatches(noteIds, (part) =>
    own(session, userId)
      .innerJoin('note', 'note.deck_id', 'deck.id')
      .selectAll('note')
      .select('deck.name as deck_name')
      .where('note.id', 'in', part)
      .where('note.deleted_at', 'is', null)
      .orderBy('note.id')
      .execute(),
  );
}

/** The same of cards that stand for themselves. */
export function ownPlainCardsAmong(
  session: Session,
  userId: bigint,
  cardIds: readonly bigint[],
): Promise<(Card & { readonly deck_name: string })[]> {
  return inBatches(cardIds, (part) =>
    own(session, userId)
      .innerJoin('card', 'card.deck_id', 'deck.id')
      .selectAll('card')
      .select('deck.name as deck_name')
      .where('card.id', 'in', part)
      .where('card.note_id', 'is', null)
      .where('card.deleted_at', 'is', null)
      .orderBy('card.id')
      .execute(),
  );
}

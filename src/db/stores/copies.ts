import type { Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import type { Card } from './cards.ts';
import { inBatches } from './notes.ts';
import type { Page } from './page.ts';

/** A page of a deck's cards that belong to no note, in the order of their ids. */
export function listPlainCardsOfDeck(session: Session, deckId: bigint, { after, limit }: Page): Promise<Card[]> {
  let query = session.kysely
    .selectFrom('card')
    .selectAll()
    .where('deck_id', '=', deckId)
    .where('note_id', 'is', null)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(limit);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.execute();
}

/** True when a note or card of a deck was changed, added, marked or studied since all of them were written at one time. */
export async function hasChangedSince({ kysely }: Session, deckId: bigint, madeAt: Timestamp): Promise<boolean> {
  for (const table of ['note', 'card'] as const) {
    const other = await kysely
      .selectFrom(table)
      .select('id')
      .where('deck_id', '=', deckId)
      .where('updated_at', '<>', madeAt)
      .limit(1)
      .executeTakeFirst();
    if (other !== undefined) return true;
  }
  const studied = await kysely
    .selectFrom('card')
    .innerJoin('card_state', 'card_state.card_id', 'card.id')
    .select('card.id')
    .where('card.deck_id', '=', deckId)
    .limit(1)
    .executeTakeFirst();
  return studied !== undefined;
}

/** Marks notes and all their cards as deleted. */
export async function markNotesDeleted({ kysely }: Session, noteIds: readonly bigint[], now: Timestamp): Promise<void> {
  await inBatches(noteIds, async (part) => {
    const gone = { deleted_at: now, updated_at: now };
    await kysely.updateTable('note').set(gone).where('id', 'in', part).execute();
    await kysely.updateTable('card').set(gone).where('note_id', 'in', part).where('deleted_at', 'is', null).execute();
    return [];
  });
}

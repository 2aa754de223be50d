import { flashcase } from '../../schema/flashcase.ts';
import { checked, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { inBatches } from './notes.ts';
import { isHeld } from './readable.ts';
import type { Marks } from './study.ts';
import { makeStates } from './suspend-cards.ts';

export type CardMarks = Marks & { readonly card_id: bigint };

/** Of cards those of decks that a user holds, which they may mark. */
export async function heldCardsAmong({ kysely }: Session, userId: bigint, cardIds: readonly bigint[]): Promise<bigint[]> {
  const rows = await inBatches(cardIds, (part) =>
    kysely
      .selectFrom('card')
      .innerJoin('deck', 'deck.id', 'card.deck_id')
      .innerJoin('user_deck', (join) => join.onRef('user_deck.deck_id', '=', 'deck.id').on('user_deck.user_id', '=', userId))
      .select('card.id')
      .where('card.id', 'in', part)
      .where('card.deleted_at', 'is', null)
      .where('deck.deleted_at', 'is', null)
      .where(isHeld())
      .execute(),
  );
  return rows.map(({ id }) => id);
}

/**
 * The marks of cards, held until the end of this unit of work; a card that had none gets a standing first, where it is wanted. Few enough for
 * one statement, in the order of their ids.
 */
export async function holdMarks(
  session: Session,
  userId: bigint,
  cardIds: readonly bigint[],
  now: Timestamp | undefined,
): Promise<CardMarks[]> {
  if (cardIds.length === 0) return [];
  if (now !== undefined) await makeStates(session, userId, cardIds, now);
  const query = session.kysely
    .selectFrom('card_state')
    .select(['card_id', 'is_suspended', 'buried_until', 'flag'])
    .where('user_id', '=', userId)
    .where('card_id', 'in', cardIds)
    .orderBy('card_id');
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).execute();
}

/** Gives cards the same marks. */
export async function setMarks(
  { kysely }: Session,
  userId: bigint,
  cardIds: readonly bigint[],
  marks: Partial<Marks>,
): Promise<void> {
  await inBatches(cardIds, async (part) => {
    await kysely
      .updateTable('card_state')
      .set(checked(flashcase.tables.card_state, marks))
      .where('user_id', '=', userId)
      .where('card_id', 'in', part)
      .execute();
    return [];
  });
}

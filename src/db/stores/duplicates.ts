import { sql } from 'kysely';
import type { Session } from '../database.ts';
import { inBatches } from './notes.ts';

/** What tells a note that repeats another. */
export interface DuplicateCandidate {
  readonly id: bigint;
  readonly type: string;
  readonly note_type_id: bigint | null;
  readonly duplicate_key: string;
  readonly format: string;
  /** Only where the key alone does not tell. */
  readonly fields: string | null;
}

/** The decks, not deleted, that are a user's own; or the one of them that is asked for. */
export async function ownDeckIds({ kysely }: Session, userId: bigint, deckId: bigint | undefined): Promise<bigint[]> {
  let query = kysely
    .selectFrom('user_deck')
    .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
    .select('deck.id')
    .where('user_deck.user_id', '=', userId)
    .where('user_deck.is_owner', '=', true)
    .where('deck.deleted_at', 'is', null);
  if (deckId !== undefined) query = query.where('deck.id', '=', deckId);
  return (await query.execute()).map(({ id }) => id);
}

/**
 * Notes of decks that may repeat each other, in the order of their ids: those whose key another one of their type has, or, where `isLoose`,
 * all that have a key. @param needs of which of them the fields are read
 */
export async function duplicateCandidates(
  { kysely }: Session,
  deckIds: readonly bigint[],
  isLoose: boolean,
  needs: 'all' | 'media' | 'media and letters',
): Promise<DuplicateCandidate[]> {
  if (deckIds.length === 0) return [];
  const decks = sql.join(deckIds);
  const hasMedia = sql`note.fields LIKE '%<img%' OR note.fields LIKE '%![%' OR note.fields LIKE '%<audio%'`;
  const needed =
    needs === 'all'
      ? sql`note.fields`
      : needs === 'media'
        ? sql`CASE WHEN ${hasMedia} THEN note.fields END`
        : sql`CASE WHEN ${hasMedia} OR length(note.fields) <> octet_length(note.fields) THEN note.fields END`;
  const repeated = isLoose
    ? sql``
    : sql`JOIN (SELECT type, coalesce(note_type_id, 0) AS own_type, duplicate_key FROM note
        WHERE deck_id IN (${decks}) AND deleted_at IS NULL AND duplicate_key IS NOT NULL
        GROUP BY type, coalesce(note_type_id, 0), duplicate_key HAVING count(*) > 1) AS repeated
      ON repeated.duplicate_key = note.duplicate_key AND repeated.type = note.type
        AND repeated.own_type = coalesce(note.note_type_id, 0)`;
  const { rows } = await sql<DuplicateCandidate>`SELECT note.id, note.type, note.note_type_id, note.duplicate_key, note.format,
      ${needed} AS fields
    FROM note ${repeated}
    WHERE note.deck_id IN (${decks}) AND note.deleted_at IS NULL AND note.duplicate_key IS NOT NULL
    ORDER BY note.id`.execute(kysely);
  return rows;
}

/** How many cards notes have, and how often their user has answered them. */
export async function studyOfNotes(
  { kysely }: Session,
  userId: bigint,
  noteIds: readonly bigint[],
): Promise<Map<bigint, { readonly cards: number; readonly reviews: number }>> {
  const rows = await inBatches(noteIds, (part) =>
    kysely
      .selectFrom('card')
      .leftJoin('card_state', (join) => join.onRef('card_state.card_id', '=', 'card.id').on('card_state.user_id', '=', userId))
      .select([
        'card.note_id',
        sql<number | bigint>`count(*)`.as('cards'),
        sql<number | bigint | null>`sum(card_state.review_count)`.as('reviews'),
      ])
      .where('card.note_id', 'in', part)
      .where('card.deleted_at', 'is', null)
      .groupBy('card.note_id')
      .execute(),
  );
  return new Map(
    rows.map(({ note_id, cards, reviews }) => [note_id as bigint, { cards: Number(cards), reviews: Number(reviews ?? 0) }]),
  );
}

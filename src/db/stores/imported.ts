import type { Timestamp } from '../../schema/index.ts';
import type { ReviewKind } from '../../study/replay.ts';
import type { Phase } from '../../study/standing.ts';
import type { Session } from '../database.ts';
import type { Card } from './cards.ts';
import { inBatches, type NoteRow } from './notes.ts';
import { removeRows } from './search-rows.ts';

// What an import added, looked at and taken away again. Ids come a few hundred at a time.

const byId = (a: bigint, b: bigint): number => (a < b ? -1 : 1);

/** Notes, deleted ones too, held until the end of this unit of work: they may go. */
export function holdNotesToGo(session: Session, ids: readonly bigint[]): Promise<NoteRow[]> {
  return inBatches(ids.toSorted(byId), (part) => {
    const query = session.kysely.selectFrom('note').selectAll().where('id', 'in', part).orderBy('id');
    return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).execute();
  });
}

/** Cards, deleted ones too, held so that nobody answers them meanwhile. */
export function holdCardsToGo(session: Session, ids: readonly bigint[]): Promise<Card[]> {
  return inBatches(ids.toSorted(byId), (part) => {
    const query = session.kysely.selectFrom('card').selectAll().where('id', 'in', part).orderBy('id');
    return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).execute();
  });
}

/** Of these cards those that anybody has studied since, or that somebody else marked or reported. @param at the time of the import */
export async function usedCards(session: Session, ids: readonly bigint[], userId: bigint, at: Timestamp): Promise<Set<bigint>> {
  const { kysely } = session;
  const rows = await inBatches(ids, async (part) => [
    ...(await kysely
      .selectFrom('study_log')
      .select('card_id')
      .distinct()
      .where('card_id', 'in', part)
      .where('created_at', '<>', at)
      .execute()),
    ...(await kysely
      .selectFrom('card_state')
      .select('card_id')
      .where('card_id', 'in', part)
      .where('user_id', '<>', userId)
      .execute()),
    ...(await kysely
      .selectFrom('report')
      .select('content_id as card_id')
      .where('report_type', '=', 'CARD')
      .where('content_id', 'in', part)
      .execute()),
  ]);
  return new Set(rows.map(({ card_id }) => card_id));
}

/** A row of the log as it is counted. */
export interface LoggedReview {
  readonly card_id: bigint;
  readonly reviewed_at: Timestamp;
  readonly last_rating: number | null;
  readonly kind: ReviewKind | null;
  readonly duration_ms: number | null;
  readonly interval: number;
  readonly phase: Phase | null;
}

/** The logs of cards, each in its order. */
export function logsOf({ kysely }: Session, cardIds: readonly bigint[]): Promise<LoggedReview[]> {
  return inBatches(
    cardIds.toSorted(byId),
    (part) =>
      kysely
        .selectFrom('study_log')
        .select(['card_id', 'reviewed_at', 'last_rating', 'kind', 'duration_ms', 'interval', 'phase'])
        .where('card_id', 'in', part)
        .orderBy('card_id')
        .orderBy('reviewed_at')
        .orderBy('id')
        .execute() as Promise<LoggedReview[]>,
  );
}

/** Removes cards with all that is known of them. Nobody but their import may have written any of it (`usedCards`). */
export async function removeCards(session: Session, ids: readonly bigint[]): Promise<void> {
  await removeRows(session, ids);
  await inBatches(ids, async (part) => {
    await session.kysely.deleteFrom('study_log').where('card_id', 'in', part).execute();
    await session.kysely.deleteFrom('card_state').where('card_id', 'in', part).execute();
    await session.kysely.deleteFrom('card').where('id', 'in', part).execute();
    return [];
  });
}

/** Removes notes whose cards are gone, with their tags. */
export async function removeNotes({ kysely }: Session, ids: readonly bigint[]): Promise<void> {
  await inBatches(ids, async (part) => {
    await kysely.deleteFrom('note_tag').where('note_id', 'in', part).execute();
    await kysely.deleteFrom('note').where('id', 'in', part).execute();
    return [];
  });
}

/** Of these notes those that have a card. */
export async function notesWithCards({ kysely }: Session, ids: readonly bigint[]): Promise<Set<bigint>> {
  const rows = await inBatches(ids, (part) =>
    kysely.selectFrom('card').select('note_id').distinct().where('note_id', 'in', part).execute(),
  );
  return new Set(rows.map(({ note_id }) => note_id as bigint));
}

/** Marks a deck as deleted that an import made, if it is as it was left, nothing is in it, and nobody else has it. */
export async function deleteEmptyDeck(session: Session, userId: bigint, deckId: bigint, left: Timestamp): Promise<void> {
  const now = session.clock.now();
  await session.kysely
    .updateTable('deck')
    .set({ deleted_at: now, updated_at: now })
    .where('id', '=', deckId)
    .where('deleted_at', 'is', null)
    .where('updated_at', '=', left)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('card').select('card.id').whereRef('card.deck_id', '=', 'deck.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('note').select('note.id').whereRef('note.deck_id', '=', 'deck.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('user_deck')
            .select('user_deck.id')
            .whereRef('user_deck.deck_id', '=', 'deck.id')
            .where('user_deck.user_id', '<>', userId),
        ),
      ),
    )
    .execute();
}

/** Marks a note type as deleted that an import made, if no note is of it. */
export async function deleteUnusedType(session: Session, userId: bigint, typeId: bigint): Promise<void> {
  await session.kysely
    .updateTable('note_type')
    .set({ deleted_at: session.clock.now() })
    .where('id', '=', typeId)
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('note').select('note.id').whereRef('note.note_type_id', '=', 'note_type.id'))),
    )
    .execute();
}

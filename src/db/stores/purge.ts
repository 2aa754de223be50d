import type { Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { removeRows } from './search-rows.ts';

/** Rows of one unit of work: the writer is never held for long. */
const BATCH = 500;
/** Subscriptions of one unit of work: each knows as many notes as its deck has. */
const FEW = 10;

// What goes is held first, with the deck it is of: whoever is just bringing it back is left alone, and what came back before this looked
// is looked at as it is now.

/**
 * Removes cards that were marked as deleted (or whose deck was) before a time, and to which nothing refers: no review, no report. Asks
 * over the reviews of all users. Returns how many; there may be more.
 */
export async function purgeCards(session: Session, before: Timestamp): Promise<number> {
  const deleted = session.kysely
    .selectFrom('card')
    .innerJoin('deck', 'deck.id', 'card.deck_id')
    .select('card.id')
    .where((eb) =>
      eb.or([
        // A note that is there makes the card anew when its row is gone, and a person has deleted it.
        eb.and([
          eb('card.deleted_at', '<', before),
          eb.not(
            eb.exists(
              eb
                .selectFrom('note')
                .select('note.id')
                .whereRef('note.id', '=', 'card.note_id')
                .where('note.deleted_at', 'is', null),
            ),
          ),
        ]),
        eb('deck.deleted_at', '<', before),
      ]),
    );
  // Not by `exists`: where study data is spread over nodes, no question about a card alone can be asked for each card (docs/gotchas.md).
  const query = deleted
    .where('card.id', 'not in', ({ selectFrom }) =>
      selectFrom('study_log').select('study_log.card_id').where('study_log.card_id', 'in', deleted),
    )
    .where('card.id', 'not in', ({ selectFrom }) =>
      selectFrom('card_state').select('card_state.card_id').where('card_state.card_id', 'in', deleted),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('report')
            .select('report.id')
            .where('report.report_type', '=', 'CARD')
            .whereRef('report.content_id', '=', 'card.id'),
        ),
      ),
    )
    .limit(BATCH);
  const holds = session.capabilities.hasConcurrentWriters;
  const gone = await (holds ? query.forUpdate(['card', 'deck']).skipLocked() : query).execute();
  const ids = gone.map(({ id }) => id);
  if (ids.length > 0) {
    await session.kysely.deleteFrom('card').where('id', 'in', ids).execute();
    await removeRows(session, ids);
  }
  return ids.length;
}

/** Removes notes that were marked as deleted (or whose deck was) before a time and have no card any more, with their tags. */
export async function purgeNotes(session: Session, before: Timestamp): Promise<number> {
  const query = session.kysely
    .selectFrom('note')
    .innerJoin('deck', 'deck.id', 'note.deck_id')
    .select('note.id')
    .where((eb) => eb.or([eb('note.deleted_at', '<', before), eb('deck.deleted_at', '<', before)]))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('card').select('card.id').whereRef('card.note_id', '=', 'note.id'))),
    )
    .limit(BATCH);
  const holds = session.capabilities.hasConcurrentWriters;
  const gone = await (holds ? query.forUpdate(['note', 'deck']).skipLocked() : query).execute();
  const ids = gone.map(({ id }) => id);
  if (ids.length > 0) {
    await session.kysely.deleteFrom('note_tag').where('note_id', 'in', ids).execute();
    await session.kysely.deleteFrom('note').where('id', 'in', ids).execute();
  }
  return ids.length;
}

/** Removes decks that were marked as deleted before a time and hold no card, no note, no counted review and no report. Returns how many. */
export async function purgeDecks(session: Session, before: Timestamp): Promise<number> {
  const query = session.kysely
    .selectFrom('deck')
    .select('deck.id')
    .where('deck.deleted_at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('card').select('card.id').whereRef('card.deck_id', '=', 'deck.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('note').select('note.id').whereRef('note.deck_id', '=', 'deck.id'))),
    )
    .where('deck.id', 'not in', ({ selectFrom }) =>
      selectFrom('user_deck_stats')
        .select('user_deck_stats.deck_id')
        .where('user_deck_stats.deck_id', 'in', selectFrom('deck').select('deck.id').where('deck.deleted_at', '<', before)),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('report')
            .select('report.id')
            .where('report.report_type', '=', 'DECK')
            .whereRef('report.content_id', '=', 'deck.id'),
        ),
      ),
    )
    .limit(BATCH);
  const gone = await (session.capabilities.hasConcurrentWriters ? query.forUpdate().skipLocked() : query).execute();
  const ids = gone.map(({ id }) => id);
  if (ids.length === 0) return 0;
  for (const table of ['user_deck', 'deck_metadata'] as const) {
    await session.kysely.deleteFrom(table).where('deck_id', 'in', ids).execute();
  }
  await deleteSubscriptions(
    session,
    (await session.kysely.selectFrom('subscription').select('id').where('deck_id', 'in', ids).execute()).map(({ id }) => id),
  );
  for (const table of ['deck_listing', 'suggestion'] as const)
    await session.kysely.deleteFrom(table).where('deck_id', 'in', ids).execute();
  await session.kysely.deleteFrom('deck').where('id', 'in', ids).execute();
  return ids.length;
}

/** Removes subscriptions that ended before a time, with what was known of their notes. Returns how many; there may be more. */
export async function purgeSubscriptions(session: Session, before: Timestamp): Promise<number> {
  const query = session.kysely.selectFrom('subscription').select('id').where('ended_at', '<', before).limit(FEW);
  const gone = await (session.capabilities.hasConcurrentWriters ? query.forUpdate().skipLocked() : query).execute();
  const ids = gone.map(({ id }) => id);
  await deleteSubscriptions(session, ids);
  return ids.length;
}

async function deleteSubscriptions({ kysely }: Session, ids: readonly bigint[]): Promise<void> {
  if (ids.length === 0) return;
  await kysely.deleteFrom('subscription_note').where('subscription_id', 'in', ids).execute();
  await kysely.deleteFrom('subscription').where('id', 'in', ids).execute();
}

import { sql } from 'kysely';
import type { Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { removeRows } from './search-rows.ts';

/** Rows of one unit of work: the writer is never held for long. */
const BATCH = 500;
/** Subscriptions of one unit of work: each knows as many notes as its deck has. */
const FEW = 10;

// What goes is held first, with the deck it is of: whoever is just bringing it back is left alone, and what came back before this looked
// is looked at as it is now.

/** What one unit of work removed of a page of what was marked as deleted. */
export interface Purged {
  readonly removed: number;
  /** Where the next page begins; `undefined` behind the last one. */
  readonly after: bigint | undefined;
}

/**
 * Which of these are in a table of study data, of whomever. Asked with a list of one page: the reviews of all cards that ever went would be many, and where
 * study data is spread over nodes, no question about a row alone can be asked for each row (docs/gotchas.md).
 */
async function studied(
  { kysely }: Session,
  table: 'study_log' | 'card_state' | 'user_deck_stats',
  column: 'card_id' | 'deck_id',
  ids: readonly bigint[],
): Promise<Set<bigint>> {
  if (ids.length === 0) return new Set();
  const rows = await kysely
    .selectFrom(table)
    .select(sql.ref<bigint>(column).as('card_id'))
    .distinct()
    .where(sql.ref(column), 'in', ids)
    .execute();
  return new Set(rows.map(({ card_id }) => card_id));
}

/** The page behind this one: a page that is not full is the last. */
const pageBehind = (page: readonly { readonly id: bigint }[]): bigint | undefined =>
  page.length < BATCH ? undefined : page.at(-1)?.id;

/**
 * Removes, of one page of the cards that were marked as deleted (or whose deck was) before a time, those to which nothing refers: no review, no report. Asks
 * over the reviews of all users. Those that stay are passed over.
 * @param after where the page begins
 */
export async function purgeCards(session: Session, before: Timestamp, after?: bigint): Promise<Purged> {
  const query = session.kysely
    .selectFrom('card')
    .innerJoin('deck', 'deck.id', 'card.deck_id')
    .select('card.id')
    .$if(after !== undefined, (some) => some.where('card.id', '>', after as bigint))
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
    .orderBy('card.id')
    .limit(BATCH);
  const holds = session.capabilities.hasConcurrentWriters;
  const page = await (holds ? query.forUpdate(['card', 'deck']).skipLocked() : query).execute();
  // A state is one row a student, a log one an answer: the longer list is asked for what is left.
  const states = await studied(
    session,
    'card_state',
    'card_id',
    page.map(({ id }) => id),
  );
  const rest = page.map(({ id }) => id).filter((id) => !states.has(id));
  const reviews = await studied(session, 'study_log', 'card_id', rest);
  const ids = rest.filter((id) => !reviews.has(id));
  if (ids.length > 0) {
    await session.kysely.deleteFrom('card').where('id', 'in', ids).execute();
    await removeRows(session, ids);
  }
  return { removed: ids.length, after: pageBehind(page) };
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

/**
 * Removes, of one page of the decks that were marked as deleted before a time, those that hold no card, no note, no counted review and no report.
 * @param after where the page begins
 */
export async function purgeDecks(session: Session, before: Timestamp, after?: bigint): Promise<Purged> {
  const query = session.kysely
    .selectFrom('deck')
    .select('deck.id')
    .$if(after !== undefined, (some) => some.where('deck.id', '>', after as bigint))
    .where('deck.deleted_at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('card').select('card.id').whereRef('card.deck_id', '=', 'deck.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('note').select('note.id').whereRef('note.deck_id', '=', 'deck.id'))),
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
    .orderBy('deck.id')
    .limit(BATCH);
  const page = await (session.capabilities.hasConcurrentWriters ? query.forUpdate().skipLocked() : query).execute();
  const counted = await studied(
    session,
    'user_deck_stats',
    'deck_id',
    page.map(({ id }) => id),
  );
  const ids = page.map(({ id }) => id).filter((id) => !counted.has(id));
  const purged: Purged = { removed: ids.length, after: pageBehind(page) };
  if (ids.length === 0) return purged;
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
  return purged;
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

import type { Database, Session } from '../db/database.ts';
import { rebuildDeckStats } from '../db/stores/deck-stats.ts';
import { findQuarantined, markQuarantined, type Quarantined } from '../db/stores/quarantine.ts';
import { repairCardState } from '../db/stores/replayed-state.ts';
import { rebuildReviewCounts } from '../db/stores/review-counts.ts';
import { cardIdsOfNote, holdWords, indexCards } from '../db/stores/search-rows.ts';
import { FlashcaseError } from '../errors/index.ts';
import { exactValue } from '../move/plan/apply-remedy.ts';
import { flashcase } from '../schema/flashcase.ts';
import { checked, type Table, type Timestamp, type Value } from '../schema/index.ts';
import { monthOf } from '../schema/month.ts';
import { rowFromJson, type StoredCell } from '../schema/stored-cell.ts';
import { makeMonthsFor } from './partition/keep-months.ts';
import { REVIEWS } from './partition/partitioned.ts';

/** One entry still set aside; throws `FC_NOT_FOUND` for any other. */
export async function openEntry(session: Session, id: bigint): Promise<Quarantined> {
  const entry = await findQuarantined(session, id);
  if (entry === undefined || entry.restored_at !== null || entry.discarded_at !== null) {
    throw new FlashcaseError('FC_NOT_FOUND', {
      what: `Nothing in the quarantine has the id ${id}.`,
      hint: 'flashcase quarantine list',
    });
  }
  return entry;
}

/**
 * Puts a row back where it was, under its old id, once what kept it out is gone (its parent is there again).
 * Throws `FC_QUARANTINE_BLOCKED` with the reason while it is not.
 */
export async function restore(database: Database, id: bigint): Promise<Quarantined> {
  try {
    return await database.write(async (session) => {
      const entry = await openEntry(session, id);
      const table = (flashcase.tables as Record<string, Table>)[entry.table_name];
      if (table === undefined) throw blocked(id, `there is no table ${entry.table_name} any more`);
      const values: Record<string, Value | null> = {};
      for (const [name, cell] of Object.entries(rowFromJson(entry.cells))) {
        const column = table.columns[name];
        if (column !== undefined) values[name] = exactValue(column, cell as StoredCell);
      }
      if (table === flashcase.tables.study_log)
        await makeMonthsFor(session.engine, REVIEWS, [monthOf(values.reviewed_at as Timestamp)], session.connection);
      await session.connection.kysely.insertInto(entry.table_name).values(checked(table, values)).execute();
      await mendWhatFollows(session, table, values);
      await mendSearch(session, table, values);
      await markQuarantined(session, id, { restored_at: session.clock.now() });
      return entry;
    });
  } catch (error) {
    if (error instanceof FlashcaseError && (error.code === 'FC_DB_CONSTRAINT' || error.code === 'FC_VALUE_INVALID'))
      throw blocked(id, error.message);
    throw error;
  }
}

/**
 * What is kept of a student's log elsewhere, made anew from the log: a review that comes back counts like any other, on its own day and
 * among its card's reviews. A row of those tables that comes back is as old as the day it was set aside.
 */
async function mendWhatFollows(
  session: Session,
  table: Table,
  { user_id, card_id }: Record<string, Value | null>,
): Promise<void> {
  const { study_log, card_state, review_counts, user_deck_stats } = flashcase.tables;
  const isReview = table === study_log;
  if (isReview || table === card_state) await repairCardState(session, user_id as bigint, card_id as bigint);
  if (isReview || table === review_counts) await rebuildReviewCounts(session.connection, session.engine, user_id as bigint);
  if (isReview || table === user_deck_stats) await rebuildDeckStats(session, user_id as bigint);
}

/** A card, a note and a tag are found again from the moment they are back. A search row that comes back is as old as the day it was set aside. */
async function mendSearch(session: Session, table: Table, { id, note_id, card_id }: Record<string, Value | null>): Promise<void> {
  const { card, note, note_tag, search_card } = flashcase.tables;
  const cardIds =
    table === note || table === note_tag
      ? await cardIdsOfNote(session, (table === note ? id : note_id) as bigint)
      : table === card || table === search_card
        ? [(table === card ? id : card_id) as bigint]
        : [];
  await indexCards(session, await holdWords(session, cardIds));
}

/** Gives a row up for good. Its cells stay in the quarantine table as a record. */
export async function discard(database: Database, id: bigint): Promise<Quarantined> {
  return database.write(async (session) => {
    const entry = await openEntry(session, id);
    await markQuarantined(session, id, { discarded_at: session.clock.now() });
    return entry;
  });
}

function blocked(id: bigint, why: string): FlashcaseError {
  return new FlashcaseError('FC_QUARANTINE_BLOCKED', {
    what: `Row ${id} cannot go back yet.`,
    why,
    hint: 'Restore or create what it refers to first, then try again.',
  });
}

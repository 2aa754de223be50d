import type { Database, Session } from '../db/database.ts';
import { findQuarantined, markQuarantined, type Quarantined } from '../db/stores/quarantine.ts';
import { rebuildReviewCounts } from '../db/stores/review-counts.ts';
import { FlashcaseError } from '../errors/index.ts';
import { exactValue } from '../move/plan/apply-remedy.ts';
import { flashcase } from '../schema/flashcase.ts';
import { checked, type Table, type Value } from '../schema/index.ts';
import { rowFromJson, type StoredCell } from '../schema/stored-cell.ts';

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
      await session.connection.kysely.insertInto(entry.table_name).values(checked(table, values)).execute();
      // A review is counted like any other; on whose day and after which of the card's reviews, the log says.
      if (table === flashcase.tables.study_log)
        await rebuildReviewCounts(session.connection, session.engine, values.user_id as bigint);
      await markQuarantined(session, id, { restored_at: session.clock.now() });
      return entry;
    });
  } catch (error) {
    if (error instanceof FlashcaseError && (error.code === 'FC_DB_CONSTRAINT' || error.code === 'FC_VALUE_INVALID'))
      throw blocked(id, error.message);
    throw error;
  }
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

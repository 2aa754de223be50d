import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type SavedSearch = RowOf<typeof flashcase.tables.saved_search>;
export type SavedSearchValues = Pick<SavedSearch, 'name' | 'query' | 'sort'>;

/** The searches a user keeps, by their names. At most `limit`. */
export function listSavedSearches({ kysely }: Session, userId: bigint, limit: number): Promise<SavedSearch[]> {
  return kysely
    .selectFrom('saved_search')
    .selectAll()
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .orderBy('name')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** A user's own search, held until the end of this unit of work. */
export async function holdSavedSearch(session: Session, userId: bigint, id: bigint): Promise<SavedSearch | undefined> {
  const query = session.kysely
    .selectFrom('saved_search')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

export function insertSavedSearch(session: Session, userId: bigint, values: SavedSearchValues): Promise<SavedSearch> {
  const now = session.clock.now();
  return session.kysely
    .insertInto('saved_search')
    .values(checked(flashcase.tables.saved_search, { ...values, user_id: userId, created_at: now, updated_at: now }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function updateSavedSearch(
  session: Session,
  id: bigint,
  values: Partial<SavedSearchValues & { deleted_at: Timestamp }>,
): Promise<SavedSearch> {
  return session.kysely
    .updateTable('saved_search')
    .set(checked(flashcase.tables.saved_search, { ...values, updated_at: session.clock.now() }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Removes searches that were deleted before a time. */
export async function purgeSavedSearches(session: Session, before: Timestamp): Promise<void> {
  await session.kysely.deleteFrom('saved_search').where('deleted_at', '<', before).execute();
}

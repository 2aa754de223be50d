import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type Operation = RowOf<typeof flashcase.tables.operation>;

/** The last operation that each unit of work has recorded. */
const recorded = new WeakMap<Session, bigint>();

/** Records a change that can be taken back, in the unit of work that makes it. @param inverse what taking it back needs, as JSON */
export async function recordOperation(
  session: Session,
  userId: bigint,
  name: string,
  target: bigint,
  inverse: object,
): Promise<bigint> {
  const row = {
    user_id: userId,
    name,
    target_id: target,
    inverse: JSON.stringify(inverse),
    created_at: session.clock.now(),
  };
  const { id } = await session.kysely
    .insertInto('operation')
    .values(checked(flashcase.tables.operation, row))
    .returning('id')
    .executeTakeFirstOrThrow();
  recorded.set(session, id);
  return id;
}

/** The last operation that this unit of work has recorded, if any. */
export const operationOf = (session: Session): bigint | undefined => recorded.get(session);

/** A user's own operation, where it is of that name. */
export function findOperation({ kysely }: Session, userId: bigint, id: bigint, name: string): Promise<Operation | undefined> {
  return kysely
    .selectFrom('operation')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** A user's own operation, held until the end of this unit of work: it is taken back once. */
export async function holdOperation(session: Session, userId: bigint, id: bigint): Promise<Operation | undefined> {
  const query = session.kysely.selectFrom('operation').selectAll().where('id', '=', id).where('user_id', '=', userId);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

export async function markUndone(session: Session, id: bigint, undoneAt: Timestamp): Promise<void> {
  await session.kysely.updateTable('operation').set({ undone_at: undoneAt }).where('id', '=', id).execute();
}

/** Writes anew what an operation keeps of itself. */
export async function setInverse(session: Session, id: bigint, inverse: object): Promise<void> {
  await session.kysely
    .updateTable('operation')
    .set({ inverse: JSON.stringify(inverse) })
    .where('id', '=', id)
    .execute();
}

/** A user's operations of one name since a time, the newest first. */
export function listOperations({ kysely }: Session, userId: bigint, name: string, since: Timestamp): Promise<Operation[]> {
  return kysely
    .selectFrom('operation')
    .selectAll()
    .where('user_id', '=', userId)
    .where('name', '=', name)
    .where('created_at', '>=', since)
    .orderBy('id', 'desc')
    .execute();
}

/** What a user did under one name since another operation and did not take back: the targets of it. */
export async function targetsSince({ kysely }: Session, userId: bigint, name: string, after: bigint): Promise<Set<bigint>> {
  const rows = await kysely
    .selectFrom('operation')
    .select('target_id')
    .where('user_id', '=', userId)
    .where('id', '>', after)
    .where('name', '=', name)
    .where('undone_at', 'is', null)
    .execute();
  return new Set(rows.map(({ target_id }) => target_id));
}

/** The same by their own names. */
export async function operationsSince({ kysely }: Session, userId: bigint, name: string, after: bigint): Promise<bigint[]> {
  const rows = await kysely
    .selectFrom('operation')
    .select('id')
    .where('user_id', '=', userId)
    .where('id', '>', after)
    .where('name', '=', name)
    .where('undone_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Forgets operations made before a time: what they would bring back is about to go. */
export async function deleteOldOperations(session: Session, before: Timestamp): Promise<void> {
  await session.kysely.deleteFrom('operation').where('created_at', '<', before).execute();
}

/** Tables whose rows have versions (`updated_at`) and are marked as deleted. */
export type Versioned = 'deck' | 'note' | 'card' | 'exam' | 'saved_search';

/** Holds a row, deleted or not, until the end of this unit of work. Its deck is absent for what is in none. */
export async function holdRow(
  session: Session,
  table: Versioned,
  id: bigint,
): Promise<{ updated_at: Timestamp; deck_id?: bigint } | undefined> {
  const isInDeck = table === 'note' || table === 'card';
  const query = session.kysely
    .selectFrom(table)
    .select(['updated_at', ...(isInDeck ? ['deck_id' as 'id'] : [])])
    .where('id', '=', id);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

/** Writes values of before into a row, its version with them. */
export async function putBack(
  session: Session,
  table: Versioned,
  id: bigint,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  await session.kysely
    .updateTable(table)
    .set(checked(flashcase.tables[table], values as never))
    .where('id', '=', id)
    .execute();
}

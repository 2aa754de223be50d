import type { Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import type { CardState, StudyLog } from './study.ts';

/** Users in the order of their ids. */
export async function listUserIds(session: Session, after: bigint | undefined, limit: number): Promise<bigint[]> {
  let query = session.kysely.selectFrom('user').select('id').orderBy('id').limit(limit);
  if (after !== undefined) query = query.where('id', '>', after);
  return (await query.execute()).map(({ id }) => id);
}

/** A range of one user's cards: above `after`, up to `last` where there is one. */
export interface CardRange {
  readonly userId: bigint;
  readonly after: bigint | undefined;
  readonly last?: bigint | undefined;
}

/** States in the order of their cards. */
export function listStates(session: Session, { userId, after }: CardRange, limit: number): Promise<CardState[]> {
  let query = session.kysely.selectFrom('card_state').selectAll().where('user_id', '=', userId).orderBy('card_id').limit(limit);
  if (after !== undefined) query = query.where('card_id', '>', after);
  return query.execute();
}

/** The logs of a range of cards, one card after the other, each as it is replayed. */
export function listLogs(session: Session, { userId, after, last }: CardRange): Promise<StudyLog[]> {
  let query = session.kysely
    .selectFrom('study_log')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('card_id')
    .orderBy('reviewed_at')
    .orderBy('id');
  if (after !== undefined) query = query.where('card_id', '>', after);
  if (last !== undefined) query = query.where('card_id', '<=', last);
  return query.execute();
}

/** The state of one card as it is, not held. */
export function findState(session: Session, userId: bigint, cardId: bigint): Promise<CardState | undefined> {
  return session.kysely
    .selectFrom('card_state')
    .selectAll()
    .where('user_id', '=', userId)
    .where('card_id', '=', cardId)
    .executeTakeFirst();
}

/** The memories of a user's answered cards, with the rows of the log they rest on; held, so that an answer comes before or after. */
export function holdMemories(
  session: Session,
  userId: bigint,
): Promise<Pick<CardState, 'card_id' | 'standing_at' | 'stability' | 'difficulty'>[]> {
  const query = session.kysely
    .selectFrom('card_state')
    .select(['card_id', 'standing_at', 'stability', 'difficulty'])
    .where('user_id', '=', userId)
    .where('stability', 'is not', null)
    .orderBy('card_id');
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).execute();
}

/** Cards that a user answered since a time. */
export async function listAnsweredSince(session: Session, userId: bigint, since: Timestamp): Promise<bigint[]> {
  const rows = await session.kysely
    .selectFrom('card_state')
    .select('card_id')
    .where('user_id', '=', userId)
    .where('last_reviewed_at', '>=', since)
    .execute();
  return rows.map(({ card_id }) => card_id);
}

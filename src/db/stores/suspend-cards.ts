import { flashcase } from '../../schema/flashcase.ts';
import { checked, type Timestamp } from '../../schema/index.ts';
import { NEW_CARD } from '../../study/sm2.ts';
import type { Session } from '../database.ts';
import { inBatches } from './notes.ts';

/** Sets cards of a user aside until they say otherwise. Gives those that were not before. */
export async function suspendCards(
  session: Session,
  userId: bigint,
  cardIds: readonly bigint[],
  now: Timestamp,
): Promise<bigint[]> {
  return inBatches(cardIds, async (part) => {
    const before = await session.kysely
      .selectFrom('card_state')
      .select('card_id')
      .where('user_id', '=', userId)
      .where('card_id', 'in', part)
      .where('is_suspended', '=', true)
      .execute();
    const already = new Set(before.map(({ card_id }) => card_id));
    const fresh = part.filter((id) => !already.has(id));
    if (fresh.length === 0) return [];
    await makeStates(session, userId, fresh, now);
    await setSuspended(session, userId, fresh, true);
    return fresh;
  });
}

/** Gives cards a standing that have none, as any card gets that is marked before it was ever answered. @param cardIds not too many for one statement */
export async function makeStates(session: Session, userId: bigint, cardIds: readonly bigint[], now: Timestamp): Promise<void> {
  const { easeFactor, interval, repetitions } = NEW_CARD;
  const place = { ease_factor: easeFactor, interval, repetitions, next_review: now, last_reviewed_at: now, review_count: 0 };
  await session.kysely
    .insertInto('card_state')
    .values(cardIds.map((card_id) => checked(flashcase.tables.card_state, { user_id: userId, card_id, ...place, phase: 'new' })))
    .onConflict((conflict) => conflict.columns(['user_id', 'card_id']).doNothing())
    .execute();
}

/** Asks cards of a user again that were set aside. */
export async function unsuspendCards(session: Session, userId: bigint, cardIds: readonly bigint[]): Promise<void> {
  await inBatches(cardIds, async (part) => {
    await setSuspended(session, userId, part, false);
    return [];
  });
}

async function setSuspended(
  { kysely }: Session,
  userId: bigint,
  cardIds: readonly bigint[],
  isSuspended: boolean,
): Promise<void> {
  await kysely
    .updateTable('card_state')
    .set({ is_suspended: isSuspended })
    .where('user_id', '=', userId)
    .where('card_id', 'in', cardIds)
    .execute();
}

/** Of cards those that a user has answered or marked. */
export async function cardsWithState(
  { kysely }: Session,
  userId: bigint,
  cardIds: readonly bigint[],
): Promise<Map<bigint, number>> {
  const rows = await inBatches(cardIds, (part) =>
    kysely
      .selectFrom('card_state')
      .select(['card_id', 'review_count'])
      .where('user_id', '=', userId)
      .where('card_id', 'in', part)
      .execute(),
  );
  return new Map(rows.map((row) => [row.card_id, row.review_count]));
}

import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type Reminder = RowOf<typeof flashcase.tables.reminder>;

const { reminder } = flashcase.tables;

/** The reminder of a user, if they want one. */
export const findReminder = ({ kysely }: Session, userId: bigint): Promise<Reminder | undefined> =>
  kysely.selectFrom('reminder').selectAll().where('user_id', '=', userId).executeTakeFirst();

/** Sets the reminder of a user; who has one keeps its token: it stands in mails that were sent. */
export function keepReminder(
  session: Session,
  userId: bigint,
  values: Pick<Reminder, 'minute_of_day' | 'next_at' | 'off_token'>,
): Promise<Reminder> {
  const now = session.clock.now();
  const { off_token: _, ...changed } = { ...values, tries: 0, updated_at: now };
  return session.kysely
    .insertInto('reminder')
    .values(checked(reminder, { ...values, user_id: userId, tries: 0, created_at: now, updated_at: now }))
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(checked(reminder, changed)))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteReminder({ kysely }: Session, userId: bigint): Promise<boolean> {
  return (await kysely.deleteFrom('reminder').where('user_id', '=', userId).executeTakeFirst()).numDeletedRows > 0n;
}

/** Ends the reminders that a token of a mail is of. */
export async function deleteReminderByToken({ kysely }: Session, token: string): Promise<boolean> {
  return (await kysely.deleteFrom('reminder').where('off_token', '=', token).executeTakeFirst()).numDeletedRows > 0n;
}

/** Users whose time has come, longest ago first. */
export async function usersToRemind({ kysely }: Session, now: Timestamp, limit: number): Promise<bigint[]> {
  const rows = await kysely
    .selectFrom('reminder')
    .select('user_id')
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .execute();
  return rows.map(({ user_id }) => user_id);
}

/** A reminder whose time has come, held until the end of this unit of work; nothing where another server has it. */
export function holdReminder({ kysely, capabilities }: Session, userId: bigint, now: Timestamp): Promise<Reminder | undefined> {
  const query = kysely.selectFrom('reminder').selectAll().where('user_id', '=', userId).where('next_at', '<=', now);
  return (capabilities.hasConcurrentWriters ? query.forUpdate().skipLocked() : query).executeTakeFirst();
}

export async function updateReminder(
  session: Session,
  userId: bigint,
  values: Partial<Pick<Reminder, 'next_at' | 'tries'>>,
): Promise<void> {
  await session.kysely
    .updateTable('reminder')
    .set(checked(reminder, { ...values, updated_at: session.clock.now() }))
    .where('user_id', '=', userId)
    .execute();
}

/** What waits for a user: cards that were studied before and are due, by deck, most first. */
export function dueByDeck({ kysely }: Session, userId: bigint, now: Timestamp): Promise<{ name: string; due: number }[]> {
  return kysely
    .selectFrom('user_deck')
    .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
    .innerJoin('card', 'card.deck_id', 'deck.id')
    .innerJoin('card_state', (join) =>
      join.onRef('card_state.card_id', '=', 'card.id').onRef('card_state.user_id', '=', 'user_deck.user_id'),
    )
    .select((eb) => ['deck.name', eb.fn.countAll<number>().as('due')])
    .where('user_deck.user_id', '=', userId)
    .where('deck.deleted_at', 'is', null)
    .where('card.deleted_at', 'is', null)
    .where('card_state.review_count', '>', 0)
    .where('card_state.next_review', '<=', now)
    .where('card_state.is_suspended', 'is not', true)
    .where((eb) => eb.or([eb('card_state.buried_until', 'is', null), eb('card_state.buried_until', '<=', now)]))
    .groupBy(['deck.id', 'deck.name'])
    .orderBy((eb) => eb.fn.countAll(), 'desc')
    .orderBy('deck.id')
    .execute();
}

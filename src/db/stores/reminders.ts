import { sql } from 'kysely';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { isHeld } from './readable.ts';

export type Reminder = RowOf<typeof flashcase.tables.reminder>;

const { reminder } = flashcase.tables;

/** What is kept of a user's reminder; it may be switched off. */
export const findReminder = ({ kysely }: Session, userId: bigint): Promise<Reminder | undefined> =>
  kysely.selectFrom('reminder').selectAll().where('user_id', '=', userId).executeTakeFirst();

/** What is kept of an address, held until the end of this unit of work. */
export function takeReminder({ kysely, capabilities }: Session, addressHash: string): Promise<Reminder | undefined> {
  const query = kysely.selectFrom('reminder').selectAll().where('address_hash', '=', addressHash);
  return (capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

/** Sets the reminder of a user. An address that has had one keeps its token, which stands in mails that were sent, and when it was mailed last. */
export function keepReminder(
  session: Session,
  values: Pick<Reminder, 'address_hash' | 'user_id' | 'minute_of_day' | 'next_at' | 'off_token'>,
): Promise<Reminder> {
  const now = session.clock.now();
  const { user_id, minute_of_day, next_at } = values;
  return session.kysely
    .insertInto('reminder')
    .values(checked(reminder, { ...values, tries: 0, created_at: now, updated_at: now }))
    .onConflict((conflict) =>
      conflict
        .column('address_hash')
        .doUpdateSet(checked(reminder, { user_id, minute_of_day, next_at, tries: 0, updated_at: now })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Switches the reminder of a user off. */
export async function stopReminder(session: Session, userId: bigint): Promise<void> {
  await session.kysely
    .updateTable('reminder')
    .set(checked(reminder, { next_at: null, updated_at: session.clock.now() }))
    .where('user_id', '=', userId)
    .execute();
}

/** Ends the reminders to the address that a token of a mail is of. */
export async function endReminders(session: Session, token: string): Promise<void> {
  const now = session.clock.now();
  await session.kysely
    .updateTable('reminder')
    .set(checked(reminder, { next_at: null, ended_at: now, updated_at: now }))
    .where('off_token', '=', token)
    .execute();
}

/** Lets an address have reminders again that had ended them by the link of a mail. None is switched on. */
export async function letRemind(session: Session, addressHash: string): Promise<void> {
  await session.kysely
    .updateTable('reminder')
    .set(checked(reminder, { ended_at: null, updated_at: session.clock.now() }))
    .where('address_hash', '=', addressHash)
    .execute();
}

/** Of an account that ends: what was mailed to its address stays known, without a name, for as long as it matters (`purgeReminders`). */
export async function forgetReminderUser({ kysely }: Session, userId: bigint): Promise<void> {
  await kysely.updateTable('reminder').set({ user_id: null, next_at: null }).where('user_id', '=', userId).execute();
}

/** Forgets addresses of accounts that are gone, where nothing was mailed since, and nobody there wanted no more. */
export async function purgeReminders({ kysely }: Session, before: Timestamp): Promise<void> {
  await kysely
    .deleteFrom('reminder')
    .where('user_id', 'is', null)
    .where('ended_at', 'is', null)
    .where((eb) => eb.or([eb('mailed_at', 'is', null), eb('mailed_at', '<', before)]))
    .execute();
}

/** Users whose time has come, longest ago first. */
export async function usersToRemind({ kysely }: Session, now: Timestamp, limit: number): Promise<bigint[]> {
  const rows = await kysely
    .selectFrom('reminder')
    .select('user_id')
    .where('next_at', '<=', now)
    .where('user_id', 'is not', null)
    .orderBy('next_at')
    .limit(limit)
    .execute();
  return rows.map(({ user_id }) => user_id as bigint);
}

/** A reminder that is switched on. */
export type DueReminder = Reminder & { readonly next_at: Timestamp };

/** A reminder whose time has come, held until the end of this unit of work; nothing where another server has it. */
export async function holdReminder(
  { kysely, capabilities }: Session,
  userId: bigint,
  now: Timestamp,
): Promise<DueReminder | undefined> {
  const query = kysely.selectFrom('reminder').selectAll().where('user_id', '=', userId).where('next_at', '<=', now);
  const found = await (capabilities.hasConcurrentWriters ? query.forUpdate().skipLocked() : query).executeTakeFirst();
  return found as DueReminder | undefined;
}

/** Changes a reminder that is switched on. @param due only while that is its time: its student may have changed it meanwhile */
export async function updateReminder(
  session: Session,
  userId: bigint,
  values: Partial<Pick<Reminder, 'next_at' | 'tries' | 'mailed_at'>>,
  due?: Timestamp,
): Promise<void> {
  const query = session.kysely
    .updateTable('reminder')
    .set(checked(reminder, { ...values, updated_at: session.clock.now() }))
    .where('user_id', '=', userId);
  await (due === undefined ? query.where('next_at', 'is not', null) : query.where('next_at', '=', due)).execute();
}

/** How many cards wait for a user, that were studied before and are due, and in how many decks; those on steps of minutes apart. */
export async function countDue(
  { kysely }: Session,
  userId: bigint,
  now: Timestamp,
): Promise<{ due: number; learning: number; decks: number }> {
  const row = await kysely
    .selectFrom('user_deck')
    .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
    .innerJoin('card', 'card.deck_id', 'deck.id')
    .innerJoin('card_state', (join) =>
      join.onRef('card_state.card_id', '=', 'card.id').onRef('card_state.user_id', '=', 'user_deck.user_id'),
    )
    .select((eb) => [
      eb.fn.count<number>(eb.case().when('card_state.interval', '>', 0).then(1).end()).as('due_cards'),
      eb.fn.count<number>(eb.case().when('card_state.interval', '=', 0).then(1).end()).as('learning_cards'),
      sql<number>`count(DISTINCT deck.id)`.as('counted_rows'),
    ])
    .where('user_deck.user_id', '=', userId)
    .where(isHeld())
    .where('deck.deleted_at', 'is', null)
    .where('card.deleted_at', 'is', null)
    .where('card_state.review_count', '>', 0)
    .where('card_state.next_review', '<=', now)
    .where('card_state.is_suspended', 'is not', true)
    .where((eb) => eb.or([eb('card_state.buried_until', 'is', null), eb('card_state.buried_until', '<=', now)]))
    .executeTakeFirstOrThrow();
  return { due: row.due_cards, learning: row.learning_cards, decks: Number(row.counted_rows) };
}

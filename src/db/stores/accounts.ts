import { sql } from 'kysely';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { randomToken } from '../random.ts';
import type { Page } from './page.ts';
import { forgetReminderUser } from './reminders.ts';
import type { User } from './users.ts';

/** What stands in the place of a password where an account is being deleted, or was; no password has such a hash. */
const DELETED = 'deleted';
/** Rows of one unit of work: the writer is never held for long. */
const BATCH = 1000;

/** A page of the accounts there are. @param text a part of the name or address; A to Z are the same as a to z */
export function listAccounts({ kysely }: Session, text: string | undefined, { after, limit }: Page): Promise<User[]> {
  let query = kysely.selectFrom('user').selectAll().where('hashed_password', '!=', DELETED).orderBy('id').limit(limit);
  if (after !== undefined) query = query.where('id', '>', after);
  if (text === undefined || text === '') return query.execute();
  const pattern = `%${text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[\\%_]/g, '\\$&')}%`;
  return query
    .where(sql<boolean>`(lower(username) LIKE ${pattern} ESCAPE '\\' OR lower(email) LIKE ${pattern} ESCAPE '\\')`)
    .execute();
}

/** Whether there is another administrator who may log in. All are held: two cannot go at once. */
export async function hasOtherAdmin({ kysely, capabilities }: Session, userId: bigint): Promise<boolean> {
  const query = kysely.selectFrom('user').select('id').where('is_admin', '=', true).where('is_active', '=', true).orderBy('id');
  const admins = await (capabilities.hasConcurrentWriters ? query.forUpdate() : query).execute();
  return admins.some(({ id }) => id !== userId);
}

/** What a user keeps here, of the decks that are theirs. */
export interface Storage {
  readonly decks: number;
  readonly notes: number;
  readonly cards: number;
  readonly reviews: number;
  /** Of the texts of notes and cards. */
  readonly characters: number;
}

/** Cards in the decks that are a user's own; those in the trash do not count. */
export async function countOwnCards({ kysely }: Session, userId: bigint): Promise<number> {
  const [row] = await kysely
    .selectFrom('card')
    .innerJoin('deck', 'deck.id', 'card.deck_id')
    .innerJoin('user_deck', 'user_deck.deck_id', 'deck.id')
    .select(sql<number>`count(*)`.as('counted_rows'))
    .where('user_deck.user_id', '=', userId)
    .where('user_deck.is_owner', '=', true)
    .where('deck.deleted_at', 'is', null)
    .where('card.deleted_at', 'is', null)
    .execute();
  return Number(row?.counted_rows ?? 0);
}

/** Counted anew each time: for looking at one account. */
export async function storageOf({ kysely }: Session, userId: bigint): Promise<Storage> {
  const decks = () =>
    kysely
      .selectFrom('user_deck')
      .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
      .select('deck.id')
      .where('user_deck.user_id', '=', userId)
      .where('user_deck.is_owner', '=', true)
      .where('deck.deleted_at', 'is', null);
  const rows = sql<number>`count(*)`.as('counted_rows');
  const [ofNotes] = await kysely
    .selectFrom('note')
    .select([rows, sql<number | null>`sum(length(fields))`.as('counted_characters')])
    .where('deck_id', 'in', decks())
    .where('deleted_at', 'is', null)
    .execute();
  const [ofCards] = await kysely
    .selectFrom('card')
    .select([rows, sql<number | null>`sum(length(front) + length(back))`.as('counted_characters')])
    .where('deck_id', 'in', decks())
    .where('deleted_at', 'is', null)
    .execute();
  const [ofReviews] = await kysely.selectFrom('study_log').select(rows).where('user_id', '=', userId).execute();
  return {
    decks: (await decks().execute()).length,
    notes: Number(ofNotes?.counted_rows ?? 0),
    cards: Number(ofCards?.counted_rows ?? 0),
    reviews: Number(ofReviews?.counted_rows ?? 0),
    characters: Number(ofNotes?.counted_characters ?? 0) + Number(ofCards?.counted_characters ?? 0),
  };
}

/**
 * Takes an account out of use for good: nobody gets in, its name and address are free again, and its decks are gone for everybody. What is
 * left is removed in pieces (`deleteRowsOf`).
 * @param decksDeletedAt far enough back that the trash is emptied of them at once
 */
export async function closeAccount(session: Session, userId: bigint, decksDeletedAt: Timestamp): Promise<void> {
  const { kysely } = session;
  // Nobody can have taken this name before.
  const name = `deleted-${userId}-${randomToken(12)}`;
  await kysely
    .updateTable('user')
    .set(
      checked(flashcase.tables.user, {
        username: name,
        email: `${name}@deleted.invalid`,
        hashed_password: DELETED,
        is_active: false,
        is_admin: false,
        updated_at: session.clock.now(),
      }),
    )
    .where('id', '=', userId)
    .execute();
  for (const table of ['auth_session', 'api_token', 'passkey', 'one_time_token'] as const)
    await kysely.deleteFrom(table).where('user_id', '=', userId).execute();
  await forgetReminderUser(session, userId);
  await deleteDecksOf(session, userId, decksDeletedAt);
}

/** Deletes an account's decks as long ago as is said, also those in the trash. */
export async function deleteDecksOf({ kysely }: Session, userId: bigint, deletedAt: Timestamp): Promise<void> {
  await kysely
    .updateTable('deck')
    .set({ deleted_at: deletedAt })
    .where('id', 'in', (eb) =>
      eb.selectFrom('user_deck').select('deck_id').where('user_id', '=', userId).where('is_owner', '=', true),
    )
    .where((eb) => eb.or([eb('deleted_at', 'is', null), eb('deleted_at', '>', deletedAt)]))
    .execute();
}

/** Accounts that are closed and of which rows may be left. */
export async function closedAccounts({ kysely }: Session): Promise<bigint[]> {
  return (await kysely.selectFrom('user').select('id').where('hashed_password', '=', DELETED).execute()).map(({ id }) => id);
}

/** Removes some of the rows that are a closed account's alone. Returns how many; there may be more. */
export async function deleteRowsOf(session: Session, userId: bigint): Promise<number> {
  const { kysely } = session;
  const logs = await kysely.selectFrom('study_log').select('id').where('user_id', '=', userId).limit(BATCH).execute();
  if (logs.length > 0) {
    const ids = logs.map(({ id }) => id);
    await kysely.deleteFrom('study_log').where('user_id', '=', userId).where('id', 'in', ids).execute();
    return ids.length;
  }
  for (const [table, key] of [
    ['card_state', 'card_id'],
    ['review_receipt', 'idempotency_id'],
    ['review_counts', 'quarter_hour'],
  ] as const) {
    const rows = await kysely.selectFrom(table).select(key).where('user_id', '=', userId).limit(BATCH).execute();
    if (rows.length === 0) continue;
    const keys = rows.map((row) => (row as unknown as Record<string, unknown>)[key]);
    const { numDeletedRows } = await kysely
      .deleteFrom(table)
      .where('user_id', '=', userId)
      .where(key as never, 'in', keys as never)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
  const operations = await kysely.selectFrom('operation').select('id').where('user_id', '=', userId).limit(10).execute();
  if (operations.length > 0) {
    const ids = operations.map(({ id }) => id);
    await kysely.deleteFrom('operation_part').where('operation_id', 'in', ids).execute();
    await kysely.deleteFrom('operation').where('id', 'in', ids).execute();
    return ids.length;
  }
  const subscriptions = await kysely.selectFrom('subscription').select('id').where('user_id', '=', userId).limit(10).execute();
  if (subscriptions.length > 0) {
    const ids = subscriptions.map(({ id }) => id);
    await kysely.deleteFrom('subscription_note').where('subscription_id', 'in', ids).execute();
    await kysely.deleteFrom('subscription').where('id', 'in', ids).execute();
    return ids.length;
  }
  for (const table of ['user_deck_stats', 'study_settings', 'exam', 'suggestion', 'saved_search'] as const)
    await kysely.deleteFrom(table).where('user_id', '=', userId).execute();
  // Set by a request that had begun before the account was closed.
  await forgetReminderUser(session, userId);
  await kysely.deleteFrom('report').where('reporter_id', '=', userId).execute();
  await kysely.deleteFrom('user_deck').where('user_id', '=', userId).where('is_owner', '=', false).execute();
  return 0;
}

/** Removes what nothing of somebody else's refers to any more: own note types, and the account's row itself. */
export async function deleteRestOf({ kysely }: Session, userId: bigint): Promise<void> {
  await kysely
    .deleteFrom('note_type')
    .where('user_id', '=', userId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('note').select('note.id').whereRef('note.note_type_id', '=', 'note_type.id'))),
    )
    .execute();
  const refers = async (table: 'user_deck' | 'note_type' | 'moderation_event' | 'report', column: string): Promise<boolean> =>
    (
      await kysely
        .selectFrom(table)
        .select(column as never)
        .where(column as never, '=', userId as never)
        .limit(1)
        .execute()
    ).length > 0;
  const isKept =
    (await refers('user_deck', 'user_id')) ||
    (await refers('note_type', 'user_id')) ||
    (await refers('moderation_event', 'admin_id')) ||
    (await refers('report', 'reviewed_by'));
  if (!isKept) await kysely.deleteFrom('user').where('id', '=', userId).execute();
}

import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { insertMany } from './bulk-rows.ts';
import type { Card } from './cards.ts';
import { inBatches, type NoteRow } from './notes.ts';

export type Subscription = RowOf<typeof flashcase.tables.subscription>;
/** From where a note of a subscription comes. */
export type SubscriptionNote = RowOf<typeof flashcase.tables.subscription_note>;
export type SourceKind = SubscriptionNote['source_kind'];

/** Which of a user's decks follow these, by what they follow. */
export async function subscribedDecks(
  { kysely }: Session,
  userId: bigint,
  sourceIds: readonly bigint[],
): Promise<Map<bigint, bigint>> {
  if (sourceIds.length === 0) return new Map();
  const rows = await kysely
    .selectFrom('subscription')
    .innerJoin('deck', 'deck.id', 'subscription.deck_id')
    .select(['subscription.source_deck_id', 'subscription.deck_id'])
    .where('subscription.user_id', '=', userId)
    .where('subscription.source_deck_id', 'in', sourceIds)
    .where('subscription.ended_at', 'is', null)
    .where('deck.deleted_at', 'is', null)
    .execute();
  return new Map(rows.map((row) => [row.source_deck_id, row.deck_id]));
}

/** A user's subscriptions whose copies are there. */
export function listSubscriptions({ kysely }: Session, userId: bigint): Promise<(Subscription & { deck_name: string })[]> {
  return kysely
    .selectFrom('subscription')
    .innerJoin('deck', 'deck.id', 'subscription.deck_id')
    .selectAll('subscription')
    .select('deck.name as deck_name')
    .where('subscription.user_id', '=', userId)
    .where('subscription.ended_at', 'is', null)
    .where('deck.deleted_at', 'is', null)
    .orderBy('subscription.id')
    .execute();
}

/** A user's subscription by its copy; held until the end of a unit of work that writes. */
export async function findSubscription(session: Session, userId: bigint, deckId: bigint): Promise<Subscription | undefined> {
  const query = session.kysely
    .selectFrom('subscription')
    .selectAll()
    .where('user_id', '=', userId)
    .where('deck_id', '=', deckId)
    .where('ended_at', 'is', null);
  return (session.mode === 'write' && session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

/** A user's subscription to a deck, whether or not its copy is there, held until the end of this unit of work. */
export async function holdSubscriptionTo(session: Session, userId: bigint, sourceId: bigint): Promise<Subscription | undefined> {
  const query = session.kysely
    .selectFrom('subscription')
    .selectAll()
    .where('user_id', '=', userId)
    .where('source_deck_id', '=', sourceId)
    .where('ended_at', 'is', null);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

/** A subscription, ended or not, held until the end of this unit of work. */
export async function holdSubscription(session: Session, id: bigint): Promise<Subscription | undefined> {
  const query = session.kysely.selectFrom('subscription').selectAll().where('id', '=', id);
  return (session.capabilities.hasConcurrentWriters ? query.forUpdate() : query).executeTakeFirst();
}

export function insertSubscription(
  session: Session,
  values: Pick<Subscription, 'user_id' | 'deck_id' | 'source_deck_id' | 'source_name'>,
  now: Timestamp,
): Promise<Subscription> {
  return session.kysely
    .insertInto('subscription')
    .values(checked(flashcase.tables.subscription, { ...values, created_at: now, updated_at: now }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function updateSubscription(
  { kysely }: Session,
  id: bigint,
  values: Partial<Pick<Subscription, 'source_name' | 'updated_at' | 'ended_at'>>,
): Promise<void> {
  await kysely.updateTable('subscription').set(values).where('id', '=', id).execute();
}

const COLUMNS = Object.keys(flashcase.tables.subscription_note.columns) as (keyof SubscriptionNote)[];

export function insertSubscriptionNotes(session: Session, rows: readonly SubscriptionNote[]): Promise<void> {
  return insertMany(
    session,
    'subscription_note',
    COLUMNS,
    rows.map((row) => COLUMNS.map((name) => row[name])),
  );
}

type SourceKey = Pick<SubscriptionNote, 'source_kind' | 'source_id'>;

export async function deleteSubscriptionNotes(
  session: Session,
  subscriptionId: bigint,
  keys: readonly SourceKey[],
): Promise<void> {
  for (const [kind, some] of Map.groupBy(keys, ({ source_kind }) => source_kind))
    await inBatches(some, async (part) => {
      await session.kysely
        .deleteFrom('subscription_note')
        .where('subscription_id', '=', subscriptionId)
        .where('source_kind', '=', kind)
        .where(
          'source_id',
          'in',
          part.map(({ source_id }) => source_id),
        )
        .execute();
      return [];
    });
}

/** Writes rows anew, whether or not they are there. */
export async function replaceSubscriptionNotes(
  session: Session,
  subscriptionId: bigint,
  rows: readonly SubscriptionNote[],
): Promise<void> {
  await deleteSubscriptionNotes(session, subscriptionId, rows);
  await insertSubscriptionNotes(session, rows);
}

/** A note of the source, and what of it was taken before. */
export interface SourceNote {
  readonly note: NoteRow;
  readonly tracked: SubscriptionNote | undefined;
}

export interface SourceCard {
  readonly card: Card;
  readonly tracked: SubscriptionNote | undefined;
}

/**
 * Notes of the source that are new or not as they were taken, in the order of their ids: one comparison of versions, whatever the
 * publisher did meanwhile, taking a change back included.
 */
export async function changedSourceNotes(session: Session, { id, source_deck_id }: Subscription): Promise<SourceNote[]> {
  const found = await session.kysely
    .selectFrom('note')
    .leftJoin('subscription_note', (join) =>
      join
        .onRef('subscription_note.source_id', '=', 'note.id')
        .on('subscription_note.subscription_id', '=', id)
        .on('subscription_note.source_kind', '=', 'note'),
    )
    .select('note.id')
    .where('note.deck_id', '=', source_deck_id)
    .where('note.deleted_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('subscription_note.source_id', 'is', null),
        eb('subscription_note.source_updated_at', '<>', eb.ref('note.updated_at')),
        eb('subscription_note.removed_at', 'is not', null),
      ]),
    )
    .orderBy('note.id')
    .execute();
  const ids = found.map((row) => row.id);
  const notes = await inBatches(ids, (part) =>
    session.kysely
      .selectFrom('note')
      .selectAll()
      .where('id', 'in', part)
      .where('deck_id', '=', source_deck_id)
      .where('deleted_at', 'is', null)
      .orderBy('id')
      .execute(),
  );
  const tracked = await trackedOf(session, id, 'note', ids);
  return notes.map((note) => ({ note, tracked: tracked.get(note.id) }));
}

/** The same of cards without a note. */
export async function changedSourceCards(session: Session, { id, source_deck_id }: Subscription): Promise<SourceCard[]> {
  const cards = await session.kysely
    .selectFrom('card')
    .leftJoin('subscription_note', (join) =>
      join
        .onRef('subscription_note.source_id', '=', 'card.id')
        .on('subscription_note.subscription_id', '=', id)
        .on('subscription_note.source_kind', '=', 'card'),
    )
    .selectAll('card')
    .where('card.deck_id', '=', source_deck_id)
    .where('card.note_id', 'is', null)
    .where('card.deleted_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('subscription_note.source_id', 'is', null),
        eb('subscription_note.source_updated_at', '<>', eb.ref('card.updated_at')),
        eb('subscription_note.removed_at', 'is not', null),
      ]),
    )
    .orderBy('card.id')
    .execute();
  const tracked = await trackedOf(
    session,
    id,
    'card',
    cards.map((card) => card.id),
  );
  return cards.map((card) => ({ card, tracked: tracked.get(card.id) }));
}

async function trackedOf(
  { kysely }: Session,
  subscriptionId: bigint,
  kind: SourceKind,
  ids: readonly bigint[],
): Promise<Map<bigint, SubscriptionNote>> {
  const rows = await inBatches(ids, (part) =>
    kysely
      .selectFrom('subscription_note')
      .selectAll()
      .where('subscription_id', '=', subscriptionId)
      .where('source_kind', '=', kind)
      .where('source_id', 'in', part)
      .execute(),
  );
  return new Map(rows.map((row) => [row.source_id, row]));
}

/** What was taken and the source has no more: deleted, moved to another deck, or gone. Those told before are left out. */
export async function removedFromSource({ kysely }: Session, { id, source_deck_id }: Subscription): Promise<SubscriptionNote[]> {
  const notes = await kysely
    .selectFrom('subscription_note')
    .leftJoin('note', (join) =>
      join
        .onRef('note.id', '=', 'subscription_note.source_id')
        .on('note.deck_id', '=', source_deck_id)
        .on('note.deleted_at', 'is', null),
    )
    .selectAll('subscription_note')
    .where('subscription_id', '=', id)
    .where('source_kind', '=', 'note')
    .where('removed_at', 'is', null)
    .where('note.id', 'is', null)
    .orderBy('source_id')
    .execute();
  const cards = await kysely
    .selectFrom('subscription_note')
    .leftJoin('card', (join) =>
      join
        .onRef('card.id', '=', 'subscription_note.source_id')
        .on('card.deck_id', '=', source_deck_id)
        .on('card.note_id', 'is', null)
        .on('card.deleted_at', 'is', null),
    )
    .selectAll('subscription_note')
    .where('subscription_id', '=', id)
    .where('source_kind', '=', 'card')
    .where('removed_at', 'is', null)
    .where('card.id', 'is', null)
    .orderBy('source_id')
    .execute();
  return [...notes, ...cards];
}

/** Which note a card is of by now, for those that are of one. */
export async function noteOfCards({ kysely }: Session, cardIds: readonly bigint[]): Promise<Map<bigint, bigint>> {
  const rows = await inBatches(cardIds, (part) =>
    kysely.selectFrom('card').select(['id', 'note_id']).where('id', 'in', part).where('note_id', 'is not', null).execute(),
  );
  return new Map(rows.map((row) => [row.id, row.note_id as bigint]));
}

/** Of notes those that are the user's own and there. */
export function ownNotes(
  { kysely }: Session,
  userId: bigint,
  noteIds: readonly bigint[],
): Promise<(NoteRow & { deck_name: string })[]> {
  return inBatches(noteIds, (part) =>
    kysely
      .selectFrom('note')
      .innerJoin('deck', 'deck.id', 'note.deck_id')
      .innerJoin('user_deck', 'user_deck.deck_id', 'note.deck_id')
      .selectAll('note')
      .select('deck.name as deck_name')
      .where('note.id', 'in', part)
      .where('note.deleted_at', 'is', null)
      .where('deck.deleted_at', 'is', null)
      .where('user_deck.user_id', '=', userId)
      .where('user_deck.is_owner', '=', true)
      .orderBy('note.id')
      .execute(),
  );
}

/** The subscription that a note comes by, and what of it. */
export function trackedNote(
  { kysely }: Session,
  userId: bigint,
  noteId: bigint,
): Promise<(SubscriptionNote & { source_deck_id: bigint }) | undefined> {
  return kysely
    .selectFrom('subscription_note')
    .innerJoin('subscription', 'subscription.id', 'subscription_note.subscription_id')
    .selectAll('subscription_note')
    .select('subscription.source_deck_id')
    .where('subscription_note.note_id', '=', noteId)
    .where('subscription.user_id', '=', userId)
    .where('subscription.ended_at', 'is', null)
    .executeTakeFirst();
}

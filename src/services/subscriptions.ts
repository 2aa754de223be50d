import type { Session } from '../db/database.ts';
import { cardsOfNotes } from '../db/stores/cards.ts';
import { findDeck } from '../db/stores/decks.ts';
import { recordOperation } from '../db/stores/operations.ts';
import {
  findSubscription,
  holdSubscription,
  holdSubscriptionTo,
  insertSubscription,
  insertSubscriptionNotes,
  listSubscriptions,
  type Subscription,
  type SubscriptionNote,
  updateSubscription,
} from '../db/stores/subscriptions.ts';
import { cardsWithState } from '../db/stores/suspend-cards.ts';
import { holdUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { type FieldPair, type Taken, takenOf } from '../notes/merge-note.ts';
import type { Timestamp } from '../schema/index.ts';
import { copyDeck, recordCopy } from './copy-deck.ts';
import { type Difference, differences, sourceOf } from './deck-updates.ts';
import { type CountedDeck, ownDeck, readableDeck } from './decks.ts';
import { beyondRows } from './operations.ts';
import { fieldsOf } from './prepare-note.ts';
import { type SourceItem, sharedOf } from './shared-notes.ts';

/** Notes of each kind that a preview tells. */
const TOLD = 100;

/** What is kept of a note that was taken. */
export const trackedOf = (subscriptionId: bigint, item: SourceItem, noteId: bigint, taken: Taken): SubscriptionNote => ({
  subscription_id: subscriptionId,
  source_kind: item.kind,
  source_id: item.id,
  note_id: noteId,
  source_updated_at: item.updatedAt,
  taken: JSON.stringify(taken),
  removed_at: null,
});

const already = (deckId: bigint): FlashcaseError =>
  new FlashcaseError('FC_CONFLICT', {
    what: 'You follow this deck already',
    hint: `Your copy is deck ${deckId}.`,
    details: { deck_id: String(deckId) },
  });

/** Makes a copy of a deck that follows it: what changes there can be taken over. One's own deck and one that is followed are refused. */
export async function subscribe(session: Session, user: User, deckId: bigint): Promise<CountedDeck> {
  const source = await readableDeck(session, user, deckId);
  if (source.is_owner === true)
    throw new FlashcaseError('FC_CONFLICT', { what: 'This deck is your own', hint: 'Clone it for a second one.' });
  // Two at once would each find nothing of the other.
  await holdUser(session, user.id);
  const known = await holdSubscriptionTo(session, user.id, deckId);
  if (known !== undefined) {
    if ((await findDeck(session, user.id, known.deck_id)) !== undefined) throw already(known.deck_id);
    // Its copy was deleted: one that is brought back later follows no more.
    await updateSubscription(session, known.id, { ended_at: session.clock.now() });
  }
  const rows: SubscriptionNote[] = [];
  const copy = await copyDeck(session, user, source, async (items, noteIds) => {
    const shared = await sharedOf(session, items);
    for (const [index, item] of items.entries())
      rows.push(trackedOf(0n, item, noteIds[index] as bigint, takenOf(shared(item, item.tags))));
  });
  const values = { user_id: user.id, deck_id: copy.deck.id, source_deck_id: source.id, source_name: source.name };
  const { id } = await insertSubscription(session, values, copy.now);
  await insertSubscriptionNotes(
    session,
    rows.map((row) => ({ ...row, subscription_id: id })),
  );
  await recordCopy(session, user, 'subscribe', source, copy, id);
  return { ...copy.deck, is_owner: true, card_count: copy.cards, due_count: copy.cards };
}

/** One's own subscription by its copy; another's does not exist (`FC_NOT_FOUND`). */
export async function ownSubscription(session: Session, user: User, deckId: bigint): Promise<Subscription> {
  const found = await findSubscription(session, user.id, deckId);
  if (found === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'This deck follows no other' });
  await ownDeck(session, user, deckId);
  return found;
}

export interface Followed {
  readonly deck_id: bigint;
  readonly deck_name: string;
  /** NULL while it is not shared. */
  readonly source_deck_id: bigint | null;
  readonly source_name: string;
  readonly subscribed_at: Timestamp;
  readonly updated_at: Timestamp;
}

const followed = async (session: Session, user: User, subscription: Subscription, deckName: string): Promise<Followed> => {
  const source = await sourceOf(session, user, subscription);
  return {
    deck_id: subscription.deck_id,
    deck_name: deckName,
    source_deck_id: source?.id ?? null,
    source_name: source?.name ?? subscription.source_name,
    subscribed_at: subscription.created_at,
    updated_at: subscription.updated_at,
  };
};

/** The decks of a user that follow others. */
export async function browseSubscriptions(session: Session, user: User): Promise<Followed[]> {
  const all: Followed[] = [];
  for (const one of await listSubscriptions(session, user.id)) all.push(await followed(session, user, one, one.deck_name));
  return all;
}

export interface UpdatePreview extends Followed {
  /** Names what is told here: an update with it takes this, or is refused. */
  readonly token: string;
  readonly counts: {
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    /** Changed on both sides: they stay as they are. */
    readonly edited: number;
  };
  readonly added: readonly { readonly front: string; readonly back: string }[];
  readonly changed: readonly {
    readonly note_id: bigint;
    readonly title: string;
    readonly changed: readonly FieldPair[];
    readonly kept: readonly FieldPair[];
    readonly tags_added: readonly string[];
    readonly tags_removed: readonly string[];
  }[];
  readonly removed: readonly { readonly note_id: bigint; readonly title: string; readonly is_studied: boolean }[];
}

export const countsOf = ({ added, changed, removed }: Difference): UpdatePreview['counts'] => ({
  added: added.length,
  changed: changed.filter(({ merged }) => merged.changed.length + merged.tagsAdded.length + merged.tagsRemoved.length > 0).length,
  removed: removed.length,
  edited: changed.filter(({ merged }) => merged.kept.length > 0).length,
});

const NOTHING: Difference = { added: [], changed: [], removed: [], settled: [], forgotten: [], token: '' };
const titleOf = (note: Parameters<typeof fieldsOf>[0]): string => ([...fieldsOf(note).values()][0] ?? '').slice(0, 200);

/** What an update would bring: what is new, changed, gone, and what both sides changed. Writes nothing. */
export async function previewUpdate(session: Session, user: User, deckId: bigint): Promise<UpdatePreview> {
  const subscription = await ownSubscription(session, user, deckId);
  const { name } = await ownDeck(session, user, deckId);
  const about = await followed(session, user, subscription, name);
  const found = about.source_deck_id === null ? NOTHING : await differences(session, user, subscription);
  const removed = found.removed.slice(0, TOLD);
  const cards = await cardsOfNotes(
    session,
    removed.map(({ row }) => row.id),
  );
  const reviews = await cardsWithState(
    session,
    user.id,
    cards.map(({ id }) => id),
  );
  const studied = new Set(cards.filter(({ id }) => (reviews.get(id) ?? 0) > 0).map(({ note_id }) => note_id));
  return {
    ...about,
    token: found.token,
    counts: countsOf(found),
    added: found.added.slice(0, TOLD).map(({ item }) => {
      const first = item.cards.find(({ deleted_at }) => deleted_at === null);
      return { front: first?.front ?? '', back: first?.back ?? '' };
    }),
    // What both changed first: that wants to be decided.
    changed: found.changed
      .toSorted((a, b) => Number(b.merged.kept.length > 0) - Number(a.merged.kept.length > 0))
      .slice(0, TOLD)
      .map(({ row, merged }) => ({
        note_id: row.id,
        title: titleOf(row),
        changed: merged.changed,
        kept: merged.kept,
        tags_added: merged.tagsAdded,
        tags_removed: merged.tagsRemoved,
      })),
    removed: removed.map(({ row }) => ({ note_id: row.id, title: titleOf(row), is_studied: studied.has(row.id) })),
  };
}

/** Ends a subscription; its cards stay as they are. */
export async function unsubscribe(session: Session, user: User, deckId: bigint): Promise<void> {
  const { id } = await ownSubscription(session, user, deckId);
  await updateSubscription(session, id, { ended_at: session.clock.now() });
  await recordOperation(session, user.id, 'unsubscribe', deckId, beyondRows({ unsubscribed: String(id) }));
}

/** Follows again, if the user does not follow the same deck by another copy meanwhile (`FC_CHANGED_MEANWHILE`). */
export async function subscribeAgain(session: Session, user: User, deckId: bigint, subscriptionId: bigint): Promise<void> {
  await ownDeck(session, user, deckId);
  await holdUser(session, user.id);
  const ended = await holdSubscription(session, subscriptionId);
  const other = ended === undefined ? undefined : await holdSubscriptionTo(session, user.id, ended.source_deck_id);
  if (ended === undefined || ended.ended_at === null || other !== undefined)
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: 'You follow this deck by another copy since: this cannot be taken back',
      hint: 'End that one first.',
    });
  await updateSubscription(session, subscriptionId, { ended_at: null });
}

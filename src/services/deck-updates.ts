import { createHash } from 'node:crypto';
import type { Session } from '../db/database.ts';
import { findDeck, type VisibleDeck } from '../db/stores/decks.ts';
import { holdNotes, type NoteRow, tagsOf } from '../db/stores/notes.ts';
import {
  changedSourceCards,
  changedSourceNotes,
  noteOfCards,
  ownNotes,
  removedFromSource,
  type Subscription,
  type SubscriptionNote,
} from '../db/stores/subscriptions.ts';
import type { User } from '../db/stores/users.ts';
import { type Merged, mergeNote, type Taken, takenOf } from '../notes/merge-note.ts';
import { itemOfCard, itemsOfNotes, type SourceItem, sharedOf } from './shared-notes.ts';

type OwnNote = NoteRow & { readonly deck_name: string };

/** A note of the source that was taken before and is another now. */
export interface ChangedNote {
  readonly item: SourceItem;
  readonly tracked: SubscriptionNote;
  /** The subscriber's own. */
  readonly row: OwnNote;
  readonly merged: Merged;
  /** What will have been taken, once this is. */
  readonly taken: Taken;
}

export interface RemovedNote {
  readonly tracked: SubscriptionNote;
  readonly row: OwnNote;
}

/** What of a source is not in its copy as it is. */
export interface Difference {
  readonly added: readonly { readonly item: SourceItem; readonly taken: Taken }[];
  readonly changed: readonly ChangedNote[];
  readonly removed: readonly RemovedNote[];
  /** Nothing to tell: the subscriber has deleted the note, or has its texts already. What was taken goes on all the same. */
  readonly settled: readonly { readonly item: SourceItem; readonly tracked: SubscriptionNote; readonly taken: Taken }[];
  /** The same of notes that neither has any more. */
  readonly forgotten: readonly SubscriptionNote[];
  /** Names exactly this difference. */
  readonly token: string;
}

/** Fields to take from the source though the subscriber changed them, by the id of the subscriber's note. */
export type Preferred = ReadonlyMap<bigint, ReadonlySet<string>>;

/** The deck that a subscription follows, while it is shared with the subscriber. */
export const sourceOf = (session: Session, user: User, { source_deck_id }: Subscription): Promise<VisibleDeck | undefined> =>
  findDeck(session, user.id, source_deck_id);

/** The subscriber's notes, held where they are to be written. */
async function notesOf(session: Session, user: User, ids: readonly bigint[]): Promise<Map<bigint, OwnNote>> {
  const rows = await ownNotes(session, user.id, ids);
  if (session.mode === 'read' || !session.capabilities.hasConcurrentWriters) return new Map(rows.map((row) => [row.id, row]));
  const names = new Map(rows.map(({ id, deck_name }) => [id, deck_name]));
  const held = await holdNotes(session, [...names.keys()]);
  return new Map(held.map((row) => [row.id, { ...row, deck_name: names.get(row.id) as string }]));
}

/** Compares a source with what was taken of it. Costs as much as both have changed since, and one pass over the versions. */
export async function differences(
  session: Session,
  user: User,
  subscription: Subscription,
  preferred: Preferred = new Map(),
): Promise<Difference> {
  const sourceNotes = await changedSourceNotes(session, subscription);
  const sourceCards = await changedSourceCards(session, subscription);
  const gone = await removedFromSource(session, subscription);
  const items = [
    ...(await itemsOfNotes(
      session,
      sourceNotes.map(({ note }) => note),
    )),
    ...sourceCards.map(({ card }) => itemOfCard(card)),
  ];
  const tracked = new Map<SourceItem, SubscriptionNote>();
  for (const [index, one] of [...sourceNotes, ...sourceCards].entries())
    if (one.tracked !== undefined) tracked.set(items[index] as SourceItem, one.tracked);
  const wentIntoNotes = await followCardsIntoNotes(session, gone, items, tracked);

  const mine = await notesOf(
    session,
    user,
    [...tracked.values(), ...gone].map(({ note_id }) => note_id),
  );
  const myTags = await tagsOf(session, [...mine.keys()]);
  const shared = await sharedOf(session, [...items, ...mine.values()]);

  const added: Difference['added'][number][] = [];
  const changed: ChangedNote[] = [];
  const settled: Difference['settled'][number][] = [];
  for (const item of items) {
    const theirs = shared(item, item.tags);
    const taken = takenOf(theirs);
    const before = tracked.get(item);
    if (before === undefined) {
      added.push({ item, taken });
      continue;
    }
    const row = mine.get(before.note_id);
    if (row === undefined) {
      settled.push({ item, tracked: before, taken });
      continue;
    }
    const yours = shared(row, myTags.get(row.id) ?? []);
    const merged = mergeNote(JSON.parse(before.taken) as Taken, yours, theirs, preferred.get(row.id));
    const news = [merged.changed, merged.kept, merged.tagsAdded, merged.tagsRemoved].some((list) => list.length > 0);
    if (news) changed.push({ item, tracked: before, row, merged, taken });
    else settled.push({ item, tracked: before, taken });
  }
  const removed: RemovedNote[] = [];
  const forgotten: SubscriptionNote[] = [];
  for (const one of gone) {
    if (wentIntoNotes.has(one)) continue;
    const row = mine.get(one.note_id);
    if (row === undefined) forgotten.push(one);
    else removed.push({ tracked: one, row });
  }
  return { added, changed, removed, settled, forgotten, token: tokenOf({ added, changed, removed }) };
}

/** A card that stood for itself and was made a note's is followed by that note: it is the same card to who studies it. */
async function followCardsIntoNotes(
  session: Session,
  gone: readonly SubscriptionNote[],
  items: readonly SourceItem[],
  tracked: Map<SourceItem, SubscriptionNote>,
): Promise<ReadonlySet<SubscriptionNote>> {
  const cards = gone.filter(({ source_kind }) => source_kind === 'card');
  const noteIds = await noteOfCards(
    session,
    cards.map(({ source_id }) => source_id),
  );
  const notes = new Map(items.filter(({ kind }) => kind === 'note').map((item) => [item.id, item]));
  const followed = new Set<SubscriptionNote>();
  for (const card of cards) {
    const item = notes.get(noteIds.get(card.source_id) ?? -1n);
    if (item === undefined || tracked.has(item)) continue;
    tracked.set(item, card);
    followed.add(card);
  }
  return followed;
}

function tokenOf({ added, changed, removed }: Pick<Difference, 'added' | 'changed' | 'removed'>): string {
  const hash = createHash('sha256');
  for (const { item } of [...added, ...changed]) hash.update(`${item.kind} ${item.id} ${item.updatedAt.text}\n`);
  for (const { tracked } of removed) hash.update(`gone ${tracked.source_kind} ${tracked.source_id}\n`);
  return hash.digest('base64url').slice(0, 22);
}

import type { Session } from '../db/database.ts';
import { writingMany } from '../db/stores/bulk-rows.ts';
import { type Card, cardsOfNotes, holdCardsOfNotes } from '../db/stores/cards.ts';
import { markNotesDeleted } from '../db/stores/copies.ts';
import { type KeptRow, keptRow, rowOfKept } from '../db/stores/kept-rows.ts';
import { holdNotes } from '../db/stores/notes.ts';
import { recordOperation } from '../db/stores/operations.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import {
  deleteSubscriptionNotes,
  holdSubscription,
  insertSubscriptionNotes,
  replaceSubscriptionNotes,
  type SubscriptionNote,
  updateSubscription,
} from '../db/stores/subscriptions.ts';
import { cardsWithState, suspendCards, unsuspendCards } from '../db/stores/suspend-cards.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { NoteFormat } from '../notes/make-cards.ts';
import { Timestamp } from '../schema/index.ts';
import { type ChangedNote, type Difference, differences, type Preferred, sourceOf } from './deck-updates.ts';
import { ownDeck } from './decks.ts';
import type { StoredType } from './note-types.ts';
import { beyondRows } from './operations.ts';
import { prepareNote } from './prepare-note.ts';
import { changedSince, putRewritesBack, type Rewrite, type RewriteInverse, rewriteNotes } from './rewrite-notes.ts';
import { insertCopies, TypeCopies } from './shared-notes.ts';
import { countsOf, ownSubscription, trackedOf, type UpdatePreview } from './subscriptions.ts';

/** Notes written together; others are answered between. */
const PAGE = 100;

export const REMOVED = ['keep', 'suspend'] as const;

export interface UpdateChoices {
  /** What becomes of notes that the source has no more. */
  readonly removed: (typeof REMOVED)[number];
  /** Fields to take though they were changed here. */
  readonly theirs: Preferred;
  /** Of the preview: what has changed since is not taken unseen (`FC_CHANGED_MEANWHILE`). */
  readonly token?: string | undefined;
}

/** What taking an update back needs. */
export interface UpdateInverse {
  readonly subscription: string;
  /** When it was taken before. */
  readonly updated: string;
  readonly rewritten: RewriteInverse;
  readonly added: readonly string[];
  readonly suspended: readonly string[];
  /** What was known of notes of the source, and which of them are known by now. */
  readonly tracked: readonly KeptRow[];
  readonly known: readonly { readonly source_kind: SubscriptionNote['source_kind']; readonly source_id: string }[];
}

/** What a changed note becomes. `undefined` where that would make no card: then it stays as it is. */
function rewriteOf({ row, item, merged }: ChangedNote, typeOfMine: StoredType, typeOfTheirs: StoredType): Rewrite | undefined {
  const type = merged.takesShape ? typeOfTheirs : typeOfMine;
  const format = (merged.takesShape ? item.format : row.format) as NoteFormat;
  const chosen = { type: type.key, note_type_id: type.id, format, fields: merged.note.fields, tags: merged.note.tags };
  try {
    const made = prepareNote(chosen, type, row.deck_name, merged.note.elements ?? undefined);
    return { row, type: type.key, note_type_id: type.id, made };
  } catch (error) {
    if (error instanceof FlashcaseError && error.code === 'FC_INPUT_INVALID') return undefined;
    throw error;
  }
}

/** Takes what the source has new, in the session's one transaction; one's own edits, schedule and history stay. */
export async function takeUpdate(
  session: Session,
  user: User,
  deckId: bigint,
  { removed, theirs, token }: UpdateChoices,
): Promise<UpdatePreview['counts']> {
  const subscription = await ownSubscription(session, user, deckId);
  const source = await sourceOf(session, user, subscription);
  if (source === undefined)
    throw new FlashcaseError('FC_CONFLICT', {
      what: 'This deck is not shared any more',
      why: 'Who publishes it has deleted it or made it private, or it is hidden by a moderator.',
      hint: 'Your copy stays as it is, and follows it again when it is shared again.',
    });
  const found = await differences(session, user, subscription, theirs);
  if (token !== undefined && token !== found.token)
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: 'The deck has changed since you looked',
      hint: 'Look at the update again, then take it.',
    });
  const counts = countsOf(found);
  const now = session.clock.now();
  const inverse = await writingMany(session, () => write(session, user, subscription, found, removed, now));
  await updateSubscription(session, subscription.id, { updated_at: now, source_name: source.name });
  // What nobody sees needs no way back.
  const isSeen = found.added.length + found.changed.length + found.removed.length > 0;
  if (isSeen) {
    const update: UpdateInverse = { ...inverse, updated: subscription.updated_at.text };
    await recordOperation(session, user.id, 'take_update', deckId, beyondRows({ update }));
  }
  return counts;
}

async function write(
  session: Session,
  user: User,
  { id, deck_id }: { readonly id: bigint; readonly deck_id: bigint },
  { added, changed, removed, settled, forgotten }: Difference,
  choice: UpdateChoices['removed'],
  now: Timestamp,
): Promise<Omit<UpdateInverse, 'updated'>> {
  const types = new TypeCopies(session, user);
  const theirs = await types.of(changed.map(({ item }) => item));
  const mine = await types.of(changed.map(({ row }) => row));
  const rewrites: Rewrite[] = [];
  // One that would make no card stays as it is, and is told again the next time.
  const taken = changed.filter((one) => {
    const { changed: fields, tagsAdded, tagsRemoved } = one.merged;
    // Nothing but what stays: a new version would keep its owner from taking their own edit back.
    if (fields.length + tagsAdded.length + tagsRemoved.length === 0) return true;
    const rewrite = rewriteOf(one, mine(one.row), theirs(one.item));
    if (rewrite !== undefined) rewrites.push(rewrite);
    return rewrite !== undefined;
  });
  const parts: RewriteInverse[] = [];
  for (let at = 0; at < rewrites.length; at += PAGE) {
    parts.push(await rewriteNotes(session, rewrites.slice(at, at + PAGE), now));
    await new Promise(setImmediate);
  }
  const rewritten: RewriteInverse = {
    left: now.text,
    notes: parts.flatMap(({ notes }) => notes),
    cards: parts.flatMap(({ cards }) => cards),
    added: parts.flatMap((part) => part.added),
  };

  const tracked: SubscriptionNote[] = [...taken, ...settled].map((one) =>
    trackedOf(id, one.item, one.tracked.note_id, one.taken),
  );
  const noteIds: bigint[] = [];
  for (let at = 0; at < added.length; at += PAGE) {
    const part = added.slice(at, at + PAGE);
    const ids = await insertCopies(
      session,
      deck_id,
      part.map(({ item }) => item),
      types,
      now,
    );
    for (const [index, one] of part.entries()) tracked.push(trackedOf(id, one.item, ids[index] as bigint, one.taken));
    noteIds.push(...ids);
    await new Promise(setImmediate);
  }

  const toSuspend =
    choice === 'suspend'
      ? await cardsOfNotes(
          session,
          removed.map(({ row }) => row.id),
        )
      : [];
  const live = toSuspend.filter(({ deleted_at }) => deleted_at === null).map((card) => card.id);
  const suspended = await suspendCards(session, user.id, live, now);
  for (const one of [...removed.map((known) => known.tracked), ...forgotten]) tracked.push({ ...one, removed_at: now });

  const before = [...taken, ...settled, ...removed].map((one) => one.tracked).concat(forgotten);
  await deleteSubscriptionNotes(session, id, before);
  await replaceSubscriptionNotes(session, id, tracked);
  return {
    subscription: String(id),
    rewritten,
    added: noteIds.map(String),
    suspended: suspended.map(String),
    tracked: before.map((row) => keptRow('subscription_note', row)),
    known: tracked.map(({ source_kind, source_id }) => ({ source_kind, source_id: String(source_id) })),
  };
}

/** Takes an update back: texts are as before, what came with it goes, unless it was changed or studied since (`FC_CHANGED_MEANWHILE`). */
export async function putUpdateBack(session: Session, user: User, deckId: bigint, inverse: UpdateInverse): Promise<void> {
  await ownDeck(session, user, deckId);
  const now = session.clock.now();
  const { left } = inverse.rewritten;
  const added = inverse.added.map(BigInt);
  const notes = await holdNotes(session, added);
  const cards = await holdCardsOfNotes(session, added);
  const isAsLeft =
    notes.length === added.length &&
    [...notes, ...cards].every(({ updated_at }) => updated_at.text === left) &&
    (
      await cardsWithState(
        session,
        user.id,
        cards.map((card) => card.id),
      )
    ).size === 0;
  if (!isAsLeft) throw changedSince('A note that came with this update was changed or studied');
  await writingMany(session, async () => {
    await putRewritesBack(session, inverse.rewritten, now);
    await markNotesDeleted(session, added, now);
    await indexCards(
      session,
      cards.map((card): Card => ({ ...card, deleted_at: now })),
    );
    await unsuspendCards(session, user.id, inverse.suspended.map(BigInt));
    const id = BigInt(inverse.subscription);
    // One whose copy is gone for good is gone too.
    if ((await holdSubscription(session, id)) === undefined) return;
    const known = inverse.known.map((key) => ({ ...key, source_id: BigInt(key.source_id) }));
    await deleteSubscriptionNotes(session, id, known);
    await insertSubscriptionNotes(
      session,
      inverse.tracked.map((row) => rowOfKept('subscription_note', row)),
    );
    await updateSubscription(session, id, { updated_at: Timestamp.parse(inverse.updated) as Timestamp });
  });
}

import type { Session } from '../db/database.ts';
import { insertMany, insertRowsWithIds, replaceMany } from '../db/stores/bulk-rows.ts';
import { type Card, holdCardsOfNotes } from '../db/stores/cards.ts';
import { type KeptRow, keptRow, rowOfKept } from '../db/stores/kept-rows.ts';
import { deleteTagsOf, holdNotes, type NoteRow, tagsOf } from '../db/stores/notes.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Timestamp } from '../schema/index.ts';
import { storedTypes } from './note-types.ts';
import { ordinalsOf, type PreparedNote } from './prepare-note.ts';

/** A note that is held, and what it becomes. */
export interface Rewrite {
  readonly row: NoteRow;
  readonly type: string;
  readonly note_type_id: bigint | null;
  readonly made: PreparedNote;
}

/** What taking rewrites back needs: the rows as they were, and the version that was left. */
export interface RewriteInverse {
  readonly left: string;
  readonly notes: readonly { readonly row: KeptRow; readonly tags: readonly string[] }[];
  readonly cards: readonly KeptRow[];
  /** Cards that were not there. */
  readonly added: readonly string[];
}

/** Gives many notes these tags in place of theirs. */
export const setTags = async (session: Session, tags: readonly (readonly [noteId: bigint, tags: readonly string[]])[]) => {
  await deleteTagsOf(
    session,
    tags.map(([id]) => id),
  );
  await insertMany(
    session,
    'note_tag',
    ['note_id', 'tag'],
    tags.flatMap(([id, some]) => some.map((tag) => [id, tag])),
  );
};

/** Gives many notes new texts at once. Their cards follow as when one is edited: each keeps its history as long as the note makes it. */
export async function rewriteNotes(session: Session, rewrites: readonly Rewrite[], now: Timestamp): Promise<RewriteInverse> {
  const ids = rewrites.map(({ row }) => row.id);
  const tagsBefore = await tagsOf(session, ids);
  const cardsBefore = Map.groupBy(await holdCardsOfNotes(session, ids), (card) => card.note_id as bigint);
  const typeOf = await storedTypes(
    session,
    rewrites.map(({ row }) => row),
  );
  const notes: NoteRow[] = [];
  /** As they were, and as they become. */
  const cards: { before: Card; after: Card }[] = [];
  const added: Omit<Card, 'id'>[] = [];
  const live: Card[] = [];
  for (const { row, type, note_type_id, made } of rewrites) {
    notes.push({ ...row, ...made.columns, type, note_type_id, updated_at: now });
    const rows = new Map((cardsBefore.get(row.id) ?? []).map((card) => [card.ordinal as number, card]));
    // Made before and deleted all the same: a person did that, and it stays so.
    const isAnyDeleted = [...rows.values()].some(({ deleted_at }) => deleted_at !== null);
    const madeBefore = isAnyDeleted ? ordinalsOf(row, typeOf(row), tagsBefore.get(row.id) ?? []) : new Set<number>();
    for (const { ordinal, ...sides } of made.cards) {
      const before = rows.get(ordinal);
      rows.delete(ordinal);
      if (before === undefined) {
        const times = { created_at: now, updated_at: now, deleted_at: null };
        added.push({ ...sides, ...times, ordinal, deck_id: row.deck_id, note_id: row.id });
        continue;
      }
      const isUnwanted = before.deleted_at !== null && madeBefore.has(ordinal);
      const after = { ...before, ...sides, deleted_at: isUnwanted ? before.deleted_at : null };
      const isSame = (Object.keys(after) as (keyof Card)[]).every((name) => after[name] === before[name]);
      // One that a person deleted follows without a new version: by that its delete is taken back.
      const written = isSame ? before : { ...after, updated_at: isUnwanted ? before.updated_at : now };
      if (!isSame) cards.push({ before, after: written });
      live.push(written);
    }
    for (const gone of rows.values())
      if (gone.deleted_at === null) cards.push({ before: gone, after: { ...gone, deleted_at: now, updated_at: now } });
  }
  await replaceMany(session, 'note', notes);
  await setTags(
    session,
    rewrites.map(({ row, made }) => [row.id, made.tags]),
  );
  await replaceMany(
    session,
    'card',
    cards.map(({ after }) => after),
  );
  const addedIds = await insertRowsWithIds(session, 'card', added);
  // A tag, or a field that no card shows, changes no card and is found all the same.
  await indexCards(session, [
    ...live,
    ...cards.map(({ after }) => after).filter(({ deleted_at }) => deleted_at !== null),
    ...added.map((card, index) => ({ ...card, id: addedIds[index] as bigint })),
  ]);
  return {
    left: now.text,
    notes: rewrites.map(({ row }) => ({ row: keptRow('note', row), tags: tagsBefore.get(row.id) ?? [] })),
    cards: cards.map(({ before }) => keptRow('card', before)),
    added: addedIds.map(String),
  };
}

/** The refusal of an undo whose rows were changed since. */
export const changedSince = (what: string): FlashcaseError =>
  new FlashcaseError('FC_CHANGED_MEANWHILE', {
    what: `${what} since: this cannot be taken back`,
    why: 'The later change would be lost with it.',
    hint: 'Take the later change back first, or change it by hand.',
  });

/** Gives notes and their cards the rows of before, if nobody has changed them since (`FC_CHANGED_MEANWHILE`). */
export async function putRewritesBack(session: Session, inverse: RewriteInverse, now: Timestamp): Promise<void> {
  const notes = inverse.notes.map(({ row }) => rowOfKept('note', row));
  const cards = inverse.cards.map((row) => rowOfKept('card', row));
  const held = await holdNotes(
    session,
    notes.map(({ id }) => id),
  );
  if (held.length < notes.length || held.some(({ updated_at }) => updated_at.text !== inverse.left))
    throw changedSince('A note was changed');
  const addedIds = inverse.added.map(BigInt);
  const heldCards = new Map(
    (
      await holdCardsOfNotes(
        session,
        notes.map(({ id }) => id),
      )
    ).map((card) => [card.id, card]),
  );
  const isLeft = (id: bigint, version: string): boolean => heldCards.get(id)?.updated_at.text === version;
  for (const card of cards) {
    // A deleted one kept its version.
    const versions = card.deleted_at === null ? [inverse.left] : [inverse.left, card.updated_at.text];
    if (!versions.some((version) => isLeft(card.id, version))) throw changedSince('A card was changed');
  }
  if (!addedIds.every((id) => isLeft(id, inverse.left))) throw changedSince('A card was changed');
  const gone = addedIds.map((id) => ({ ...(heldCards.get(id) as Card), deleted_at: now, updated_at: now }));
  await replaceMany(session, 'note', notes);
  await setTags(
    session,
    inverse.notes.map(({ tags }, index) => [(notes[index] as NoteRow).id, tags]),
  );
  await replaceMany(session, 'card', [...cards, ...gone]);
  const written = new Map([...cards, ...gone].map((card) => [card.id, card]));
  await indexCards(
    session,
    [...heldCards.values()].map((card) => written.get(card.id) ?? card),
  );
}

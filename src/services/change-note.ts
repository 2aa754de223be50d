import type { Session } from '../db/database.ts';
import { type Card, cardsOfNotes, insertCards, updateCard } from '../db/stores/cards.ts';
import { holdNote, isNoteStudied, type NoteRow, replaceTags, tagsOf, updateNote } from '../db/stores/notes.ts';
import { putBack, recordOperation } from '../db/stores/operations.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { type MadeCard, makeCards, type NoteFormat } from '../notes/make-cards.ts';
import { Timestamp } from '../schema/index.ts';
import { ownDeck } from './decks.ts';
import { type ChosenType, chosenType, storedTypes } from './note-types.ts';
import { getNote, type NoteWithCards, ownNote, withCards } from './notes.ts';
import { type RowChange, recordRows, rowChange } from './operations.ts';
import { checkFilled, columnsOf, elementsOf, fieldsOf, type NoteValues, sidesOf } from './prepare-note.ts';

export interface NoteChange extends Partial<NoteValues> {
  readonly deck_id?: bigint;
}

/**
 * Changes a note and makes its cards anew. A card keeps its history as long as the note makes a card of its number: one that is made no
 * more is marked as deleted and comes back with the number; one that a person deleted stays deleted. With `expected`, the time of the
 * version that was edited, a change that would overwrite somebody else's is refused (`FC_CHANGED_MEANWHILE`).
 */
export async function changeNote(
  session: Session,
  user: User,
  noteId: bigint,
  change: NoteChange,
  expected?: string,
): Promise<NoteWithCards> {
  const { before, old, unwanted, note } = await applyChange(session, user, noteId, change, expected);
  await recordOperation(session, user.id, 'change_note', noteId, { note: inverseOf(before, note, old, unwanted) });
  return note;
}

/** @param stayDeleted cards that do not come back with their number */
async function applyChange(
  session: Session,
  user: User,
  noteId: bigint,
  change: NoteChange,
  expected: string | undefined,
  stayDeleted: readonly bigint[] = [],
) {
  const { deck_name } = await ownNote(session, user, noteId);
  const before = await holdNote(session, noteId);
  if (before === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Note not found' });
  if (expected !== undefined && before.updated_at.toJSON() !== expected) {
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: 'This note was changed meanwhile',
      hint: 'Load it again, compare, and save what you still want.',
    });
  }
  const deck = change.deck_id === undefined ? deck_name : (await ownDeck(session, user, change.deck_id)).name;
  if (change.deck_id !== undefined && change.deck_id !== before.deck_id) await refuseStudied(session, noteId);
  const tagsBefore = (await tagsOf(session, [noteId])).get(noteId) ?? [];
  const old: NoteValues = {
    ...chosenOf(before),
    format: before.format as NoteFormat,
    fields: fieldsOf(before),
    tags: tagsBefore,
  };
  const typeBefore = (await storedTypes(session, [old]))(old);
  const values: NoteValues = { ...old, ...change };
  const isOtherType = change.type !== undefined || change.note_type_id !== undefined;
  const type = isOtherType ? await chosenType(session, user, values) : typeBefore;
  const one = checkFilled(values, type, deck, elementsOf(before));
  const row = await updateNote(session, noteId, {
    ...columnsOf(one, values, type),
    ...(change.deck_id === undefined ? {} : { deck_id: change.deck_id }),
  });
  await replaceTags(session, noteId, one.note.tags);
  const madeBefore = makeCards({
    type: typeBefore,
    format: old.format,
    fields: old.fields,
    tags: tagsBefore,
    deck: deck_name,
    elements: elementsOf(before),
  });
  const ordinalsBefore = new Set(madeBefore.cards.map(({ ordinal }) => ordinal));
  const rows = await cardsOfNotes(session, [noteId]);
  // Made before and deleted all the same: a person did that.
  const unwanted = rows.filter((card) => card.deleted_at !== null && ordinalsBefore.has(card.ordinal as number));
  const cards = await followCards(session, row, one.made.cards, rows, new Set([...unwanted.map(({ id }) => id), ...stayDeleted]));
  // A tag, or a field that no card shows, changes no card and is found all the same.
  await indexCards(session, cards);
  return { before, old, unwanted, note: withCards(row, one.note.tags, cards) };
}

/** Reviews are counted in the deck in which they were made, and follow no card. */
async function refuseStudied(session: Session, noteId: bigint): Promise<void> {
  if (!(await isNoteStudied(session, noteId))) return;
  throw new FlashcaseError('FC_CONFLICT', {
    what: 'This note has been studied: it stays in its deck',
    why: 'Its reviews are counted in that deck.',
    hint: 'Make a new note in the other deck, and delete this one if it is not needed any more.',
  });
}

const chosenOf = ({ type, note_type_id }: ChosenType): ChosenType => ({ type, note_type_id });

/** Brings the rows of a note's cards to what the note makes now. Gives those that are there. @param unwanted ids of cards that stay deleted */
async function followCards(
  session: Session,
  note: NoteRow,
  made: readonly MadeCard[],
  cardsBefore: readonly Card[],
  unwanted: ReadonlySet<bigint>,
): Promise<Card[]> {
  const rows = new Map(cardsBefore.map((card) => [card.ordinal as number, card]));
  const cards: Card[] = [];
  const isNew: MadeCard[] = [];
  const { deck_id } = note;
  for (const card of made) {
    const row = rows.get(card.ordinal);
    rows.delete(card.ordinal);
    if (row === undefined) isNew.push(card);
    else if (unwanted.has(row.id)) await followUnseen(session, row, { ...sidesOf(card), deck_id });
    else cards.push(await updateChanged(session, row, { ...sidesOf(card), deck_id, deleted_at: null }));
  }
  for (const row of rows.values()) {
    if (row.deleted_at === null) await updateChanged(session, row, { deck_id, deleted_at: session.clock.now() });
    else await followUnseen(session, row, { deck_id });
  }
  const added = isNew.map((card) => ({ ...sidesOf(card), deck_id, note_id: note.id, ordinal: card.ordinal }));
  cards.push(...(await insertCards(session, added)));
  return cards.toSorted((a, b) => (a.ordinal as number) - (b.ordinal as number));
}

const isAlready = (row: Card, values: Partial<Card>): boolean =>
  Object.entries(values).every(([name, value]) => row[name as keyof Card] === value);

/** A card whose text stays is not written: it did not change. */
async function updateChanged(session: Session, row: Card, values: Partial<Card>): Promise<Card> {
  return isAlready(row, values) ? row : updateCard(session, row.id, values);
}

/** A deleted card follows its note without a new version: by that its delete is taken back, and it comes back as its note is then. */
async function followUnseen(session: Session, row: Card, values: Partial<Card>): Promise<void> {
  if (!isAlready(row, values)) await putBack(session, 'card', row.id, values);
}

/** What taking a change of a note back needs. */
export interface NoteInverse {
  readonly was: Pick<NoteRow, 'type' | 'format'> & {
    readonly note_type_id: string | null;
    readonly deck_id: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly tags: readonly string[];
    readonly updated_at: string;
  };
  readonly left: string;
  /** Cards that a person had deleted. */
  readonly deleted: readonly { readonly id: string; readonly deleted_at: string; readonly updated_at: string }[];
}

const inverseOf = (
  before: NoteRow,
  after: Pick<NoteRow, 'updated_at'>,
  { tags }: NoteValues,
  unwanted: readonly Card[],
): NoteInverse => ({
  was: {
    type: before.type,
    format: before.format,
    note_type_id: before.note_type_id === null ? null : String(before.note_type_id),
    deck_id: String(before.deck_id),
    fields: Object.fromEntries(fieldsOf(before)),
    tags,
    updated_at: before.updated_at.text,
  },
  left: after.updated_at.text,
  deleted: unwanted.map(({ id, deleted_at, updated_at }) => ({
    id: String(id),
    deleted_at: (deleted_at as Timestamp).text,
    updated_at: updated_at.text,
  })),
});

/** Gives a note the values of before a change, if nobody has changed it since (`FC_CHANGED_MEANWHILE`). Its cards follow. */
export async function putNoteBack(
  session: Session,
  user: User,
  noteId: bigint,
  { was, left, deleted }: NoteInverse,
): Promise<void> {
  const { updated_at, deck_id, note_type_id, fields, ...values } = was;
  const expected = (Timestamp.parse(left) as Timestamp).toJSON();
  const change = {
    ...values,
    format: values.format as NoteFormat,
    note_type_id: note_type_id === null ? null : BigInt(note_type_id),
    fields: new Map(Object.entries(fields)),
    deck_id: BigInt(deck_id),
  };
  const stayDeleted = deleted.map(({ id }) => BigInt(id));
  await applyChange(session, user, noteId, change, expected, stayDeleted);
  await putBack(session, 'note', noteId, { updated_at: Timestamp.parse(updated_at) });
  // To the letter, whatever later changes did to them and took back: their own delete can then be taken back too.
  for (const card of deleted)
    await putBack(session, 'card', BigInt(card.id), {
      deleted_at: Timestamp.parse(card.deleted_at),
      updated_at: Timestamp.parse(card.updated_at),
    });
}

/** Marks a note and its cards as deleted; their reviews stay. */
export async function deleteNote(session: Session, user: User, noteId: bigint): Promise<void> {
  await ownNote(session, user, noteId);
  const before = await holdNote(session, noteId);
  if (before === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Note not found' });
  const now = session.clock.now();
  const rows: RowChange[] = [];
  for (const card of await cardsOfNotes(session, [noteId])) {
    if (card.deleted_at !== null) continue;
    rows.push(rowChange('card', card, await updateCard(session, card.id, { deleted_at: now }), ['deleted_at']));
  }
  const after = await updateNote(session, noteId, { deleted_at: now });
  await recordRows(session, user, 'delete_note', noteId, [rowChange('note', before, after, ['deleted_at']), ...rows]);
}

/** Marks one card of a note as deleted; with the last one the note goes. */
export async function deleteCardOfNote(session: Session, user: User, card: Card): Promise<void> {
  const noteId = card.note_id as bigint;
  const before = await holdNote(session, noteId);
  if (before === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  const now = session.clock.now();
  const deleted = await updateCard(session, card.id, { deleted_at: now });
  const isLast = (await cardsOfNotes(session, [noteId])).every(({ deleted_at }) => deleted_at !== null);
  const after = isLast ? await updateNote(session, noteId, { deleted_at: now }) : before;
  // The note stands there for its version too: the card comes back only to the note that made it.
  await recordRows(session, user, 'delete_card', card.id, [
    rowChange('note', before, after, isLast ? ['deleted_at'] : []),
    rowChange('card', card, deleted, ['deleted_at']),
  ]);
}

/**
 * Changes the sides of a note's card as clients do that know no notes: the note's fields are changed so that this card reads so. Where a
 * side is more than one field, no change of the note could be meant, and it is refused (`FC_CARD_OF_NOTE`).
 */
export async function changeCardOfNote(
  session: Session,
  user: User,
  read: Card,
  sides: { readonly front?: string; readonly back?: string },
): Promise<Card> {
  const noteId = read.note_id as bigint;
  // Held before it is read: another change of its other side must not be written over.
  await holdNote(session, noteId);
  const note = await getNote(session, user, noteId);
  const card = note.cards.find(({ id }) => id === read.id);
  if (card === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  const isSwapped = note.type === 'basic_reversed' && card.ordinal === 1;
  const fields = new Map(note.fields);
  if (note.format === 'text' && ['basic', 'basic_reversed', 'typed'].includes(note.type)) {
    const [front, back] = isSwapped ? ['Back', 'Front'] : ['Front', 'Back'];
    if (sides.front !== undefined) fields.set(front as string, sides.front.trim());
    // What the template adds below the back, as the source, is not part of the field.
    const below = card.back.slice((note.fields.get(back as string) ?? '').trim().length);
    if (sides.back !== undefined)
      fields.set(
        back as string,
        sides.back.trim().slice(0, sides.back.trim().length - (sides.back.trim().endsWith(below) ? below.length : 0)),
      );
    const changed = await changeNote(session, user, noteId, { fields });
    const now = changed.cards.find(({ id }) => id === card.id);
    if (now !== undefined && now.front === (sides.front ?? card.front).trim() && now.back === (sides.back ?? card.back).trim())
      return now;
  }
  throw new FlashcaseError('FC_CARD_OF_NOTE', {
    what: 'This card is made from a note and cannot be changed alone',
    hint: `Change its note: PUT /api/v1/notes/${noteId}.`,
    details: { noteId: String(noteId) },
  });
}

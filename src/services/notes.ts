import type { Session } from '../db/database.ts';
import { randomToken } from '../db/random.ts';
import {
  type Card,
  cardsOfNotes,
  findCard,
  findPlainCards,
  holdCardRow,
  insertCards,
  type NewCard,
  updateCard,
} from '../db/stores/cards.ts';
import {
  type CountedTag,
  countTags,
  findDuplicates,
  findNote,
  holdNote,
  insertNotes,
  insertTags,
  isNoteStudied,
  listNotes,
  type NoteFilter,
  type NoteRow,
  replaceTags,
  tagsOf,
  updateNote,
  type VisibleNote,
} from '../db/stores/notes.ts';
import { putBack, recordOperation } from '../db/stores/operations.ts';
import type { Page } from '../db/stores/page.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { duplicateKey } from '../notes/duplicate-key.ts';
import type { KnownElement } from '../notes/elements.ts';
import { safeHtml } from '../notes/html.ts';
import { type MadeCard, type MadeCards, makeCards, type Note, type NoteFormat } from '../notes/make-cards.ts';
import { cleanTags, MAX_TAG, MAX_TAGS } from '../notes/tags.ts';
import { Timestamp } from '../schema/index.ts';
import { ownDeck } from './decks.ts';
import { type ChosenType, chosenType, type StoredType, storedTypes } from './note-types.ts';
import { type RowChange, recordRows, rowChange } from './operations.ts';

export type { NoteFilter };

export interface NoteValues extends ChosenType {
  readonly format: NoteFormat;
  readonly fields: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
}

export interface NoteWithCards extends Omit<NoteRow, 'fields' | 'elements'> {
  readonly fields: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  readonly cards: readonly Card[];
}

/** Characters of one field, at most. */
export const MAX_FIELD = 20_000;

const invalid = (field: string, what: string): FlashcaseError =>
  new FlashcaseError('FC_INPUT_INVALID', { what, details: { field } });

interface Checked {
  readonly note: Note;
  readonly made: MadeCards;
}

/** A note as it will be kept, with its cards: HTML sanitised, tags tidied. Refuses what its type does not have, and what is too long. */
function check(values: NoteValues, type: StoredType, deck: string, known: readonly KnownElement[]): Checked {
  const { format } = values;
  for (const [name, value] of values.fields) {
    if (!type.fields.includes(name)) throw invalid('fields', `the note type ${type.name} has no field ${name.slice(0, 200)}`);
    if (value.length > MAX_FIELD)
      throw invalid(
        'fields',
        `${name} has ${value.length.toLocaleString('en')} characters, ${MAX_FIELD.toLocaleString('en')} at most`,
      );
  }
  const tags = cleanTags(values.tags);
  if (tags.length > MAX_TAGS) throw invalid('tags', `a note has at most ${MAX_TAGS} tags`);
  const long = tags.find((tag) => [...tag].length > MAX_TAG);
  if (long !== undefined) throw invalid('tags', `a tag has at most ${MAX_TAG} characters: ${long.slice(0, MAX_TAG)} …`);
  const fields = new Map([...values.fields].map(([name, value]) => [name, format === 'html' ? safeHtml(value) : value]));
  const note: Note = { type, format, fields, tags, deck, elements: known };
  return { note, made: makeCards(note) };
}

/** What a note would be without being kept: an empty one is refused. */
function checkFilled(...parts: Parameters<typeof check>): Checked {
  const checked = check(...parts);
  if (checked.made.cards.length === 0)
    throw invalid('fields', `this note makes no card. ${checked.made.problems[0] ?? ''}`.trim());
  return checked;
}

const columnsOf = ({ note, made }: Checked, chosen: ChosenType, type: StoredType) => ({
  type: chosen.type,
  note_type_id: type.id,
  format: note.format,
  fields: JSON.stringify(Object.fromEntries(note.fields)),
  elements: made.elements === undefined ? null : JSON.stringify(made.elements),
  duplicate_key: duplicateKey(note.fields.get(type.fields[0] ?? '') ?? '', note.format),
});

const sidesOf = ({ front, back, frontHtml, backHtml, answer }: MadeCard) => ({
  front,
  back,
  front_html: frontHtml,
  back_html: backHtml,
  answer,
});

/** A note as its rows will hold it, with all its cards. */
export interface PreparedNote {
  readonly columns: Omit<ReturnType<typeof columnsOf>, 'type' | 'note_type_id'>;
  readonly tags: readonly string[];
  readonly cards: readonly (ReturnType<typeof sidesOf> & { readonly ordinal: number })[];
  /** What is wrong with its templates, in words. */
  readonly problems: readonly string[];
}

/**
 * What a note becomes, found out before anything is written. Refuses what `createNotes` refuses.
 * @param elements JSON: which card each line had where it comes from
 */
export function prepareNote(values: NoteValues, type: StoredType, deck: string, elements?: string): PreparedNote {
  const one = checkFilled(values, type, deck, elementsOf({ elements: elements ?? null }));
  const { type: _, note_type_id: __, ...columns } = columnsOf(one, values, type);
  const cards = one.made.cards.map((card) => ({ ...sidesOf(card), ordinal: card.ordinal }));
  return { columns, tags: one.note.tags, cards, problems: one.made.problems };
}

/** The numbers of the cards that a kept note makes. */
export function ordinalsOf(row: NoteRow, type: StoredType, tags: readonly string[]): Set<number> {
  const note = { type, format: row.format as NoteFormat, fields: fieldsOf(row), tags, deck: '', elements: elementsOf(row) };
  return new Set(makeCards(note).cards.map(({ ordinal }) => ordinal));
}

const fieldsOf = ({ fields }: NoteRow): Map<string, string> =>
  new Map(Object.entries(JSON.parse(fields) as Record<string, string>));
const elementsOf = ({ elements }: Pick<NoteRow, 'elements'>): KnownElement[] =>
  elements === null ? [] : (JSON.parse(elements) as KnownElement[]);

function withCards(row: NoteRow, tags: readonly string[], cards: readonly Card[]): NoteWithCards {
  const live = cards.filter((card) => card.deleted_at === null);
  return { ...row, fields: fieldsOf(row), tags, cards: live };
}

export interface NewNote extends NoteValues {
  /** Its name over imports and exports; made when absent. */
  readonly guid?: string;
}

/**
 * Notes of one's own deck with all their cards, in one unit of work and a few statements for each five hundred: what the editor adds one
 * by one and an import by the thousand. Gives them in the same order.
 */
export async function createNotes(
  session: Session,
  user: User,
  deckId: bigint,
  notes: readonly NewNote[],
): Promise<NoteWithCards[]> {
  const deck = await ownDeck(session, user, deckId);
  const types = new Map<string, StoredType>();
  const checked: { columns: Parameters<typeof insertNotes>[1][number]; tags: readonly string[]; cards: readonly MadeCard[] }[] =
    [];
  for (const values of notes) {
    const name = `${values.type} ${values.note_type_id}`;
    const type = types.get(name) ?? (await chosenType(session, user, values));
    types.set(name, type);
    const one = checkFilled(values, type, deck.name, []);
    checked.push({
      columns: { ...columnsOf(one, values, type), deck_id: deckId, guid: values.guid ?? randomToken(12) },
      tags: one.note.tags,
      cards: one.made.cards,
    });
  }
  const rows = await insertNotes(
    session,
    checked.map(({ columns }) => columns),
  );
  const of = <T>(index: number, items: readonly T[]): readonly (T & { note_id: bigint })[] =>
    items.map((item) => ({ ...item, note_id: rows[index]?.id as bigint }));
  await insertTags(
    session,
    checked.flatMap(({ tags }, index) =>
      of(
        index,
        tags.map((tag) => ({ tag })),
      ),
    ),
  );
  const cards = await insertCards(
    session,
    checked.flatMap((one, index) =>
      of(
        index,
        one.cards.map((card): Omit<NewCard, 'note_id'> => ({ ...sidesOf(card), deck_id: deckId, ordinal: card.ordinal })),
      ),
    ),
  );
  let at = 0;
  return rows.map((row, index) => {
    const { tags, cards: made } = checked[index] as (typeof checked)[number];
    const own = cards.slice(at, at + made.length);
    at += made.length;
    return withCards(row, tags, own);
  });
}

/** A note with its cards. With `cardId` its first card is one that stood for itself so far, with its history. */
export async function createNote(
  session: Session,
  user: User,
  deckId: bigint,
  values: NewNote,
  cardId?: bigint,
): Promise<NoteWithCards> {
  if (cardId === undefined) return (await createNotes(session, user, deckId, [values]))[0] as NoteWithCards;
  const deck = await ownDeck(session, user, deckId);
  // Held before it is looked at: of two notes that want it at once one gets it, the other is refused.
  const card = (await findCard(session, user.id, cardId)) && (await holdCardRow(session, cardId));
  if (card === undefined || card.deck_id !== deckId) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  if (card.note_id !== null) throw invalid('card_id', 'this card is already made by a note');
  const type = await chosenType(session, user, values);
  const one = checkFilled(values, type, deck.name, []);
  const [row] = await insertNotes(session, [
    { ...columnsOf(one, values, type), deck_id: deckId, guid: values.guid ?? randomToken(12) },
  ]);
  const { id } = row as NoteRow;
  await replaceTags(session, id, one.note.tags);
  const [first, ...others] = one.made.cards as [MadeCard, ...MadeCard[]];
  const taken = await updateCard(session, cardId, { ...sidesOf(first), note_id: id, ordinal: first.ordinal });
  const added = await insertCards(
    session,
    others.map((other) => ({ ...sidesOf(other), deck_id: deckId, note_id: id, ordinal: other.ordinal })),
  );
  return withCards(row as NoteRow, one.note.tags, [taken, ...added]);
}

/** A note of a deck the user may read; anything else does not exist for them (`FC_NOT_FOUND`). */
async function readableNote(session: Session, user: User, noteId: bigint): Promise<VisibleNote> {
  const note = await findNote(session, user.id, noteId);
  if (note === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Note not found' });
  return note;
}

async function ownNote(session: Session, user: User, noteId: bigint): Promise<VisibleNote> {
  const note = await readableNote(session, user, noteId);
  if (note.is_owner !== true) throw new FlashcaseError('FC_FORBIDDEN', { what: 'Only the owner can change this note' });
  return note;
}

async function assemble(session: Session, rows: readonly NoteRow[]): Promise<NoteWithCards[]> {
  const ids = rows.map(({ id }) => id);
  const tags = await tagsOf(session, ids);
  const cards = Map.groupBy(await cardsOfNotes(session, ids), (card) => card.note_id);
  return rows.map((row) => withCards(row, tags.get(row.id) ?? [], cards.get(row.id) ?? []));
}

export async function getNote(session: Session, user: User, noteId: bigint): Promise<NoteWithCards> {
  return (await assemble(session, [await readableNote(session, user, noteId)]))[0] as NoteWithCards;
}

/** A page of notes by id. */
export async function browseNotes(session: Session, user: User, filter: NoteFilter, page: Page): Promise<NoteWithCards[]> {
  return assemble(session, await listNotes(session, user.id, filter, page));
}

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

export interface Preview {
  readonly cards: readonly MadeCard[];
  readonly problems: readonly string[];
  /** Notes and cards of the deck that begin with the same words. */
  readonly duplicate_notes: readonly bigint[];
  readonly duplicate_cards: readonly bigint[];
}

/** What a note would make, without keeping it. `noteId`: the note that is edited, which does not repeat itself. */
export async function previewNote(
  session: Session,
  user: User,
  deckId: bigint,
  values: NoteValues,
  noteId?: bigint,
): Promise<Preview> {
  const deck = await ownDeck(session, user, deckId);
  const type = await chosenType(session, user, values);
  const edited = noteId === undefined ? undefined : await ownNote(session, user, noteId);
  const { note, made } = check(values, type, deck.name, edited === undefined ? [] : elementsOf(edited));
  const first = note.fields.get(type.fields[0] ?? '') ?? '';
  const key = duplicateKey(first, note.format);
  return {
    cards: made.cards,
    problems: made.problems,
    duplicate_notes: key === null ? [] : await findDuplicates(session, deckId, key, noteId),
    duplicate_cards: first.trim() === '' ? [] : await findPlainCards(session, deckId, first.trim()),
  };
}

/** The tags of the user's own notes, or of one of their decks, with how many notes have each. */
export async function browseTags(session: Session, user: User, deckId: bigint | undefined): Promise<CountedTag[]> {
  return countTags(session, user.id, deckId);
}

/** The tags of the notes of some cards, by note. */
export async function tagsOfCards(
  session: Session,
  cards: readonly Card[],
): Promise<ReadonlyMap<bigint | null, readonly string[]>> {
  return tagsOf(session, [...new Set(cards.flatMap(({ note_id }) => (note_id === null ? [] : [note_id])))]);
}

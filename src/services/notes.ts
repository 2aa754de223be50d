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
  insertNotes,
  insertTags,
  listNotes,
  type NoteFilter,
  type NoteRow,
  replaceTags,
  tagsOf,
  type VisibleNote,
} from '../db/stores/notes.ts';
import type { Page } from '../db/stores/page.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { duplicateKey } from '../notes/duplicate-key.ts';
import type { MadeCard } from '../notes/make-cards.ts';
import { ownDeck } from './decks.ts';
import { chosenType, type StoredType } from './note-types.ts';
import { check, checkFilled, columnsOf, elementsOf, fieldsOf, invalid, type NoteValues, sidesOf } from './prepare-note.ts';

export type { NoteFilter };

export interface NoteWithCards extends Omit<NoteRow, 'fields' | 'elements'> {
  readonly fields: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  readonly cards: readonly Card[];
}

/** Of a note's cards those that are there. */
export function withCards(row: NoteRow, tags: readonly string[], cards: readonly Card[]): NoteWithCards {
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

/** A note that the user may change. */
export async function ownNote(session: Session, user: User, noteId: bigint): Promise<VisibleNote> {
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

import type { Session } from '../db/database.ts';
import { randomToken } from '../db/random.ts';
import { insertMany, insertRowsWithIds } from '../db/stores/bulk-rows.ts';
import { type Card, cardsOfNotes } from '../db/stores/cards.ts';
import { type NoteRow, tagsOf } from '../db/stores/notes.ts';
import { indexNewCards } from '../db/stores/search-rows.ts';
import type { SourceKind } from '../db/stores/subscriptions.ts';
import type { User } from '../db/stores/users.ts';
import { duplicateKey } from '../notes/duplicate-key.ts';
import type { SharedNote } from '../notes/merge-note.ts';
import type { Timestamp } from '../schema/index.ts';
import { createNoteType, ownNoteTypes, type StoredType, shapeOfType, storedTypes, styleSheets } from './note-types.ts';
import { fieldsOf } from './prepare-note.ts';

/** A note of a deck as others take it. A card without a note is one too: the copy has a note of it. */
export interface SourceItem {
  readonly kind: SourceKind;
  readonly id: bigint;
  readonly updatedAt: Timestamp;
  readonly type: string;
  readonly note_type_id: bigint | null;
  readonly format: string;
  readonly fields: string;
  readonly elements: string | null;
  readonly duplicate_key: string | null;
  readonly tags: readonly string[];
  /** Deleted ones too: the copy does not make them either. */
  readonly cards: readonly Card[];
}

/** Notes as they are taken. Their tags are read after them: a change between is found by the note's next version. */
export async function itemsOfNotes(session: Session, notes: readonly NoteRow[]): Promise<SourceItem[]> {
  const ids = notes.map(({ id }) => id);
  const cards = Map.groupBy(await cardsOfNotes(session, ids), ({ note_id }) => note_id);
  const tags = await tagsOf(session, ids);
  return notes.map(({ id, updated_at, type, note_type_id, format, fields, elements, duplicate_key }) => ({
    ...{ kind: 'note', id, updatedAt: updated_at, type, note_type_id, format, fields, elements, duplicate_key },
    tags: tags.get(id) ?? [],
    cards: cards.get(id) ?? [],
  }));
}

export const itemOfCard = (card: Card): SourceItem => ({
  kind: 'card',
  id: card.id,
  updatedAt: card.updated_at,
  type: 'basic',
  note_type_id: null,
  format: 'text',
  fields: JSON.stringify({ Front: card.front, Back: card.back }),
  elements: null,
  duplicate_key: duplicateKey(card.front, 'text'),
  tags: [],
  cards: [{ ...card, ordinal: 0 }],
});

type Typed = Pick<NoteRow, 'type' | 'note_type_id' | 'format' | 'fields' | 'elements'>;

/** What of notes is shared, whoever owns their types. */
export async function sharedOf(
  session: Session,
  notes: readonly Typed[],
): Promise<(note: Typed, tags: readonly string[]) => SharedNote> {
  const typeOf = await storedTypes(session, notes);
  return (note, tags) => ({
    shape: `${shapeOfType(typeOf(note))} ${note.format}`,
    fields: fieldsOf(note),
    tags,
    elements: note.elements,
  });
}

/** The user's own types for those that notes of others are of; one that they do not have yet is made. */
export class TypeCopies {
  readonly #session: Session;
  readonly #user: User;
  #own: Map<string, bigint | null> | undefined;

  constructor(session: Session, user: User) {
    this.#session = session;
    this.#user = user;
  }

  /** Which type of the user's each note is to be of. */
  async of(
    notes: readonly Pick<NoteRow, 'type' | 'note_type_id'>[],
  ): Promise<(note: Pick<NoteRow, 'type' | 'note_type_id'>) => StoredType> {
    const typeOf = await storedTypes(this.#session, notes);
    const wanted = new Map<string, StoredType>();
    for (const note of notes) {
      const type = typeOf(note);
      if (type.id !== null) wanted.set(shapeOfType(type), type);
    }
    this.#own ??= new Map((await ownNoteTypes(this.#session, this.#user)).map((type) => [shapeOfType(type), type.id]));
    for (const [shape, type] of wanted) {
      if (this.#own.has(shape)) continue;
      const css = (await styleSheets(this.#session, [type.id as bigint])).get(type.id as bigint) ?? null;
      const kind = type.kind === 'cloze' ? 'cloze' : 'standard';
      this.#own.set(shape, (await createNoteType(this.#session, this.#user, { ...type, kind, css })).id);
    }
    const own = this.#own;
    return (note) => {
      const type = typeOf(note);
      return type.id === null ? type : { ...type, id: own.get(shapeOfType(type)) ?? null };
    };
  }
}

/** Copies notes with their cards into a deck, as new ones that nobody has studied. Gives their ids in the same order. */
export async function insertCopies(
  session: Session,
  deckId: bigint,
  items: readonly SourceItem[],
  types: TypeCopies,
  now: Timestamp,
): Promise<bigint[]> {
  const typeOf = await types.of(items);
  const times = { created_at: now, updated_at: now };
  const ids = await insertRowsWithIds(
    session,
    'note',
    items.map((item) => {
      const { type, format, fields, elements, duplicate_key } = item;
      const names = { deck_id: deckId, type, note_type_id: typeOf(item).id, guid: randomToken(12) };
      return { ...names, format, fields, elements, duplicate_key, ...times, deleted_at: null } as Omit<NoteRow, 'id'>;
    }),
  );
  await insertMany(
    session,
    'note_tag',
    ['note_id', 'tag'],
    items.flatMap(({ tags }, index) => tags.map((tag) => [ids[index], tag])),
  );
  const cards = items.flatMap(({ cards: made }, index) =>
    made.map(({ id: _, ...card }) => ({
      ...card,
      ...times,
      deck_id: deckId,
      note_id: ids[index] as bigint,
      deleted_at: card.deleted_at === null ? null : now,
    })),
  );
  const cardIds = await insertRowsWithIds(session, 'card', cards);
  await indexNewCards(
    session,
    cards.map((card, index) => ({ ...card, id: cardIds[index] as bigint })),
  );
  return ids;
}

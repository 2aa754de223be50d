import type { NoteRow } from '../db/stores/notes.ts';
import { FlashcaseError } from '../errors/index.ts';
import { duplicateKey } from '../notes/duplicate-key.ts';
import type { KnownElement } from '../notes/elements.ts';
import { safeHtml } from '../notes/html.ts';
import { type MadeCard, type MadeCards, makeCards, type Note, type NoteFormat } from '../notes/make-cards.ts';
import { cleanTags, MAX_TAG, MAX_TAGS } from '../notes/tags.ts';
import type { ChosenType, StoredType } from './note-types.ts';

/** What a person writes. */
export interface NoteValues extends ChosenType {
  readonly format: NoteFormat;
  readonly fields: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
}

/** Characters of one field, at most. */
export const MAX_FIELD = 20_000;

/** The refusal of a field. */
export const invalid = (field: string, what: string): FlashcaseError =>
  new FlashcaseError('FC_INPUT_INVALID', { what, details: { field } });

/** A note and its cards, not written yet. */
export interface Checked {
  readonly note: Note;
  readonly made: MadeCards;
}

/** A note as it will be kept, with its cards: HTML sanitised, tags tidied. Refuses what its type does not have, and what is too long. */
export function check(values: NoteValues, type: StoredType, deck: string, known: readonly KnownElement[]): Checked {
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
export function checkFilled(...parts: Parameters<typeof check>): Checked {
  const checked = check(...parts);
  if (checked.made.cards.length === 0)
    throw invalid('fields', `this note makes no card. ${checked.made.problems[0] ?? ''}`.trim());
  return checked;
}

/** What the row of a note says of it. */
export const columnsOf = ({ note, made }: Checked, chosen: ChosenType, type: StoredType) => ({
  type: chosen.type,
  note_type_id: type.id,
  format: note.format,
  fields: JSON.stringify(Object.fromEntries(note.fields)),
  elements: made.elements === undefined ? null : JSON.stringify(made.elements),
  duplicate_key: duplicateKey(note.fields.get(type.fields[0] ?? '') ?? '', note.format),
});

/** What the row of a card says of its sides. */
export const sidesOf = ({ front, back, frontHtml, backHtml, answer }: MadeCard) => ({
  front,
  back,
  front_html: frontHtml,
  back_html: backHtml,
  answer,
});

/** A note as its rows will hold it, with all its cards. */
export interface PreparedNote {
  readonly columns: Omit<ReturnType<typeof columnsOf>, 'type' | 'note_type_id'>;
  readonly fields: ReadonlyMap<string, string>;
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
  return { columns, fields: one.note.fields, tags: one.note.tags, cards, problems: one.made.problems };
}

/** The numbers of the cards that a kept note makes. */
export function ordinalsOf(row: NoteRow, type: StoredType, tags: readonly string[]): Set<number> {
  const note = { type, format: row.format as NoteFormat, fields: fieldsOf(row), tags, deck: '', elements: elementsOf(row) };
  return new Set(makeCards(note).cards.map(({ ordinal }) => ordinal));
}

/** The fields of a kept note. */
export const fieldsOf = ({ fields }: Pick<NoteRow, 'fields'>): Map<string, string> =>
  new Map(Object.entries(JSON.parse(fields) as Record<string, string>));

/** Which card each line of a kept note has. */
export const elementsOf = ({ elements }: Pick<NoteRow, 'elements'>): KnownElement[] =>
  elements === null ? [] : (JSON.parse(elements) as KnownElement[]);

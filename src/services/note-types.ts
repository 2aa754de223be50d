import type { Session } from '../db/database.ts';
import { findNoteTypes, insertNoteType, listNoteTypes, type NoteTypeRow } from '../db/stores/note-types.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { builtInType, builtInTypes, type CardTemplate, type NoteType } from '../notes/note-types.ts';
import { clozeFields, parseTemplate } from '../notes/template.ts';

/** A type as a client chooses it: one of FlashCase's own, or one of the user's. */
export interface ChosenType {
  readonly type: string;
  readonly note_type_id: bigint | null;
}

/** A type with the id of its row; `null` for FlashCase's own. */
export type StoredType = NoteType & { readonly id: bigint | null };

const typeOfRow = (row: NoteTypeRow): StoredType => ({
  id: row.id,
  key: 'own',
  name: row.name,
  kind: row.kind === 'cloze' ? 'cloze' : 'standard',
  // Types come from elsewhere, where templates are HTML.
  syntax: 'html',
  fields: JSON.parse(row.fields) as string[],
  templates: JSON.parse(row.templates) as CardTemplate[],
});

/** What makes two types the same, whoever owns them. */
export const shapeOfType = ({ key, name, kind, fields, templates }: Omit<StoredType, 'id'>): string =>
  key === 'own' ? JSON.stringify([name, kind, fields, templates.map(({ name: one, front, back }) => [one, front, back])]) : key;

const unknownType = (what: string): FlashcaseError =>
  new FlashcaseError('FC_INPUT_INVALID', { what, details: { field: 'type' } });

/** The type a user chose; one that is not there, or belongs to somebody else, is refused. */
export async function chosenType(session: Session, user: User, { type, note_type_id }: ChosenType): Promise<StoredType> {
  const builtIn = builtInType(type);
  if (builtIn !== undefined) return { ...builtIn, id: null };
  const [row] = type === 'own' && note_type_id !== null ? await findNoteTypes(session, [note_type_id]) : [];
  if (row === undefined || row.user_id !== user.id || row.deleted_at !== null) {
    throw unknownType(`There is no note type ${type === 'own' ? `${note_type_id} of yours` : type}`);
  }
  return typeOfRow(row);
}

/** The types of notes that are stored, by the ids of their rows; a note keeps the type it was made with. */
export async function storedTypes(session: Session, notes: readonly ChosenType[]): Promise<(note: ChosenType) => StoredType> {
  const ids = notes.flatMap(({ note_type_id }) => (note_type_id === null ? [] : [note_type_id]));
  const rows = new Map((await findNoteTypes(session, ids)).map((row) => [row.id, typeOfRow(row)]));
  return ({ type, note_type_id }) => {
    const builtIn = builtInType(type);
    if (builtIn !== undefined) return { ...builtIn, id: null };
    const own = note_type_id === null ? undefined : rows.get(note_type_id);
    // A release that brought the type may have been taken back.
    if (own === undefined) throw unknownType(`This version of FlashCase does not know the note type ${type}`);
    return own;
  };
}

/** The style sheets of types that are stored, by the ids of their rows. */
export async function styleSheets(session: Session, ids: readonly bigint[]): Promise<ReadonlyMap<bigint, string | null>> {
  return new Map((await findNoteTypes(session, ids)).map(({ id, css }) => [id, css]));
}

/** The user's own types, each with its style sheet, the oldest first. */
export async function ownNoteTypes(session: Session, user: User): Promise<(StoredType & { readonly css: string | null })[]> {
  return (await listNoteTypes(session, user.id)).map((row) => ({ ...typeOfRow(row), css: row.css }));
}

/** All types a user can choose from: FlashCase's own, then theirs. */
export async function browseNoteTypes(session: Session, user: User): Promise<StoredType[]> {
  const own = await listNoteTypes(session, user.id);
  return [...Object.values(builtInTypes).map((type) => ({ ...type, id: null })), ...own.map(typeOfRow)];
}

export interface NewNoteType {
  readonly name: string;
  readonly kind: 'standard' | 'cloze';
  readonly fields: readonly string[];
  readonly templates: readonly CardTemplate[];
  readonly css: string | null;
}

const invalid = (field: string, what: string): FlashcaseError =>
  new FlashcaseError('FC_INPUT_INVALID', { what, details: { field } });

/** Fields and cards of one type, at most. */
const MAX_PARTS = 100;
const MAX_TEMPLATE = 20_000;

/** Refuses a type that no note could be of. */
export function checkNoteType({ kind, fields, templates }: Pick<NewNoteType, 'kind' | 'fields' | 'templates'>): void {
  if (fields.length === 0 || fields.length > MAX_PARTS) throw invalid('fields', `a note type has 1 to ${MAX_PARTS} fields`);
  if (new Set(fields).size < fields.length) throw invalid('fields', 'two fields have the same name');
  const unfit = fields.find((field) => field.trim() === '' || field.length > 200 || /[{}:"]|^[#^/]/.test(field));
  if (unfit !== undefined) throw invalid('fields', `a template could not name the field “${unfit.slice(0, 200)}”`);
  const most = kind === 'cloze' ? 1 : MAX_PARTS;
  if (templates.length === 0 || templates.length > most)
    throw invalid('templates', `such a note type has 1 to ${most} templates`);
  if (templates.some(({ front, back }) => Math.max(front.length, back.length) > MAX_TEMPLATE))
    throw invalid('templates', `a template has at most ${MAX_TEMPLATE.toLocaleString('en')} characters`);
  if (kind === 'cloze' && clozeFields(parseTemplate(templates[0]?.front ?? '').nodes).length === 0)
    throw invalid('templates', 'the front of a cloze type shows a field as {{cloze:Field}}');
}

/** A new type of a user's own. Its templates are read as far as they can be; what is wrong with them a preview says. */
export async function createNoteType(session: Session, user: User, values: NewNoteType): Promise<StoredType> {
  const { name, kind, fields, templates, css } = values;
  checkNoteType(values);
  return typeOfRow(
    await insertNoteType(session, {
      user_id: user.id,
      name,
      kind,
      fields: JSON.stringify(fields),
      templates: JSON.stringify(templates.map(({ name, front, back }) => ({ name, front, back }))),
      css,
    }),
  );
}

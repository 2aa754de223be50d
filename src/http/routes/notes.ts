import type { FastifyInstance } from 'fastify';
import { changeNote, deleteNote } from '../../services/change-note.ts';
import { browseNoteTypes, createNoteType, type StoredType } from '../../services/note-types.ts';
import { browseNotes, browseTags, createNote, getNote, type NoteWithCards, previewNote } from '../../services/notes.ts';
import type { TypeOf } from '../json-schema.ts';
import { pageOf, sendPage, toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';
import { presentCard } from './cards.ts';

const present = (note: NoteWithCards) => ({
  id: note.id,
  deck_id: note.deck_id,
  type: note.type,
  note_type_id: note.note_type_id,
  format: note.format,
  fields: [...note.fields].map(([name, value]) => ({ name, value })),
  tags: note.tags,
  guid: note.guid,
  created_at: note.created_at,
  updated_at: note.updated_at,
  cards: note.cards.map((card) => presentCard(card, note.tags)),
});

const presentType = ({ key, id, name, kind, fields, templates }: StoredType) => ({
  type: key,
  note_type_id: id,
  name,
  kind,
  fields,
  templates,
});

const fieldsOf = (fields: readonly { readonly name: string; readonly value: string }[]): Map<string, string> =>
  new Map(fields.map(({ name, value }) => [name, value]));

/** The values of a new note or a preview, with what a client left out. */
const valuesOf = (body: TypeOf<typeof schemas.notePreview>) => ({
  type: body.type,
  note_type_id: body.note_type_id ?? null,
  format: body.format ?? ('text' as const),
  fields: fieldsOf(body.fields),
  tags: body.tags ?? [],
});

export async function noteRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'notes';
  const params = schemas.notePath;

  userRoute(
    app,
    {
      method: 'GET',
      url: '/notes/',
      tag,
      scope: 'read',
      summary: 'Notes of one deck or with one tag, or all one may read, with their cards',
      query: schemas.noteList,
      answer: schemas.notes,
      mode: 'read',
    },
    async ({ session, user, query, reply }) => {
      const page = pageOf(query);
      if (query.deck_id !== undefined && BigInt.asIntN(64, query.deck_id) !== query.deck_id) return [];
      const notes = await browseNotes(session, user, { deckId: query.deck_id, tag: query.tag }, page);
      return sendPage(reply, notes.map(present), page.limit);
    },
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/notes/',
      tag,
      scope: 'edit',
      addsCards: true,
      summary: 'A new note in one’s own deck, with the cards it makes',
      body: schemas.noteCreate,
      status: 201,
      answer: schemas.note,
      mode: 'write',
    },
    async ({ session, user, body }) => {
      const { deck_id, card_id, guid } = body;
      const values = { ...valuesOf(body), ...(guid === undefined ? {} : { guid }) };
      return present(
        await createNote(session, user, toId(deck_id, 'Deck'), values, card_id === undefined ? undefined : toId(card_id, 'Card')),
      );
    },
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/notes/preview',
      tag,
      scope: 'edit',
      summary: 'The cards a note would make, what is wrong with it, and what it repeats; nothing is kept',
      body: schemas.notePreview,
      answer: schemas.notePreviewAnswer,
      mode: 'read',
    },
    async ({ session, user, body }) => {
      const noteId = body.note_id === undefined ? undefined : toId(body.note_id, 'Note');
      const { cards, ...more } = await previewNote(session, user, toId(body.deck_id, 'Deck'), valuesOf(body), noteId);
      return {
        cards: cards.map(({ ordinal, name, front, back, frontHtml, backHtml, answer }) => ({
          ordinal,
          name,
          front,
          back,
          front_html: frontHtml,
          back_html: backHtml,
          answer,
        })),
        problems: more.problems,
        duplicate_notes: more.duplicate_notes,
        duplicate_cards: more.duplicate_cards,
      };
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/notes/types',
      tag,
      scope: 'read',
      summary: 'The note types one can choose from: FlashCase’s own, then one’s own',
      answer: schemas.noteTypes,
      mode: 'read',
    },
    async ({ session, user }) => (await browseNoteTypes(session, user)).map(presentType),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/notes/types',
      tag,
      scope: 'edit',
      summary: 'A note type of one’s own',
      body: schemas.noteTypeCreate,
      status: 201,
      answer: schemas.noteTypeAnswer,
      mode: 'write',
    },
    async ({ session, user, body }) => presentType(await createNoteType(session, user, { ...body, css: body.css ?? null })),
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/notes/:note_id',
      tag,
      scope: 'read',
      summary: 'One note with its cards',
      params,
      answer: schemas.note,
      mode: 'read',
    },
    async ({ session, user, params: { note_id } }) => present(await getNote(session, user, toId(note_id, 'Note'))),
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/notes/:note_id',
      tag,
      scope: 'edit',
      addsCards: true,
      summary: 'Change a note of one’s own deck and make its cards anew; what is left out stays, fields are given all together',
      params,
      body: schemas.noteChange,
      answer: schemas.note,
      mode: 'write',
    },
    async ({ session, user, params: { note_id }, body }) => {
      const { deck_id, type, note_type_id, format, fields, tags, updated_at } = body;
      const change = {
        ...(deck_id === undefined ? {} : { deck_id: toId(deck_id, 'Deck') }),
        ...(type === undefined ? {} : { type, note_type_id: note_type_id ?? null }),
        ...(format === undefined ? {} : { format }),
        ...(fields === undefined ? {} : { fields: fieldsOf(fields) }),
        ...(tags === undefined ? {} : { tags }),
      };
      return present(await changeNote(session, user, toId(note_id, 'Note'), change, updated_at));
    },
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/notes/:note_id',
      tag,
      scope: 'edit',
      summary: 'Delete a note of one’s own deck and its cards',
      params,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { note_id } }) => deleteNote(session, user, toId(note_id, 'Note')),
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/tags/',
      tag,
      scope: 'read',
      summary: 'The tags of one’s own notes, or of one deck',
      query: schemas.tagList,
      answer: schemas.tags,
      mode: 'read',
    },
    async ({ session, user, query: { deck_id } }) =>
      (await browseTags(session, user, deck_id === undefined ? undefined : toId(deck_id, 'Deck'))).map(({ tag, note_count }) => ({
        tag,
        note_count,
      })),
  );
}

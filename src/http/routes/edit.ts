import type { FastifyInstance } from 'fastify';
import { findDuplicateNotes, resolveDuplicates } from '../../services/duplicates.ts';
import { editCards } from '../../services/edit-cards.ts';
import { previewReplace, replaceInNotes } from '../../services/find-replace.ts';
import * as schemas from '../edit-schemas.ts';
import type { TypeOf } from '../json-schema.ts';
import { toId } from '../paging.ts';
import { userTask } from '../route.ts';

/** Ten thousand notes, each with its version. */
const MANY_BYTES = 2 * 1024 * 1024;

type Asked = Pick<
  TypeOf<typeof schemas.replaceAsked>,
  'find' | 'replace' | 'is_expression' | 'matches_case' | 'is_whole_words' | 'fields'
>;

const askedOf = ({ find, replace, is_expression, matches_case, is_whole_words, fields = [] }: Asked) => ({
  find,
  replace,
  isExpression: is_expression,
  matchesCase: matches_case,
  isWholeWords: is_whole_words,
  fields,
});

/** Changes of many notes and cards at once, each of them one operation. */
export async function editRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'edit';

  userTask(
    app,
    {
      method: 'POST',
      url: '/edit/replace/preview',
      tag,
      scope: 'edit',
      summary: 'What finding and replacing would change in one’s own notes; nothing is kept',
      body: schemas.replacePreview,
      bodyBytes: MANY_BYTES,
      answer: schemas.replacePreviewAnswer,
    },
    ({ user, body }) => {
      const scope = { q: body.q, card_ids: body.card_ids?.map((card) => toId(card, 'Card')) };
      return previewReplace(app.database, user, scope, askedOf(body), body.after);
    },
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/edit/replace',
      tag,
      scope: 'edit',
      summary:
        'Find and replace in the notes of a preview, as one operation; what was changed since the preview stays as it is, and is named',
      body: schemas.replaceAsked,
      bodyBytes: MANY_BYTES,
      answer: schemas.replaceDone,
    },
    async ({ user, body, reply }) => {
      const items = body.items.map((item) => ({ ...item, id: toId(item.id, 'Note') }));
      const { done, operation } = await replaceInNotes(app.database, user, askedOf(body), items);
      if (operation !== undefined) reply.header('X-Operation', String(operation));
      return done;
    },
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/edit/cards',
      tag,
      scope: 'edit',
      summary:
        'Mark, reset, date, tag, move or delete many cards, as one operation; what may not be changed stays, and is counted by reason',
      body: schemas.cardsEdit,
      bodyBytes: MANY_BYTES,
      answer: schemas.cardsEdited,
    },
    async ({ user, body, reply }) => {
      const scope = { q: body.q, card_ids: body.card_ids?.map((card) => toId(card, 'Card')) };
      const edit = { ...body, deck_id: body.deck_id === undefined ? undefined : toId(body.deck_id, 'Deck') };
      const { done, operation } = await editCards(app.database, user, scope, edit);
      if (operation !== undefined) reply.header('X-Operation', String(operation));
      return done;
    },
  );
  userTask(
    app,
    {
      method: 'GET',
      url: '/edit/duplicates',
      tag,
      scope: 'read',
      summary: 'Notes of one type in one’s own decks whose first fields are the same, in groups',
      query: schemas.duplicatesQuery,
      answer: schemas.duplicates,
    },
    ({ user, query }) =>
      findDuplicateNotes(app.database, user, {
        ...query,
        deck_id: query.deck_id === undefined ? undefined : toId(query.deck_id, 'Deck'),
      }),
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/edit/duplicates',
      tag,
      scope: 'edit',
      summary:
        'Merge, thin out or mark groups of notes, as one operation; a group that was changed since it was shown is left, and named',
      body: schemas.duplicatesResolve,
      bodyBytes: MANY_BYTES,
      answer: schemas.duplicatesResolved,
    },
    async ({ user, body: { action, groups }, reply }) => {
      const wanted = groups.map(({ keep, text_of, notes }) => ({
        keep: toId(keep, 'Note'),
        text_of: text_of === undefined ? undefined : toId(text_of, 'Note'),
        notes: notes.map((note) => ({ ...note, id: toId(note.id, 'Note') })),
      }));
      const { done, operation } = await resolveDuplicates(app.database, user, action, wanted);
      if (operation !== undefined) reply.header('X-Operation', String(operation));
      return done;
    },
  );
}

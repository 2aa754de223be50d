import type { FastifyInstance } from 'fastify';
import {
  browseDecks,
  type CountedDeck,
  changeDeck,
  createDeck,
  type DeckFilter,
  type DeckValues,
  deleteDeck,
  getDeck,
  getDeckMetadata,
} from '../../services/decks.ts';
import { forUser } from '../context.ts';
import { type Page, sendPage, toId } from '../paging.ts';
import * as schemas from '../schemas.ts';

const present = ({
  id,
  name,
  description,
  is_public,
  school,
  course,
  professor,
  year,
  created_at,
  updated_at,
  is_owner,
  card_count,
  due_count,
}: CountedDeck) => ({
  id,
  name,
  description,
  is_public,
  school,
  course,
  professor,
  year,
  created_at,
  updated_at,
  is_owner,
  card_count,
  due_count,
});

/** A field sent as null is left as it is, as in the original. */
const given = (body: unknown): DeckValues =>
  Object.fromEntries(
    Object.entries(body as object).filter(([name, value]) => value !== null && name in schemas.deckChange.properties),
  );

export async function deckRoutes(app: FastifyInstance): Promise<void> {
  const tags = ['decks'];
  const params = schemas.idPath('deck_id');
  const idOf = (request: { params: unknown }) => toId((request.params as { deck_id: string }).deck_id, 'Deck');

  app.get(
    '/decks/',
    { schema: { tags, querystring: schemas.deckList, response: { 200: schemas.list(schemas.deck) } } },
    forUser('read', async ({ session, user, request, reply }) => {
      const { limit, after, ...filter } = request.query as Page & DeckFilter;
      // An empty filter filters nothing, as in the original.
      const set = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== '' && value !== 0)) as DeckFilter;
      return sendPage(reply, (await browseDecks(session, user, set, toId(after, 'Deck'), limit)).map(present), limit);
    }),
  );
  app.get(
    '/decks/:deck_id',
    { schema: { tags, params, response: { 200: schemas.deck } } },
    forUser('read', async ({ session, user, request }) => present(await getDeck(session, user, idOf(request)))),
  );
  app.get(
    '/decks/:deck_id/metadata',
    { schema: { tags, params, response: { 200: schemas.deckMetadata } } },
    forUser('read', ({ session, user, request }) => getDeckMetadata(session, user, idOf(request))),
  );
  app.post(
    '/decks/',
    { schema: { tags, body: schemas.deckCreate, response: { 201: schemas.deck } } },
    forUser('write', async ({ session, user, request, reply }) => {
      const values = given(request.body) as DeckValues & { name: string };
      reply.code(201);
      return present(await createDeck(session, user, values));
    }),
  );
  app.put(
    '/decks/:deck_id',
    { schema: { tags, params, body: schemas.deckChange, response: { 200: schemas.deck } } },
    forUser('write', async ({ session, user, request }) =>
      present(await changeDeck(session, user, idOf(request), given(request.body))),
    ),
  );
  app.delete(
    '/decks/:deck_id',
    { schema: { tags, params, response: { 204: { type: 'null' } } } },
    forUser('write', async ({ session, user, request, reply }) => {
      await deleteDeck(session, user, idOf(request));
      reply.code(204);
    }),
  );
}

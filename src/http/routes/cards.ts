import type { FastifyInstance } from 'fastify';
import { browseCards, type Card, changeCard, createCard, deleteCard, readableCard } from '../../services/cards.ts';
import { forUser } from '../context.ts';
import { type Page, sendPage, toId } from '../paging.ts';
import * as schemas from '../schemas.ts';

const present = ({ id, deck_id, front, back, created_at, updated_at }: Card) => ({
  id,
  deck_id,
  front,
  back,
  created_at,
  updated_at,
});

export async function cardRoutes(app: FastifyInstance): Promise<void> {
  const tags = ['cards'];
  const params = schemas.idPath('card_id');
  const idOf = (request: { params: unknown }) => toId((request.params as { card_id: string }).card_id, 'Card');

  app.get(
    '/cards/',
    { schema: { tags, querystring: schemas.cardList, response: { 200: schemas.list(schemas.card) } } },
    forUser('read', async ({ session, user, request, reply }) => {
      const { limit, after, deck_id } = request.query as Page & { deck_id?: string };
      const deckId = deck_id === undefined || deck_id === '0' ? undefined : toId(deck_id, 'Deck');
      return sendPage(reply, (await browseCards(session, user, deckId, toId(after, 'Card'), limit)).map(present), limit);
    }),
  );
  app.get(
    '/cards/:card_id',
    { schema: { tags, params, response: { 200: schemas.card } } },
    forUser('read', async ({ session, user, request }) => present(await readableCard(session, user, idOf(request)))),
  );
  app.post(
    '/cards/',
    { schema: { tags, body: schemas.cardCreate, response: { 201: schemas.card } } },
    forUser('write', async ({ session, user, request, reply }) => {
      const { deck_id, front, back } = request.body as { deck_id: number; front: string; back: string };
      reply.code(201);
      return present(await createCard(session, user, { deck_id: toId(deck_id, 'Deck'), front, back }));
    }),
  );
  app.put(
    '/cards/:card_id',
    { schema: { tags, params, body: schemas.cardChange, response: { 200: schemas.card } } },
    forUser('write', async ({ session, user, request }) => {
      const { front, back } = request.body as { front?: string | null; back?: string | null };
      const values = { ...(front == null ? {} : { front }), ...(back == null ? {} : { back }) };
      return present(await changeCard(session, user, idOf(request), values));
    }),
  );
  app.delete(
    '/cards/:card_id',
    { schema: { tags, params, response: { 204: { type: 'null' } } } },
    forUser('write', async ({ session, user, request, reply }) => {
      await deleteCard(session, user, idOf(request));
      reply.code(204);
    }),
  );
}

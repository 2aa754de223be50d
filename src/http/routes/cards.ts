import type { FastifyInstance } from 'fastify';
import type { Session } from '../../db/database.ts';
import { browseCards, type Card, changeCard, createCard, deleteCard, readableCard } from '../../services/cards.ts';
import { tagsOfCards } from '../../services/notes.ts';
import { pageOf, sendPage, toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

/** A card as the API shows it, with the tags of its note. */
export const presentCard = (card: Card, tags: readonly string[]) => ({
  id: card.id,
  deck_id: card.deck_id,
  front: card.front,
  back: card.back,
  created_at: card.created_at,
  updated_at: card.updated_at,
  note_id: card.note_id,
  ordinal: card.ordinal,
  front_html: card.front_html,
  back_html: card.back_html,
  answer: card.answer,
  tags,
});

async function presentAll(session: Session, cards: readonly Card[]) {
  const tags = await tagsOfCards(session, cards);
  return cards.map((card) => presentCard(card, tags.get(card.note_id) ?? []));
}

const present = async (session: Session, card: Card) => (await presentAll(session, [card]))[0];

export async function cardRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'cards';
  const params = schemas.cardPath;

  userRoute(
    app,
    {
      method: 'GET',
      url: '/cards/',
      tag,
      scope: 'read',
      summary: 'Cards of one deck, or of all one may read',
      query: schemas.cardList,
      answer: schemas.cards,
      mode: 'read',
    },
    async ({ session, user, query, reply }) => {
      const page = pageOf(query);
      // Deck 0 is no filter, as in the original; no deck beyond 64 bits has cards.
      const deckId = query.deck_id === 0n || query.deck_id === undefined ? undefined : query.deck_id;
      if (deckId !== undefined && BigInt.asIntN(64, deckId) !== deckId) return [];
      return sendPage(reply, await presentAll(session, await browseCards(session, user, deckId, page)), page.limit);
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/cards/:card_id',
      tag,
      scope: 'read',
      summary: 'One card',
      params,
      answer: schemas.card,
      mode: 'read',
    },
    async ({ session, user, params: { card_id } }) => present(session, await readableCard(session, user, toId(card_id, 'Card'))),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/cards/',
      tag,
      scope: 'edit',
      addsCards: true,
      summary: 'A new card in one’s own deck',
      body: schemas.cardCreate,
      status: 201,
      answer: schemas.card,
      mode: 'write',
    },
    async ({ session, user, body }) =>
      present(session, await createCard(session, user, { ...body, deck_id: toId(body.deck_id, 'Deck') })),
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/cards/:card_id',
      tag,
      scope: 'edit',
      summary: 'Change a card of one’s own deck; sides left out or null stay as they are',
      params,
      body: schemas.cardChange,
      answer: schemas.card,
      mode: 'write',
    },
    async ({ session, user, params: { card_id }, body: { front, back } }) =>
      present(
        session,
        await changeCard(session, user, toId(card_id, 'Card'), {
          ...(front == null ? {} : { front }),
          ...(back == null ? {} : { back }),
        }),
      ),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/cards/:card_id',
      tag,
      scope: 'edit',
      summary: 'Delete a card of one’s own deck',
      params,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { card_id } }) => deleteCard(session, user, toId(card_id, 'Card')),
  );
}

import type { FastifyInstance } from 'fastify';
import { type DeckNode, deckPlace, deckTree } from '../../services/deck-tree.ts';
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
import { pageOf, sendPage, toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

/** A deck as the API shows it. */
export const presentDeck = (deck: CountedDeck) => ({
  id: deck.id,
  name: deck.name,
  description: deck.description,
  is_public: deck.is_public,
  school: deck.school,
  course: deck.course,
  professor: deck.professor,
  year: deck.year,
  created_at: deck.created_at,
  updated_at: deck.updated_at,
  is_owner: deck.is_owner,
  card_count: deck.card_count,
  due_count: deck.due_count,
  hidden_at: deck.hidden_at,
});

const presentNode = ({ deck, ...node }: DeckNode) => ({ ...node, deck: deck === undefined ? null : presentDeck(deck) });

type WithoutNull<T> = { [K in keyof T]: Exclude<T[K], null> };

/** A field sent as null is left as it is, as in the original. */
function given<T extends object>(body: T): WithoutNull<T> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as WithoutNull<T>;
}

/** An empty filter filters nothing, as in the original. */
function set(filter: DeckFilter): DeckFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== '' && value !== 0));
}

export async function deckRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'decks';
  const params = schemas.deckPath;

  userRoute(
    app,
    {
      method: 'GET',
      url: '/decks/',
      tag,
      scope: 'read',
      summary: 'One’s own and the public decks',
      query: schemas.deckList,
      answer: schemas.decks,
      mode: 'read',
    },
    async ({ session, user, query: { limit, after, ...filter }, reply }) => {
      const page = pageOf({ limit, ...(after === undefined ? {} : { after }) });
      return sendPage(reply, (await browseDecks(session, user, set(filter), page)).map(presentDeck), page.limit);
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/decks/tree',
      tag,
      scope: 'read',
      summary: 'One’s own decks one below the other, by the levels of their names (`Law::Torts`), with what each has to study',
      answer: schemas.deckTree,
      mode: 'read',
    },
    async ({ session, user }) => {
      const { nodes, isCut } = await deckTree(session, user);
      return { nodes: nodes.map(presentNode), is_cut: isCut };
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/decks/:deck_id/tree',
      tag,
      scope: 'read',
      summary: 'A deck, what is above it, and one’s own decks below it',
      params,
      answer: schemas.deckPlace,
      mode: 'read',
    },
    async ({ session, user, params: { deck_id } }) => {
      const { nodes, isCut, above } = await deckPlace(session, user, toId(deck_id, 'Deck'));
      return {
        above: above.map(({ id, name }) => ({ id: id ?? null, name })),
        nodes: nodes.map(presentNode),
        is_cut: isCut,
      };
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/decks/:deck_id',
      tag,
      scope: 'read',
      summary: 'One deck',
      params,
      answer: schemas.deck,
      mode: 'read',
    },
    async ({ session, user, params: { deck_id } }) => presentDeck(await getDeck(session, user, toId(deck_id, 'Deck'))),
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/decks/:deck_id/metadata',
      tag,
      scope: 'read',
      summary: 'Cards and reviews of a deck, counted over all who study it',
      params,
      answer: schemas.deckMetadata,
      mode: 'read',
    },
    ({ session, user, params: { deck_id } }) => getDeckMetadata(session, user, toId(deck_id, 'Deck')),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/decks/',
      tag,
      scope: 'edit',
      summary: 'A new deck of one’s own',
      body: schemas.deckCreate,
      status: 201,
      answer: schemas.deck,
      mode: 'write',
    },
    async ({ session, user, body }) => presentDeck(await createDeck(session, user, given(body))),
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/decks/:deck_id',
      tag,
      scope: 'edit',
      summary: 'Change one’s own deck; fields left out or null stay as they are; with its name the decks below it are renamed',
      params,
      body: schemas.deckChange,
      answer: schemas.deck,
      mode: 'write',
    },
    async ({ session, user, params: { deck_id }, body }) =>
      presentDeck(await changeDeck(session, user, toId(deck_id, 'Deck'), given(body) as DeckValues)),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/decks/:deck_id',
      tag,
      scope: 'edit',
      summary: 'Delete one’s own deck',
      params,
      query: schemas.deckDelete,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { deck_id }, query: { below } }) => deleteDeck(session, user, toId(deck_id, 'Deck'), below),
  );
}

import type { FastifyInstance } from 'fastify';
import { FlashcaseError } from '../../errors/index.ts';
import { cardsOfIds, type SearchAnswer, searchCards, searchIds } from '../../services/search.ts';
import { toId } from '../paging.ts';
import { readTask, userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';
import { presentCard } from './cards.ts';

const present = (card: SearchAnswer['cards'][number]) => ({
  ...presentCard(card, card.tags),
  deck_name: card.deck_name,
  is_owner: card.is_owner,
  review_count: card.review_count ?? 0,
  next_review: card.next_review,
  interval: card.interval,
  lapses: card.lapses ?? 0,
  is_suspended: card.is_suspended ?? false,
  buried_until: card.buried_until,
  flag: card.flag ?? 0,
});

export async function searchRoutes(app: FastifyInstance): Promise<void> {
  readTask(
    app,
    {
      method: 'GET',
      url: '/search/',
      tag: 'search',
      scope: 'read',
      summary: 'Cards and decks one holds that a query finds; the words of queries are in docs/guide/search.md',
      query: schemas.searchQuery,
      answer: schemas.searchAnswer,
    },
    async ({ user, read, query: { q, sort, limit, after, count, suggest } }) => {
      const found = await searchCards({ engine: app.database.engine, read }, user, {
        query: q,
        sort,
        after,
        limit: Math.min(limit, schemas.MAX_ROWS),
        isCounting: count === true,
        isSuggesting: suggest === true,
      });
      return {
        ...found,
        cards: found.cards.map(present),
      };
    },
  );
  readTask(
    app,
    {
      method: 'GET',
      url: '/search/ids',
      tag: 'search',
      scope: 'read',
      summary: 'The ids of all cards that a query finds, in its order: for tables in which one may go to any row',
      query: schemas.searchIdsQuery,
      answer: schemas.searchIds,
    },
    ({ user, read, query: { q, sort } }) => searchIds({ engine: app.database.engine, read }, user, q, sort),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/search/cards',
      tag: 'search',
      scope: 'read',
      summary: 'Cards by their ids, in that order; those that are gone or not one’s own to see are left out. Changes nothing',
      body: schemas.searchCardsBody,
      answer: schemas.searchCards,
      mode: 'read',
    },
    async ({ session, user, body: { ids } }) => {
      if (ids.length > schemas.MAX_ROWS)
        throw new FlashcaseError('FC_INPUT_INVALID', {
          what: `ids: these are ${ids.length.toLocaleString('en')}, ${schemas.MAX_ROWS} at most`,
          hint: 'Ask for them a few hundred at a time.',
        });
      const known = ids.map((id) => toId(id, 'Card'));
      return { cards: (await cardsOfIds(session, user, known)).map(present) };
    },
  );
}

import type { FastifyInstance } from 'fastify';
import { searchCards } from '../../services/search.ts';
import { readTask } from '../route.ts';
import * as schemas from '../schemas.ts';
import { presentCard } from './cards.ts';

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
        cards: found.cards.map((card) => ({
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
        })),
      };
    },
  );
}

import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client.ts';
import type { paths } from './schema.d.ts';
import type { Answer } from './types.ts';

export type DeckNode = Answer<paths['/api/v1/decks/tree']['get']>['nodes'][number];
export type DeckPlace = Answer<paths['/api/v1/decks/{deck_id}/tree']['get']>;

/** All decks that a user holds, one below the other. */
export const deckTree = queryOptions({
  queryKey: ['decks', 'tree'],
  queryFn: () => dataOf(api.GET('/api/v1/decks/tree')),
});

/** What is above and below a deck; the deck itself is the first of the nodes. */
export const deckPlace = (id: string) =>
  queryOptions({
    queryKey: ['decks', 'place', id],
    queryFn: () => dataOf(api.GET('/api/v1/decks/{deck_id}/tree', { params: { path: { deck_id: id } } })),
  });

/** The address where a deck is studied, `below` with all decks below it. */
export const studyAddress = (deckId: number, below: boolean): string => `/decks/${deckId}/study${below ? '?below=true' : ''}`;

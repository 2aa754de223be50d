import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client.ts';
import type { Sort } from './types.ts';

/** Cards that are shown at once, before the ids of all that was found are there. */
const FIRST = 200;

/** The first of what a search finds, and how many there are. */
export const cardSearch = (q: string, sort: Sort) =>
  queryOptions({
    queryKey: ['cards', 'search', q, sort],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/search/', { params: { query: { q, sort, limit: FIRST, count: true } }, signal })),
    // The list stays while another search is under way.
    placeholderData: keepPreviousData,
  });

/** The ids of all that a search finds, in its order. */
export const foundIds = (q: string, sort: Sort) =>
  queryOptions({
    queryKey: ['cards', 'ids', q, sort],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/search/ids', { params: { query: { q, sort } }, signal })),
    // A hundred thousand numbers are not kept for searches of before.
    gcTime: 10_000,
    structuralSharing: false,
  });

/** Some of them as they are shown. */
export const cardRows = (ids: readonly number[]) =>
  queryOptions({
    queryKey: ['cards', 'rows', ids],
    queryFn: async ({ signal }) => (await dataOf(api.POST('/api/v1/search/cards', { body: { ids: [...ids] }, signal }))).cards,
    gcTime: 30_000,
  });

/** The searches that are kept, by their names. */
export const savedSearches = queryOptions({
  queryKey: ['searches'],
  queryFn: () => dataOf(api.GET('/api/v1/searches/')),
});

/** A query with words that there are, for one that finds nothing. Looking for it costs the server more than a search. */
export const searchSuggestion = (q: string) =>
  queryOptions({
    queryKey: ['cards', 'suggestion', q],
    queryFn: async ({ signal }) => {
      const query = { q, sort: 'relevance' as const, limit: 1, suggest: true };
      return (await dataOf(api.GET('/api/v1/search/', { params: { query }, signal }))).suggestion;
    },
  });

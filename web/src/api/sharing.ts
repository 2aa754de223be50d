import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, dataOf } from './client.ts';

/** What is asked of Discover, as it stands in the address. */
export interface DiscoverAsked {
  readonly q: string;
  readonly sort: 'newest' | 'copied';
  readonly school: string;
  readonly course: string;
  readonly professor: string;
  readonly year: string;
}

export const discovered = ({ q, sort, school, course, professor, year }: DiscoverAsked) =>
  infiniteQueryOptions({
    queryKey: ['decks', 'discover', q, sort, school, course, professor, year],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/discover/', {
          params: {
            query: {
              ...{ q, sort, school, course, professor },
              ...(year === '' ? {} : { year: Number(year) }),
              ...(pageParam === '' ? {} : { after: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const sharedDeck = (id: string) =>
  queryOptions({
    queryKey: ['decks', 'shared', id],
    queryFn: () => dataOf(api.GET('/api/v1/discover/{deck_id}', { params: { path: { deck_id: id } } })),
  });

export const subscriptions = queryOptions({
  queryKey: ['decks', 'subscriptions'],
  queryFn: () => dataOf(api.GET('/api/v1/subscriptions/')),
});

/** What an update would bring; looked at anew each time. */
export const deckUpdate = (id: string) =>
  queryOptions({
    queryKey: ['decks', 'update', id],
    queryFn: () => dataOf(api.GET('/api/v1/subscriptions/{deck_id}', { params: { path: { deck_id: id } } })),
    staleTime: 0,
  });

export const suggestions = (scope: 'received' | 'sent') =>
  queryOptions({
    queryKey: ['suggestions', scope],
    queryFn: () =>
      dataOf(
        api.GET('/api/v1/suggestions/', {
          params: { query: { scope, limit: 200, ...(scope === 'received' ? { status: 'open' as const } : {}) } },
        }),
      ),
    staleTime: 0,
  });

export const moderationQueue = queryOptions({
  queryKey: ['moderation', 'queue'],
  queryFn: () => dataOf(api.GET('/api/v1/moderation/reports', { params: { query: { limit: 100 } } })),
  staleTime: 0,
});

/** The whole trail: the server gives the oldest first, and what was done last is what is looked for. */
export const moderationEvents = queryOptions({
  queryKey: ['moderation', 'events'],
  queryFn: async ({ signal }) => {
    const page = (after: string | undefined) =>
      answerOf(
        api.GET('/api/v1/moderation/events', {
          params: { query: { limit: 500, ...(after === undefined ? {} : { after }) } },
          signal,
        }),
      );
    const events: Awaited<ReturnType<typeof page>>['data'] = [];
    for (let after: string | undefined; ; ) {
      const { data, response } = await page(after);
      events.push(...data);
      after = response.headers.get('X-Next-After') ?? undefined;
      if (after === undefined) return events;
    }
  },
  staleTime: 0,
});

export const moderatedDeck = (id: string) =>
  queryOptions({
    queryKey: ['moderation', 'deck', id],
    queryFn: () => dataOf(api.GET('/api/v1/moderation/decks/{deck_id}', { params: { path: { deck_id: id } } })),
    staleTime: 0,
  });

export const moderationOfDeck = (id: string) =>
  queryOptions({
    queryKey: ['decks', 'moderation', id],
    queryFn: () => dataOf(api.GET('/api/v1/decks/{deck_id}/moderation', { params: { path: { deck_id: id } } })),
  });

/** Waits for a change that nothing takes back. */
export const sent = async (pending: Parameters<typeof answerOf>[0]): Promise<void> => {
  await answerOf(pending);
};

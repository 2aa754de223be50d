import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, dataOf } from './client.ts';
import { outbox } from './outbox.ts';
import type { StudyCard } from './types.ts';

const PAGE = 50;

/** How often the move is looked at while its page is seen. */
const MOVE_MS = 1000;

export const moveView = queryOptions({
  queryKey: ['move'],
  queryFn: () => dataOf(api.GET('/api/v1/move')),
  refetchInterval: MOVE_MS,
  staleTime: 0,
});

export interface Paged<T> {
  readonly items: T[];
  /** Where the next page starts; absent at the end. */
  readonly next: string | undefined;
}

const pageOf = <T>({ data, response }: { data: T[]; response: Response }): Paged<T> => ({
  items: data,
  next: response.headers.get('X-Next-After') ?? undefined,
});

export const deckList = (scope: 'own' | 'public', search: string) =>
  infiniteQueryOptions({
    queryKey: ['decks', 'list', scope, search],
    queryFn: async ({ pageParam, signal }) =>
      pageOf(
        await answerOf(
          api.GET('/api/v1/decks/', {
            params: { query: { scope, limit: PAGE, after: pageParam, ...(search === '' ? {} : { search }) } },
            signal,
          }),
        ),
      ),
    initialPageParam: '0',
    getNextPageParam: (page) => page.next,
    // The list stays while another search is under way.
    placeholderData: keepPreviousData,
  });

export const deckById = (id: string) =>
  queryOptions({
    queryKey: ['decks', 'one', id],
    queryFn: () => dataOf(api.GET('/api/v1/decks/{deck_id}', { params: { path: { deck_id: id } } })),
  });

export const cardList = (deckId: string) =>
  infiniteQueryOptions({
    queryKey: ['cards', deckId],
    queryFn: async ({ pageParam }) =>
      pageOf(
        await answerOf(api.GET('/api/v1/cards/', { params: { query: { deck_id: deckId, limit: PAGE, after: pageParam } } })),
      ),
    initialPageParam: '0',
    getNextPageParam: (page) => page.next,
  });

/** The due cards of one round. Asked once: a round must not change under the hands of its reader. */
export const studyRound = (deckId: string, round: number) =>
  queryOptions({
    queryKey: ['study', deckId, round],
    queryFn: async (): Promise<StudyCard[]> => {
      const waiting = () => outbox.get().waiting.map((review) => review.cardId);
      const before = waiting();
      const cards = await dataOf(
        api.GET('/api/v1/study/session/{deck_id}', { params: { path: { deck_id: deckId }, query: { limit: 20 } } }),
      );
      // Answered cards whose answer had not arrived when the server looked.
      const answered = new Set([...before, ...waiting()]);
      return cards.filter((card) => !answered.has(card.id));
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

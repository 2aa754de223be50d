import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { queueOf } from '../lib/study-round.ts';
import { ApiError, answerOf, api, dataOf } from './client.ts';
import { outbox, ownerOfOutbox } from './outbox.ts';
import type { NotePreviewAsked, StudyQueue } from './types.ts';

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

/** What to study in one round. Asked once: a round must not change under the hands of its reader. */
export const studyRound = (deckId: string, round: number) =>
  queryOptions({
    queryKey: ['study', deckId, round],
    queryFn: async (): Promise<StudyQueue> => {
      await saveTimeZone();
      const waiting = () => outbox.get().waiting.map((review) => review.cardId);
      const before = waiting();
      const queue = await askQueue(deckId, 20);
      // Answered cards whose answer had not arrived when the server looked.
      const answered = new Set([...before, ...waiting()]);
      const counts = { ...queue.counts };
      for (const card of queue.cards) if (answered.has(card.id)) counts[queueOf(card)] -= 1;
      return { ...queue, counts, cards: queue.cards.filter((card) => !answered.has(card.id)) };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

const askQueue = (deckId: string, limit: number) =>
  dataOf(api.GET('/api/v1/study/queue/{deck_id}', { params: { path: { deck_id: deckId }, query: { limit } } }));

/** What is left of today, for the end of a round. Under `decks`, so that it is asked anew when the last answer is saved. */
export const studyCounts = (deckId: string) =>
  queryOptions({ queryKey: ['decks', 'counts', deckId], queryFn: () => askQueue(deckId, 0), staleTime: 0, gcTime: 0 });

export const studySettings = queryOptions({
  queryKey: ['study-settings'],
  queryFn: () => dataOf(api.GET('/api/v1/study/settings')),
});

let savedZone: string | undefined;

/** A student's days are those of the clock they look at. Said once a visit; without an answer the zone of before holds. */
async function saveTimeZone(): Promise<void> {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const mark = `${ownerOfOutbox()} ${zone}`;
  if (savedZone === mark) return;
  try {
    await dataOf(api.PUT('/api/v1/study/settings', { body: { time_zone: zone } }));
    savedZone = mark;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

export const cardById = (id: string) =>
  queryOptions({
    queryKey: ['cards', 'one', id],
    queryFn: () => dataOf(api.GET('/api/v1/cards/{card_id}', { params: { path: { card_id: id } } })),
  });

export const noteById = (id: string) =>
  queryOptions({
    queryKey: ['notes', 'one', id],
    queryFn: () => dataOf(api.GET('/api/v1/notes/{note_id}', { params: { path: { note_id: id } } })),
    // What is edited must not change under the hands of its writer.
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

export const noteTypes = queryOptions({
  queryKey: ['notes', 'types'],
  queryFn: () => dataOf(api.GET('/api/v1/notes/types')),
});

export const tagList = queryOptions({ queryKey: ['notes', 'tags'], queryFn: () => dataOf(api.GET('/api/v1/tags/')) });

/** The cards a note would make. */
export const notePreview = (asked: NotePreviewAsked) =>
  queryOptions({
    queryKey: ['notes', 'preview', asked],
    queryFn: ({ signal }) => dataOf(api.POST('/api/v1/notes/preview', { body: asked, signal })),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });

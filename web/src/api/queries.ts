import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { deviceZone } from '../lib/days.ts';
import { queueOf } from '../lib/study-round.ts';
import { keepDay, keptDeck, keptQueue } from '../offline/kept-day.ts';
import { millisOf } from '../offline/schedule.ts';
import { serverNow, setServerClock } from '../offline/server-clock.ts';
import { ApiError, answerOf, api, dataOf } from './client.ts';
import { deckPlace } from './deck-tree.ts';
import { orKept } from './or-kept.ts';
import { outbox, ownerOfOutbox } from './outbox.ts';
import { queries } from './query-client.ts';
import type { NotePreviewAsked, RoundQueue, StudyQueue } from './types.ts';

const PAGE = 50;

/** How often the move is looked at while its page is seen. */
const MOVE_MS = 1000;

export const moveView = queryOptions({
  queryKey: ['move'],
  queryFn: () => dataOf(api.GET('/api/v1/move')),
  refetchInterval: MOVE_MS,
  staleTime: 0,
});

/** The server looks at its database every few seconds at most. */
const DATABASE_MS = 5000;

export const databaseState = queryOptions({
  queryKey: ['database'],
  queryFn: () => dataOf(api.GET('/api/v1/admin/database')),
  refetchInterval: DATABASE_MS,
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

/** The user's own decks and those they hold. */
export const deckList = (search: string) =>
  infiniteQueryOptions({
    queryKey: ['decks', 'list', search],
    queryFn: async ({ pageParam, signal }) =>
      pageOf(
        await answerOf(
          api.GET('/api/v1/decks/', {
            params: { query: { scope: 'own', limit: PAGE, after: pageParam, ...(search === '' ? {} : { search }) } },
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

/** Cards of one round. */
const ROUND = 20;
/** More than anybody studies in a day. */
const DAY = 500;

/** The deck of a round, also without a connection. */
export const studyDeck = (id: string) =>
  queryOptions({
    queryKey: ['decks', 'study', id],
    queryFn: () =>
      orKept(
        () => dataOf(api.GET('/api/v1/decks/{deck_id}', { params: { path: { deck_id: id } } })),
        async () => keptDeck(ownerOfOutbox() ?? 0, Number(id)),
      ),
  });

/** What to study in one round. Asked once: a round must not change under the hands of its reader. */
export const studyRound = (deckId: string, below: boolean, round: number) =>
  queryOptions({
    queryKey: ['study', deckId, below, round],
    queryFn: (): Promise<RoundQueue> =>
      orKept(
        async () => {
          await saveTimeZone();
          const before = unsentCards();
          const askedAt = Date.now();
          const queue = await askQueue(deckId, below, ROUND);
          setServerClock(millisOf(queue.now));
          // Answered cards whose answer had not arrived when the server looked.
          const answered = new Set([...before, ...unsentCards()]);
          const counts = { ...queue.counts };
          for (const card of queue.cards) if (answered.has(card.id)) counts[queueOf(card)] -= 1;
          void keepForLater(deckId, below, queue, askedAt, before);
          return { ...queue, counts, cards: queue.cards.filter((card) => !answered.has(card.id)), isKept: false };
        },
        () => keptRound(deckId, below, ROUND),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

async function keptRound(deckId: string, below: boolean, limit: number): Promise<RoundQueue | undefined> {
  const kept = await keptQueue(ownerOfOutbox() ?? 0, Number(deckId), { now: serverNow(), limit, below });
  return kept && { ...kept, isKept: true };
}

const unsentCards = (): number[] => outbox.get().waiting.map(({ cardId }) => cardId);

/** Keeps a round, and then the whole day, for times without a connection. Nobody waits for it. */
async function keepForLater(
  deckId: string,
  below: boolean,
  round: StudyQueue,
  roundAskedAt: number,
  unsent: readonly number[],
): Promise<void> {
  const userId = ownerOfOutbox();
  if (userId === undefined) return;
  try {
    const deck = await queries.fetchQuery(studyDeck(deckId));
    const lower = below
      ? (await queries.fetchQuery(deckPlace(deckId))).nodes.slice(1).flatMap((node) => node.deck ?? [])
      : undefined;
    const keep = (queue: StudyQueue, askedAt: number, isWhole: boolean, before: readonly number[]) =>
      ownerOfOutbox() === userId
        ? keepDay({ userId, deck, lower, queue, askedAt, isWhole, unsent: new Set([...before, ...unsentCards()]) })
        : undefined;
    await keep(round, roundAskedAt, false, unsent);
    const [before, askedAt] = [unsentCards(), Date.now()];
    await keep(await askQueue(deckId, below, DAY), askedAt, true, before);
  } catch (error) {
    // The connection went meanwhile: what is kept by then is kept.
    if (!(error instanceof ApiError)) throw error;
  }
}

const askQueue = (deckId: string, below: boolean, limit: number) =>
  dataOf(api.GET('/api/v1/study/queue/{deck_id}', { params: { path: { deck_id: deckId }, query: { limit, below } } }));

/** What is left of today, for the end of a round. Under `decks`, so that it is asked anew when the last answer is saved. */
export const studyCounts = (deckId: string, below: boolean) =>
  queryOptions({
    queryKey: ['decks', 'counts', deckId, below],
    queryFn: () =>
      orKept(
        async () => ({ ...(await askQueue(deckId, below, 0)), isKept: false }),
        () => keptRound(deckId, below, 0),
      ),
    staleTime: 0,
    gcTime: 0,
  });

export const studySettings = queryOptions({
  queryKey: ['study-settings'],
  queryFn: () => dataOf(api.GET('/api/v1/study/settings')),
});

let savedZone: string | undefined;

/** A student's days are those of the clock they look at. Said once a visit; without an answer the zone of before holds. */
export async function saveTimeZone(): Promise<void> {
  const zone = deviceZone();
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

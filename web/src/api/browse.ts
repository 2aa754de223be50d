import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { ApiError, api, dataOf } from './client.ts';
import type { FoundCard, Sort } from './types.ts';

/** Cards of one answer: a page of results scrolls for a while before it asks for more. */
const PAGE = 200;

/** What a search finds, page by page; the first page says how many there are. */
export const cardSearch = (q: string, sort: Sort) =>
  infiniteQueryOptions({
    queryKey: ['cards', 'search', q, sort],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/search/', {
          params: { query: { q, sort, limit: PAGE, ...(pageParam === '' ? { count: true } : { after: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    // The list stays while another search is under way.
    placeholderData: keepPreviousData,
  });

/** A change of one card; throws an `ApiError` where it is refused. */
export type Change = (card: FoundCard) => Promise<unknown>;

const ofNote = (card: FoundCard): string => {
  if (card.note_id !== null) return String(card.note_id);
  throw new ApiError(409, 'Cards without a note have no tags and stay in their deck: open one and make a note of it first.');
};

export const changes = {
  suspend:
    (is_suspended: boolean): Change =>
    (card) =>
      dataOf(
        api.PUT('/api/v1/study/marks/{card_id}', { params: { path: { card_id: String(card.id) } }, body: { is_suspended } }),
      ),
  tag:
    (tag: string): Change =>
    async (card) => {
      const path = { note_id: ofNote(card) };
      // As it is now: another card of the same note may have been tagged a moment ago.
      const { tags } = await dataOf(api.GET('/api/v1/notes/{note_id}', { params: { path } }));
      return dataOf(api.PUT('/api/v1/notes/{note_id}', { params: { path }, body: { tags: [...tags, tag] } }));
    },
  move:
    (deckId: number): Change =>
    async (card) =>
      dataOf(api.PUT('/api/v1/notes/{note_id}', { params: { path: { note_id: ofNote(card) } }, body: { deck_id: deckId } })),
  remove: (card: FoundCard) => dataOf(api.DELETE('/api/v1/cards/{card_id}', { params: { path: { card_id: String(card.id) } } })),
};

export interface Done {
  readonly done: number;
  /** Why the others were not changed, each reason once. */
  readonly refused: number;
  readonly reasons: readonly string[];
}

/** Changes cards one after the other: one that is refused holds up no other. */
export async function changeAll(cards: readonly FoundCard[], change: Change, onProgress: (done: number) => void): Promise<Done> {
  const reasons = new Set<string>();
  let refused = 0;
  for (const [at, card] of cards.entries()) {
    try {
      await change(card);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused += 1;
      reasons.add(error.message);
    }
    onProgress(at + 1);
  }
  return { done: cards.length - refused, refused, reasons: [...reasons] };
}

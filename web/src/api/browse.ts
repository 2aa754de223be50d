import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { count } from '../lib/text.ts';
import { keepChange, operationOf } from './changes.ts';
import { ApiError, answerOf, api, dataOf } from './client.ts';
import { ofOwner } from './outbox.ts';
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

/** A query with words that there are, for one that finds nothing. Looking for it costs the server more than a search. */
export const searchSuggestion = (q: string) =>
  queryOptions({
    queryKey: ['cards', 'suggestion', q],
    queryFn: async ({ signal }) => {
      const query = { q, sort: 'relevance' as const, limit: 1, suggest: true };
      return (await dataOf(api.GET('/api/v1/search/', { params: { query }, signal }))).suggestion;
    },
  });

/** What is done to many cards. */
export interface Change {
  /** What was done, in words: "Tag added to 2 cards." */
  text(cards: string): string;
  /** Changes one card; throws an `ApiError` where it is refused. */
  of(card: FoundCard): Promise<{ readonly response: Response }>;
}

const ofNote = (card: FoundCard): string => {
  if (card.note_id !== null) return String(card.note_id);
  throw new ApiError(409, 'Cards without a note have no tags and stay in their deck: open one and make a note of it first.');
};

/** Two who add tags to one note at once come one after the other; a third try is not in vain either. */
const TAG_TRIES = 3;

export const changes = {
  suspend: (is_suspended: boolean): Change => ({
    text: (cards) => `${cards} ${is_suspended ? 'suspended' : 'unsuspended'}.`,
    of: (card) =>
      answerOf(
        api.PUT('/api/v1/study/marks/{card_id}', {
          params: { path: { card_id: String(card.id) }, ...ofOwner() },
          body: { is_suspended },
        }),
      ),
  }),
  tag: (tag: string): Change => ({
    text: (cards) => `Tag added to ${cards}.`,
    async of(card) {
      const path = { note_id: ofNote(card) };
      for (let run = 1; ; run++) {
        // As it is now: another card of the same note, or somebody else, may have tagged it a moment ago.
        const { tags, updated_at } = await dataOf(api.GET('/api/v1/notes/{note_id}', { params: { path } }));
        try {
          const body = { tags: [...tags, tag], updated_at };
          return await answerOf(api.PUT('/api/v1/notes/{note_id}', { params: { path }, body }));
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 'FC_CHANGED_MEANWHILE' || run === TAG_TRIES) throw error;
        }
      }
    },
  }),
  move: (deckId: number): Change => ({
    text: (cards) => `${cards} moved.`,
    async of(card) {
      const params = { path: { note_id: ofNote(card) } };
      return answerOf(api.PUT('/api/v1/notes/{note_id}', { params, body: { deck_id: deckId } }));
    },
  }),
  remove: {
    text: (cards) => `${cards} deleted.`,
    of: (card) => answerOf(api.DELETE('/api/v1/cards/{card_id}', { params: { path: { card_id: String(card.id) } } })),
  } satisfies Change,
};

export interface Done {
  readonly done: number;
  /** Why the others were not changed, each reason once. */
  readonly refused: number;
  readonly reasons: readonly string[];
}

/** Changes cards one after the other: one that is refused holds up no other. All of it is taken back as one change. */
export async function changeAll(cards: readonly FoundCard[], change: Change, onProgress: (done: number) => void): Promise<Done> {
  const reasons = new Set<string>();
  const operations: string[] = [];
  let refused = 0;
  try {
    for (const [at, card] of cards.entries()) {
      try {
        const operation = operationOf((await change.of(card)).response);
        if (operation !== null) operations.unshift(operation);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refused += 1;
        reasons.add(error.message);
      }
      onProgress(at + 1);
    }
  } finally {
    keepChange(operations, change.text(count(operations.length, 'card')));
  }
  return { done: cards.length - refused, refused, reasons: [...reasons] };
}

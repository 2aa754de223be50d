import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { cardRows, cardSearch, foundIds } from '../api/browse.ts';
import type { FoundCard, SearchAnswer, Sort } from '../api/types.ts';
import { useSettled } from '../ui/use-settled.ts';

/** Cards that are asked for together. */
const PAGE = 100;
/** Rows that fly past are not asked for. */
const STILL_MS = 80;

export interface FoundCards {
  readonly first: UseQueryResult<SearchAnswer>;
  /** All that was found, as far as it is known. */
  readonly ids: readonly number[];
  /** How many there are; `undefined` where nobody knows. */
  readonly total: number | undefined;
  /** A card that is in sight, or among the first. */
  cardOf(id: number): FoundCard | undefined;
  onSight(first: number, last: number): void;
}

const NONE: readonly number[] = [];

/**
 * What a search finds, for a table in which one may go to any row: the first cards at once, the ids of all of them next, and of the rest the
 * cards that come into sight.
 */
export function useFoundCards(asked: string, sort: Sort): FoundCards {
  const first = useQuery(cardSearch(asked, sort));
  const isOfSearch = first.data !== undefined && !first.isPlaceholderData && !first.isError;
  const isMore = isOfSearch && first.data.next !== null;
  const all = useQuery({ ...foundIds(asked, sort), enabled: isMore });
  const known = useMemo(() => first.data?.cards.map(({ id }) => id) ?? NONE, [first.data]);
  const ids = isMore && all.data !== undefined ? all.data.ids : known;

  const [sight, setSight] = useState({ from: 0, to: 0 });
  const onSight = useCallback((from: number, to: number) => setSight({ from, to }), []);
  const still = useSettled(sight, STILL_MS);
  const wanted: number[][] = [];
  for (let page = Math.floor(still.from / PAGE); page * PAGE < Math.min(still.to, ids.length); page++) {
    const part = ids.slice(page * PAGE, (page + 1) * PAGE);
    if ((page + 1) * PAGE > known.length || part.some((id, at) => known[page * PAGE + at] !== id)) wanted.push(part);
  }
  const pages = useQueries({
    queries: isMore && all.data !== undefined ? wanted.map((part) => cardRows(part)) : [],
    combine: useCallback((results: UseQueryResult<FoundCard[]>[]) => results.flatMap(({ data }) => data ?? []), []),
  });
  const cards = useMemo(
    () => new Map([...(first.data?.cards ?? []), ...pages].map((card) => [card.id, card])),
    [first.data, pages],
  );
  const cardOf = useCallback((id: number) => cards.get(id), [cards]);
  const counted =
    isMore && all.data !== undefined ? (all.data.is_cut ? undefined : ids.length) : (first.data?.count ?? undefined);
  return { first, ids, total: counted, cardOf, onSight };
}

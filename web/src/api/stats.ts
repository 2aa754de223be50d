import { queryOptions } from '@tanstack/react-query';
import { deviceZone } from '../lib/days.ts';
import { api, dataOf } from './client.ts';

export type StatsRange = 'month' | 'quarter' | 'year' | 'all';

type Query = Readonly<Record<string, string>>;

/** The address of a table as a file. */
const fileOf = (path: string, query: Query): string => `/api/v1/${path}.csv?${new URLSearchParams(query)}`;

/** Days are those of this device; a deck is named by its id, all decks are meant without one. */
const ofDeck = (deck?: string) => ({ zone: deviceZone(), ...(deck === undefined ? {} : { deck_id: deck }) });

const table = <Data>(name: string, query: Query, ask: () => Promise<Data>) => ({
  ...queryOptions({ queryKey: ['stats', name, query], queryFn: ask }),
  file: fileOf(`stats/${name}`, query),
});

/** The tables of the statistics, each with its file. */
export const statsOf = {
  today(deck?: string) {
    const query = ofDeck(deck);
    return table('today', query, () => dataOf(api.GET('/api/v1/stats/today', { params: { query } })));
  },
  cards(deck?: string) {
    const query = ofDeck(deck);
    return table('cards', query, () => dataOf(api.GET('/api/v1/stats/cards', { params: { query } })));
  },
  days(deck: string | undefined, range: StatsRange) {
    const query = { ...ofDeck(deck), range };
    return table('days', query, () => dataOf(api.GET('/api/v1/stats/days', { params: { query } })));
  },
  retention(deck?: string) {
    const query = ofDeck(deck);
    return table('retention', query, () => dataOf(api.GET('/api/v1/stats/retention', { params: { query } })));
  },
  hours(deck: string | undefined, range: StatsRange) {
    const query = { ...ofDeck(deck), range };
    return table('hours', query, () => dataOf(api.GET('/api/v1/stats/hours', { params: { query } })));
  },
  buttons(deck: string | undefined, range: StatsRange) {
    const query = { ...ofDeck(deck), range };
    return table('buttons', query, () => dataOf(api.GET('/api/v1/stats/buttons', { params: { query } })));
  },
  forecast(deck?: string) {
    const query = ofDeck(deck);
    return table('forecast', query, () => dataOf(api.GET('/api/v1/stats/forecast', { params: { query } })));
  },
  intervals(deck?: string) {
    const query = ofDeck(deck);
    return table('intervals', query, () => dataOf(api.GET('/api/v1/stats/intervals', { params: { query } })));
  },
  memory(deck?: string) {
    const query = ofDeck(deck);
    return table('memory', query, () => dataOf(api.GET('/api/v1/stats/memory', { params: { query } })));
  },
};

export const cardById = (id: string) =>
  queryOptions({
    queryKey: ['card', id],
    queryFn: () => dataOf(api.GET('/api/v1/cards/{card_id}', { params: { path: { card_id: id } } })),
  });

export function cardHistory(id: string) {
  const query = { zone: deviceZone() };
  return {
    ...queryOptions({
      queryKey: ['card', id, 'history'],
      queryFn: () => dataOf(api.GET('/api/v1/cards/{card_id}/history', { params: { path: { card_id: id }, query } })),
    }),
    file: fileOf(`cards/${id}/history`, query),
  };
}

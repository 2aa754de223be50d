import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client.ts';
import { saveTimeZone } from './queries.ts';
import type { paths } from './schema.d.ts';
import type { Answer } from './types.ts';

export type Workload = Answer<paths['/api/v1/study/workload']['get']>;
export type Backlog = Answer<paths['/api/v1/study/catch-up']['get']>;

export type Fit = Answer<paths['/api/v1/study/parameters/optimise']['post']>;

/** The coming year for every retention that can be wanted. Computed by the server in a second or so, and good for a while. */
export const workload = queryOptions({
  queryKey: ['study-settings', 'workload'],
  queryFn: async () => {
    await saveTimeZone();
    return dataOf(api.GET('/api/v1/study/workload'));
  },
  staleTime: 300_000,
  retry: false,
});

/** What is overdue, the plan in force and the ways to catch up, as of now. */
export const backlog = queryOptions({
  queryKey: ['study-settings', 'backlog'],
  queryFn: async () => {
    await saveTimeZone();
    return dataOf(api.GET('/api/v1/study/catch-up'));
  },
  staleTime: 0,
  retry: false,
});

export const parameters = queryOptions({
  queryKey: ['study-settings', 'parameters'],
  queryFn: () => dataOf(api.GET('/api/v1/study/parameters')),
});

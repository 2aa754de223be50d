import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api, dataOf } from './client.ts';

export const accounts = (search: string) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'users', search],
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: 50, ...(search === '' ? {} : { search }), ...(pageParam === '' ? {} : { after: pageParam }) };
      const { data, response } = await answerOf(api.GET('/api/v1/admin/users', { params: { query }, signal }));
      return { rows: data, next: response.headers.get('X-Next-After') ?? undefined };
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });

export const account = (id: string) =>
  queryOptions({
    queryKey: ['admin', 'user', id],
    queryFn: () => dataOf(api.GET('/api/v1/admin/users/{user_id}', { params: { path: { user_id: id } } })),
    staleTime: 0,
  });

import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client.ts';

export const reminder = queryOptions({
  queryKey: ['study', 'reminder'],
  queryFn: () => dataOf(api.GET('/api/v1/study/reminder')),
  staleTime: 0,
});

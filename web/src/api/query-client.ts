import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.ts';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // The browser's idea of being online is about the internet; this server may stand in the same room.
      networkMode: 'always',
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.isTransient,
      retryDelay: (failures) => 400 * 2 ** failures,
    },
  },
});

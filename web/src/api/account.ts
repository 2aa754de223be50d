import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client.ts';

export const waysIn = queryOptions({
  queryKey: ['account', 'ways'],
  queryFn: () => dataOf(api.GET('/api/v1/auth/ways')),
});

export const logins = queryOptions({
  queryKey: ['account', 'logins'],
  queryFn: () => dataOf(api.GET('/api/v1/auth/logins')),
  staleTime: 0,
});

export const passkeys = queryOptions({
  queryKey: ['account', 'passkeys'],
  queryFn: () => dataOf(api.GET('/api/v1/auth/passkeys')),
  staleTime: 0,
});

export const apiTokens = queryOptions({
  queryKey: ['account', 'tokens'],
  queryFn: () => dataOf(api.GET('/api/v1/auth/tokens')),
  staleTime: 0,
});

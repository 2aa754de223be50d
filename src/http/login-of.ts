import type { FastifyRequest } from 'fastify';
import type { Settings } from '../db/settings.ts';
import type { LoginRequest } from '../services/accounts.ts';
import { coarseAddressOf } from './client-address.ts';

/** What is kept of the login that a request opens. */
export const loginOf = (request: FastifyRequest, { tokenDays }: Settings, kind: LoginRequest['kind']) => ({
  kind,
  days: tokenDays,
  whence: { agent: request.headers['user-agent'], place: coarseAddressOf(request) },
});

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isUseNew, noteUse, type Use } from '../services/logins.ts';
import { coarseAddressOf } from './client-address.ts';
import { laterWork } from './later-work.ts';

/** Of each application, the ways in whose use is being noted down, by their hashes. */
const underway = new WeakMap<FastifyInstance['underway'], Set<string>>();

/**
 * Notes down beside the request that a login or token was used. Nobody waits for it, and where it cannot be written (a database that only
 * reads, a move under way) the request is answered all the same: the list of logins is then behind, nothing else.
 */
export function noteUseOf(app: FastifyInstance, request: FastifyRequest, use: Use): void {
  if (!isUseNew(use)) return;
  const hashes = underway.get(app.underway) ?? new Set();
  underway.set(app.underway, hashes);
  if (hashes.has(use.tokenHash)) return;
  hashes.add(use.tokenHash);
  const place = coarseAddressOf(request);
  laterWork(
    app,
    () => app.database.write((session) => noteUse(session, use, place), 'nobody').finally(() => hashes.delete(use.tokenHash)),
    (error) => request.log.debug({ err: error }, 'when a login was used could not be noted down'),
  );
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Outcome, RequestKind } from '../move/latency/latency-record.ts';

/** Takes the time of one request. */
export type TakeTime = (kind: RequestKind, ms: number, outcome: Outcome) => void;

const kindOf = ({ method }: FastifyRequest): RequestKind => (method === 'GET' || method === 'HEAD' ? 'reads' : 'writes');

/** True for what administrators ask about the installation itself: no user waits for it, and the two sides of a move answer it differently. */
export const isOfInstallation = (url: string): boolean => url.startsWith('/api/v1/move') || url.startsWith('/api/v1/admin/');

/** Tells how long each request of these routes took, and whether it failed, when its answer has left or its client has gone. */
export function measureLatency(app: FastifyInstance, take: TakeTime): void {
  const began = new WeakMap<FastifyRequest, number>();
  const end = (request: FastifyRequest, outcome: Outcome): void => {
    const at = began.get(request);
    // Told already.
    if (at === undefined) return;
    began.delete(request);
    take(kindOf(request), performance.now() - at, outcome);
  };
  app.addHook('onRequest', async (request) => {
    // Who watches a move does not study.
    if (!isOfInstallation(request.url)) began.set(request, performance.now());
  });
  app.addHook('onResponse', async (request, reply) => end(request, reply.statusCode >= 500 ? 'failed' : 'answered'));
  app.addHook('onRequestAbort', async (request) => end(request, 'abandoned'));
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../ops/metrics/metrics.ts';

/** The route by which a student answers a card. */
const REVIEW = '/api/v1/study/review/:card_id';
/** Requests to no route: what strangers try must not make new series. */
const NO_ROUTE = 'none';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** Counts every request by the pattern of its route, once: when its answer has left, or its client has gone. */
export function countRequests(app: FastifyInstance, metrics: Metrics): void {
  const began = new WeakMap<FastifyRequest, number>();
  const end = (request: FastifyRequest, status: number | 'abandoned'): void => {
    const at = began.get(request);
    // Counted already.
    if (at === undefined) return;
    began.delete(request);
    const route = request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE);
    const method = METHODS.has(request.method) ? request.method : 'other';
    metrics.request({ method, route, status }, (performance.now() - at) / 1000);
    if (route === REVIEW && method === 'POST') metrics.review(status);
  };
  app.addHook('onRequest', async (request) => void began.set(request, performance.now()));
  app.addHook('onResponse', async (request, reply) => end(request, reply.statusCode));
  app.addHook('onRequestAbort', async (request) => end(request, 'abandoned'));
}

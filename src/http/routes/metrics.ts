import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { MetricSources, Metrics } from '../../ops/metrics/metrics.ts';
import { serverState } from '../database-state-schemas.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const HERE = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOCAL_NAME = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;
/** What a proxy says about whom it speaks for. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/**
 * True for a program on this machine that speaks for nobody else. A proxy here makes everybody look local: it is known by what it adds, by a name
 * that is not this machine's (which a page in a browser cannot send either), or by TRUST_PROXY.
 */
function isLocal({ socket, headers }: FastifyRequest, { trustProxy }: Settings): boolean {
  return (
    trustProxy === false &&
    HERE.test(socket.remoteAddress ?? '') &&
    LOCAL_NAME.test(headers.host ?? '') &&
    FORWARDED.every((name) => headers[name] === undefined)
  );
}

/** Throws unless the request may read the metrics: with METRICS_TOKEN set only its bearer, else only this machine. */
function admit(request: FastifyRequest, settings: Settings): void {
  const { metricsToken } = settings;
  if (metricsToken === undefined) {
    if (isLocal(request, settings)) return;
    throw new FlashcaseError('FC_FORBIDDEN', {
      what: 'Metrics are read on the machine of the server only.',
      hint: 'Set METRICS_TOKEN on the server and send it as the bearer token.',
    });
  }
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!timingSafeEqual(digest(given), digest(metricsToken)))
    throw new FlashcaseError('FC_UNAUTHENTICATED', { what: 'Metrics need the bearer token that METRICS_TOKEN says.' });
}

/** `/metrics` for Prometheus. */
export async function metricsRoutes(
  app: FastifyInstance,
  { metrics, others }: { readonly metrics: Metrics; readonly others?: MetricSources['others'] },
): Promise<void> {
  const { database, settings } = app;
  app.addHook('onClose', async () => metrics.close());
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['health'],
        summary: 'Figures for Prometheus: read on this machine, or with METRICS_TOKEN',
        security: [],
        response: {
          200: { description: 'Done.', content: { 'text/plain': { schema: { type: 'string' } } } },
          default: { $ref: 'Failure#' },
        },
      },
    },
    async (request, reply) => {
      admit(request, settings);
      reply.header('Cache-Control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8');
      return metrics.text({ database, settings, others });
    },
  );
  app.get(
    '/metrics/server',
    {
      schema: {
        tags: ['health'],
        summary: 'Connections of this server and the times of its statements, for flashcase monitor: read as /metrics is',
        security: [],
        response: { 200: { ...serverState, description: 'Done.' }, default: { $ref: 'Failure#' } },
      },
    },
    async (request, reply) => {
      admit(request, settings);
      reply.header('Cache-Control', 'no-store');
      return metrics.server(database.engine);
    },
  );
}

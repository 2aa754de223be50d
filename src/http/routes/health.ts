import type { FastifyInstance } from 'fastify';
import { installationState } from '../../ops/prepare.ts';

export async function healthRoutes(app: FastifyInstance): Promise<void> {
  const tags = ['health'];
  const healthy = { schema: { tags, summary: 'The process lives' } };
  app.get('/health', healthy, async () => ({ status: 'healthy', service: 'FlashCase API' }));
  app.get('/api/v1/health', healthy, async () => ({ status: 'healthy', service: 'FlashCase API' }));
  app.get(
    '/ready',
    { schema: { tags, summary: 'The database answers, has today’s schema and takes writes' } },
    async (_, reply) => {
      const state = await installationState(app.getDb());
      return reply.code(state.isReady ? 200 : 503).send(state);
    },
  );
}

import type { FastifyInstance } from 'fastify';

/** The original's AI routes, as it answers them without a key: FlashCase sends no card to anybody. */
export async function aiRoutes(app: FastifyInstance): Promise<void> {
  const tags = ['ai'];
  for (const path of ['/ai/chat', '/ai/rewrite-card', '/ai/autocomplete-card']) {
    app.post(path, { schema: { tags } }, async (_, reply) =>
      reply.code(503).send({ detail: 'AI service not configured. Please set GROK_API_KEY.' }),
    );
  }
  app.get('/ai/health', { schema: { tags } }, async () => ({
    status: 'healthy',
    grok_configured: false,
    courtlistener_configured: false,
  }));
  app.get('/ai/usage', { schema: { tags } }, async (_, reply) =>
    reply.code(503).send({ detail: 'Token usage tracking is not enabled' }),
  );
}

import type { FastifyInstance } from 'fastify';
import type { InstallationState } from '../../ops/prepare.ts';

const healthy = {
  type: 'object',
  properties: { status: { type: 'string' }, service: { type: 'string' } },
  required: ['status', 'service'],
};
const state = {
  type: 'object',
  properties: {
    isReady: { type: 'boolean' },
    database: { type: 'string' },
    schema: { type: 'string' },
    gate: { type: 'string' },
    engine: { type: 'string', enum: ['sqlite', 'postgres'] },
    backup: {
      type: 'object',
      description:
        'Nightly backups and drills of this machine; absent where none are scheduled. They never make a server unready.',
      properties: {
        isGood: { type: 'boolean' },
        ageSeconds: { type: ['integer', 'null'] },
        lastFailure: {
          type: ['object', 'null'],
          properties: { at: { type: 'string' }, code: { type: 'string' } },
          required: ['at', 'code'],
        },
        drill: {
          type: ['object', 'null'],
          properties: { at: { type: 'string' }, ageSeconds: { type: 'integer' }, isGood: { type: 'boolean' } },
          required: ['at', 'ageSeconds', 'isGood'],
        },
      },
      required: ['isGood', 'ageSeconds', 'lastFailure', 'drill'],
    },
  },
  required: ['isReady', 'database', 'schema', 'gate', 'engine'],
};

export async function healthRoutes(
  app: FastifyInstance,
  { installation }: { readonly installation: () => Promise<InstallationState> },
): Promise<void> {
  const tags = ['health'];
  for (const url of ['/health', '/api/v1/health']) {
    app.get(url, { schema: { tags, summary: 'The process lives', security: [], response: { 200: healthy } } }, async () => ({
      status: 'healthy',
      service: 'FlashCase API',
    }));
  }
  app.get(
    '/ready',
    {
      schema: {
        tags,
        summary: 'The database answers, has a schema this code serves and takes writes',
        security: [],
        response: { 200: state, 503: state },
      },
    },
    async (_, reply) => {
      const now = await installation();
      return reply.code(now.isReady ? 200 : 503).send(now);
    },
  );
}

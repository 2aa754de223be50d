import type { FastifyInstance } from 'fastify';

/** Swagger UI brings its own files; it needs nothing from elsewhere, and must not ask a home network for https. */
const CSP =
  "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'";

/** The API's description at `/openapi.json`, and its readable pages at `/docs`, both made from the routes. */
export async function installDocs(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(async (docs) => {
    const { default: swaggerUi } = await import('@fastify/swagger-ui');
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: CSP });
  });
}

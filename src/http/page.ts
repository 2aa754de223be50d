import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** The built page, beside `src/` in a checkout and beside `dist/` in a package. */
const pageFolder = resolve(fileURLToPath(import.meta.url), '../../../web/dist');

/** Serves the page; every address that is neither a file nor the API's is the page's own. */
export async function installPage(app: FastifyInstance): Promise<void> {
  const isBuilt = existsSync(join(pageFolder, 'index.html'));
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: pageFolder,
      wildcard: false,
      // File names under assets/ carry a hash of their content; the rest is asked for again.
      setHeaders: (reply, path) =>
        reply.header('Cache-Control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'),
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const isApi = /^\/(api|docs|openapi\.json|health|ready)(\/|$)/.test(request.url);
    if (request.method !== 'GET' || isApi) return reply.code(404).send({ detail: 'Not Found' });
    if (!isBuilt) return reply.code(404).type('text/plain').send('The page is not built. Start FlashCase with npm start.');
    return reply.header('Cache-Control', 'no-cache').sendFile('index.html');
  });
}

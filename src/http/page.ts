import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The built page, beside `src/` in a checkout and beside `dist/` in a package. */
const pageFolder = resolve(fileURLToPath(import.meta.url), '../../../web/dist');
/** Addresses that are never the page's: a missing script answered with HTML would only confuse the browser. */
const NOT_THE_PAGE = /^\/(api|docs|assets|service-worker\.js|openapi\.json|health|ready|metrics)(\/|\?|$)/;

/** Serves the page; every address that is neither a file nor the API's is the page's own. */
export async function installPage(
  app: FastifyInstance,
  answerUnknown: (request: FastifyRequest, reply: FastifyReply) => FastifyReply,
): Promise<void> {
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
    if (!['GET', 'HEAD'].includes(request.method) || NOT_THE_PAGE.test(request.url)) return answerUnknown(request, reply);
    if (!isBuilt) return reply.code(404).type('text/plain').send('The page is not built. Start FlashCase with npm start.\n');
    return reply.header('Cache-Control', 'no-cache').sendFile('index.html');
  });
}

import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Database } from '../db/database.ts';
import type { Settings } from '../db/settings.ts';
import './context.ts';
import { toJson } from '../schema/json.ts';
import { installErrors } from './errors.ts';
import { installPage } from './page.ts';
import { aiRoutes } from './routes/ai.ts';
import { authRoutes } from './routes/auth.ts';
import { cardRoutes } from './routes/cards.ts';
import { deckRoutes } from './routes/decks.ts';
import { healthRoutes } from './routes/health.ts';
import { reportRoutes } from './routes/reports.ts';
import { studyRoutes } from './routes/study.ts';
import { validatorCompiler } from './validation.ts';

/** Largest request: the largest card with every character escaped, and room to spare. */
const BODY_BYTES = 256 * 1024;

export interface AppOptions {
  readonly database: Database;
  readonly settings: Settings;
  /** False in tests. */
  readonly hasLog?: boolean;
}

/** Builds the HTTP application without listening. The caller keeps the database and closes it. */
export async function buildApp({ database, settings, hasLog = true }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: hasLog
      ? {
          level: settings.logLevel,
          // Nothing that opens an account may reach a log.
          redact: ['req.headers.authorization', 'req.headers.cookie', 'req.body', 'res.headers["set-cookie"]'],
        }
      : false,
    logController: new LogController({ disableRequestLogging: !settings.isDevelopment }),
    trustProxy: settings.trustProxy,
    bodyLimit: BODY_BYTES,
    routerOptions: { ignoreTrailingSlash: true },
    // A client that is slow on purpose does not hold a connection for ever.
    requestTimeout: 60_000,
    // A stop answers what still arrives on open connections and closes each after its answer; a 503 would reach a student.
    return503OnClosing: false,
  });
  app.decorate('settings', settings);
  app.decorate('getDb', () => database);
  app.decorate('getSession', (mode, work) => database[mode](work));
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => toJson);
  app.setReplySerializer(toJson);
  installErrors(app);

  await app.register(cookie);
  await app.register(formbody);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        imgSrc: ["'self'", 'data:'],
      },
    },
    // On a home network there is no https to insist on; a proxy with TLS sets this header itself (docs/guide/tls.md).
    hsts: false,
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'FlashCase API',
        description: 'Decks, cards and spaced repetition. Times are UTC without a zone.',
        version: '1.0.0',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
  });
  await app.register(
    async (api) => {
      for (const routes of [authRoutes, deckRoutes, cardRoutes, studyRoutes, reportRoutes, aiRoutes]) await api.register(routes);
    },
    { prefix: '/api/v1' },
  );
  await app.register(healthRoutes);
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(async (docs) => {
    const { default: swaggerUi } = await import('@fastify/swagger-ui');
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
  await installPage(app);
  return app;
}

import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Database } from '../db/database.ts';
import type { Settings } from '../db/settings.ts';
import { type Auditor, auditorOn } from '../ops/audit/auditor.ts';
import { Metrics, type OtherProcesses } from '../ops/metrics/metrics.ts';
import { type InstallationState, installationState } from '../ops/prepare.ts';
import { toJson } from '../schema/json.ts';
import { type Desk, ownDesk } from '../services/desk.ts';
import { mailBySmtp, type SendMail } from '../services/mail.ts';
import { type MoveConsole, noMoveConsole } from '../services/move-console.ts';
import { type StateConsole, stateHere } from '../services/state-console.ts';
import { acceptJson } from './body.ts';
import { countRequests } from './count-requests.ts';
import { installDocs } from './docs.ts';
import { answerUnknownRoute, installErrors } from './errors.ts';
import { keepLaterWork } from './later-work.ts';
import { measureLatency, type TakeTime } from './measure-latency.ts';
import { installPage } from './page.ts';
import { limitRequests } from './request-limits.ts';
import type { UnitOfWork } from './route.ts';
import { accountRoutes } from './routes/account.ts';
import { adminRoutes } from './routes/admin.ts';
import { aiRoutes } from './routes/ai.ts';
import { auditRoutes } from './routes/audit.ts';
import { authRoutes } from './routes/auth.ts';
import { cardRoutes } from './routes/cards.ts';
import { cramRoutes } from './routes/cram.ts';
import { databaseStateRoutes } from './routes/database-state.ts';
import { deckRoutes } from './routes/decks.ts';
import { editRoutes } from './routes/edit.ts';
import { examRoutes } from './routes/exams.ts';
import { exportRoutes } from './routes/export.ts';
import { healthRoutes } from './routes/health.ts';
import { importRoutes } from './routes/import.ts';
import { importFileRoutes } from './routes/import-file.ts';
import { mediaRoutes } from './routes/media.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { moderationRoutes } from './routes/moderation.ts';
import { moveRoutes } from './routes/move.ts';
import { noteRoutes } from './routes/notes.ts';
import { operationRoutes } from './routes/operations.ts';
import { parameterRoutes } from './routes/parameters.ts';
import { passkeyRoutes } from './routes/passkeys.ts';
import { reminderRoutes } from './routes/reminders.ts';
import { reportRoutes } from './routes/reports.ts';
import { savedSearchRoutes } from './routes/saved-searches.ts';
import { searchRoutes } from './routes/search.ts';
import { sharingRoutes } from './routes/sharing.ts';
import { statsRoutes } from './routes/stats.ts';
import { studyRoutes } from './routes/study.ts';
import { suggestionRoutes } from './routes/suggestions.ts';
import { type SampledRead, sampleReads } from './sample-reads.ts';
import { failure } from './schemas.ts';

/** Largest request: the largest card with every character escaped, and room to spare. */
const BODY_BYTES = 256 * 1024;

export interface AppOptions {
  readonly database: Database;
  readonly settings: Settings;
  /** What `/ready` says; that of FlashCase's own schema when absent. */
  readonly installation?: () => Promise<InstallationState>;
  /** Takes the time of every request to the API. */
  readonly takeTime?: TakeTime;
  /** Takes a share of the reads that were answered. */
  readonly takeRead?: SampledRead;
  /** Who keeps what must outlive a request, where a server is several processes; this one when absent. */
  readonly desk?: Desk;
  /** What the other processes of this server have counted. */
  readonly others?: (() => Promise<OtherProcesses>) | undefined;
  /** What this server counts, where its engines count too; its own when absent. */
  readonly metrics?: Metrics;
  /** Keeps what administrators do; the database itself when absent. */
  readonly auditor?: Auditor;
  /** The live move, for administrators; none when absent. */
  readonly move?: MoveConsole;
  /** How the database is, for administrators; looked at in this thread when absent. */
  readonly state?: StateConsole;
  /** Sends mail; as the settings say when absent. */
  readonly sendMail?: SendMail;
  /** False in tests. */
  readonly hasLog?: boolean;
}

/** Builds the HTTP application without listening. The caller keeps the database and closes it. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const {
    database,
    settings,
    installation = () => installationState(database),
    takeTime,
    takeRead,
    metrics = new Metrics(),
    move = noMoveConsole,
    state = stateHere(database, settings),
    auditor = auditorOn(database, { onProblem: (error) => app.log.error({ err: error }, 'a step is not in the audit trail') }),
    desk = ownDesk,
    others,
    sendMail = settings.mail && mailBySmtp(settings.mail),
    hasLog = true,
  } = options;
  const app = Fastify({
    logger: hasLog
      ? {
          level: settings.logLevel,
          // Standard output says where the server is, and nothing else.
          stream: process.stderr,
          // Nothing that opens an account may reach a log.
          redact: ['req.headers.authorization', 'req.headers.cookie', 'req.body', 'res.headers["set-cookie"]'],
        }
      : false,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: settings.trustProxy,
    // While it stops, a server still answers what its open connections ask; refusing them would show an error to somebody who studies.
    return503OnClosing: false,
    bodyLimit: BODY_BYTES,
    // The original redirected /decks to /decks/; both are answered at once here.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 5000 },
    // A client that is slow on purpose does not hold a connection for ever.
    requestTimeout: 60_000,
  });
  const unitOfWork: UnitOfWork = (mode, work, writer) => (mode === 'write' ? database.write(work, writer) : database.read(work));
  app.decorate('settings', settings);
  app.decorate('database', database);
  app.decorate('auditor', auditor);
  app.decorate('getDb', unitOfWork);
  app.decorate('getSession', unitOfWork);
  keepLaterWork(app);
  // Routes check their requests themselves, after the login (route.ts); the schemas given to Fastify are for the documentation.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => toJson);
  app.setReplySerializer(toJson);
  installErrors(app, (code) => metrics.error(code));
  const answerUnknown = answerUnknownRoute(app);
  countRequests(app, metrics);
  logRequests(app);
  acceptJson(app);

  await app.register(cookie);
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
        // Text becomes HTML or a script's address in one place of the page (web/src/lib/trusted.ts); a browser refuses every other.
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ['flashcase'],
      },
    },
    frameguard: { action: 'deny' },
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
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
  });
  app.addSchema({ $id: 'Failure', ...failure });
  await app.register(
    async (api) => {
      // First: what waits for anything else counts as waiting.
      if (takeTime !== undefined) measureLatency(api, takeTime);
      if (takeRead !== undefined) sampleReads(api, takeRead);
      limitRequests(api);
      // Somebody's cards are for nobody's cache.
      api.addHook('onRequest', async (_, reply) => void reply.header('Cache-Control', 'no-store'));
      for (const routes of [
        authRoutes,
        deckRoutes,
        cardRoutes,
        noteRoutes,
        searchRoutes,
        savedSearchRoutes,
        editRoutes,
        sharingRoutes,
        suggestionRoutes,
        moderationRoutes,
        auditRoutes,
        importRoutes,
        exportRoutes,
        (routes: FastifyInstance) => importFileRoutes(routes, { desk }),
        mediaRoutes,
        studyRoutes,
        parameterRoutes,
        cramRoutes,
        examRoutes,
        statsRoutes,
        operationRoutes,
        reportRoutes,
        aiRoutes,
      ])
        await api.register(routes);
      await api.register(accountRoutes, { sendMail });
      await api.register(reminderRoutes, { sendMail });
      await api.register(passkeyRoutes);
      await api.register(adminRoutes);
      await api.register(moveRoutes, { move });
      await api.register(databaseStateRoutes, { state, metrics });
    },
    { prefix: '/api/v1' },
  );
  await app.register(healthRoutes, { installation });
  await app.register(metricsRoutes, { metrics, others });
  await installDocs(app);
  await installPage(app, answerUnknown);
  return app;
}

/** One line a request, when it is answered: no query, no header, no body. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, url, ip } = request;
    const path = url.replace(/\?.*$/s, '');
    // Probes come every few seconds.
    const level = path === '/health' || path === '/ready' || path === '/metrics' ? 'debug' : 'info';
    request.log[level]({ method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime), ip }, 'request');
  });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../db/database.ts';
import type { Settings } from '../db/settings.ts';
import { FlashcaseError } from '../errors/index.ts';
import { tidy } from '../services/housekeeping.ts';
import { settleListings } from '../services/listings.ts';
import { type Settling, settleSearch } from '../services/search-upkeep.ts';
import { asOnlyServer } from '../services/shared-limits.ts';
import { type AppOptions, buildApp } from './app.ts';
import { reminderSender } from './remind.ts';
import { stopAll } from './stop-all.ts';

/** After this a stop no longer waits for requests. */
const STOP_MS = 9000;
/** After this a stop no longer waits for upkeep. */
const UPKEEP_MS = 2000;
/** A server that drains waits so long for open connections, and so long for a request on a quiet one. */
const DRAIN_MS = 60_000;
const QUIET_MS = 6000;
const DRAIN_LOOK_MS = 100;
const TIDY_EVERY_MS = 3_600_000;
/** Shorter than between two looks, so that a server alone never misses its own turn. */
const TIDY = { seconds: 3300, isOnceInThem: true };
const REMIND_EVERY_MS = 60_000;
const REMIND = { seconds: 50, isOnceInThem: true };
const SETTLE = { seconds: 20, isOnceInThem: false };

export interface RunningServer {
  readonly url: string;
  /**
   * Takes no new connections, and ends each open one with its next answer or when it is quiet: to whoever is connected nothing fails. Another process takes
   * what comes. Returns when none is left.
   */
  drain(): Promise<void>;
  /** Answers what has begun, takes nothing new, closes the database. */
  stop(): Promise<void>;
}

/** Listens on the settings' address. Throws `FC_SETTINGS_INVALID` when it is taken or not ours. */
export async function serve(
  database: Database,
  settings: Settings,
  options: Pick<
    AppOptions,
    'installation' | 'takeTime' | 'takeRead' | 'metrics' | 'move' | 'state' | 'auditor' | 'desk' | 'others'
  > = {},
): Promise<RunningServer> {
  const app = await buildApp({ database, settings, ...options });
  for (const weakness of await database.engine.weaknesses()) app.log.warn(weakness);
  let isDraining = false;
  app.server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
    if (isDraining) response.shouldKeepAlive = false;
  });
  const url = await listen(app, settings);
  const toldOf = (what: string, work: Promise<unknown>): Promise<void> =>
    work.then(
      (done) => app.log.debug({ done }, what),
      // Nothing is lost by waiting for the next hour; a held or moved database is left alone.
      (error: unknown) => app.log.warn({ err: error instanceof FlashcaseError ? error.toJSON() : error }, `failed: ${what}`),
    );
  const stopping = new AbortController();
  let isIndexTold = false;
  const settling: Settling = {
    signal: stopping.signal,
    onIndexProblem: (problem) => {
      if (!isIndexTold) app.log.warn({ err: problem.toJSON() }, `${problem.message} Next: ${problem.hint}`);
      isIndexTold = true;
    },
  };
  // What was written without the search, as before an upgrade, is found soon after the start.
  const settle = () =>
    asOnlyServer(database, 'settle', SETTLE, async () => {
      await toldOf('settle the search', settleSearch(database, settling));
      await toldOf('settle the listings', settleListings(database));
      return true;
    });
  let upkeep = toldOf(
    'settle',
    settle().then(async (isDone) => {
      // Another server is at it, or was killed in it.
      if (isDone === true) return;
      await delay(SETTLE.seconds * 1000, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      if (!stopping.signal.aborted) await settle();
    }),
  );
  const tidying = setInterval(() => {
    upkeep = upkeep.then(() =>
      toldOf(
        'tidy',
        asOnlyServer(database, 'tidy', TIDY, () => tidy(database, settling)),
      ),
    );
  }, TIDY_EVERY_MS);
  const sendReminders = reminderSender(database, settings, app.log, stopping.signal);
  let reminding = Promise.resolve();
  /** Apart from the upkeep: a mail server that is slow holds nothing else up. */
  const remind = (): Promise<void> =>
    sendReminders === undefined ? Promise.resolve() : toldOf('remind', asOnlyServer(database, 'remind', REMIND, sendReminders));
  let isReminding = false;
  const reminders = setInterval(() => {
    if (isReminding) return;
    isReminding = true;
    reminding = remind().finally(() => {
      isReminding = false;
    });
  }, REMIND_EVERY_MS);
  return {
    url,
    async drain() {
      isDraining = true;
      // That of the HTTP server would cut connections off on which a request may be on its way.
      NetServer.prototype.close.call(app.server);
      const connections = (): Promise<number> =>
        new Promise((resolve) => app.server.getConnections((error, count) => resolve(error === null ? count : 0)));
      for (let waited = 0; waited < DRAIN_MS && (await connections()) > 0; waited += DRAIN_LOOK_MS) {
        await delay(DRAIN_LOOK_MS);
        if (waited >= QUIET_MS) app.server.closeIdleConnections();
      }
    },
    async stop() {
      clearInterval(tidying);
      clearInterval(reminders);
      stopping.abort();
      // A switch that was asked for here comes to its end first; its database must not be closed under it.
      await stopAll(
        [() => options.move?.stop(), () => options.state?.stop()],
        [
          async () => {
            const late = setTimeout(() => app.server.closeAllConnections(), STOP_MS);
            await app.close().finally(() => clearTimeout(late));
          },
        ],
        [
          async () => {
            // It ends with its unit of work; one that waits for somebody's lock is not waited for.
            const waited = new AbortController();
            await Promise.race([
              Promise.all([upkeep, reminding]),
              delay(UPKEEP_MS, undefined, { signal: waited.signal }).catch(() => {}),
            ]);
            waited.abort();
          },
        ],
        [() => database.close()],
      );
    },
  };
}

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE'
        ? 'another program listens there'
        : code === 'EACCES'
          ? 'ports below 1024 need special rights'
          : code === 'EADDRNOTAVAIL'
            ? 'this machine has no such address'
            : String((error as Error).message);
    throw new FlashcaseError('FC_SETTINGS_INVALID', {
      what: `FlashCase cannot listen on ${host}:${port}.`,
      why,
      hint: 'Set HOST or PORT, or stop the other program.',
      cause: error,
    });
  }
  const address = app.server.address() as { port: number };
  return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

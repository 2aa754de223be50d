import type { Database } from '../../db/database.ts';
import type { Settings } from '../../db/settings.ts';
import { beat } from '../../ops/physical/server.ts';
import { ARCHIVE_SECONDS } from '../../ops/physical/setup.ts';

/** One that takes longer is given up: a cut network would say nothing for a quarter of an hour. */
const BEAT_MS = 5000;

/**
 * Commits a transaction that changes nothing every minute, where physical backups of PostgreSQL are kept: so an idle server's log goes to the archive too, and each moment has something behind it to stop at, also when the server is lost later.
 * A beat that fails is the next one's matter: the age of the archive is a metric.
 */
export function keepBeating(
  { backup: { physical } }: Pick<Settings, 'backup'>,
  database: Pick<Database, 'engine'>,
  everyMs = ARCHIVE_SECONDS * 1000,
): { stop(): Promise<void> } {
  if (physical === undefined) return { stop: async () => {} };
  const stopping = new AbortController();
  let beating: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (beating !== undefined || database.engine.capabilities.isLocalFile) return;
    beating = database.engine
      .dedicated(
        async (connection) => {
          await beat(connection);
        },
        AbortSignal.any([stopping.signal, AbortSignal.timeout(BEAT_MS)]),
      )
      .catch(() => {})
      .then(() => {
        beating = undefined;
      });
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      // It changes nothing: broken off it is one beat less.
      stopping.abort();
      await beating;
    },
  };
}

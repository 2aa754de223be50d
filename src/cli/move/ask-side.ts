import type { Clock } from '../../db/clock.ts';
import { type Database, openDatabase } from '../../db/database.ts';
import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { buildApp } from '../../http/app.ts';
import type { Answer } from '../../move/answers/difference.ts';

/** A read of the API. */
export interface ApiRead {
  /** Path and query. */
  readonly url: string;
  /** Of who asks; nobody is logged in without. */
  readonly token: string | undefined;
}

/** One side of a move, asked what users ask. */
export interface AskedSide {
  ask(read: ApiRead): Promise<Answer>;
  /** The API's own description: which reads there are. */
  description(): Record<string, unknown>;
  close(): Promise<void>;
}

/** A route that writes when it is read would change what is compared. */
const readOnly = (database: Database): Database => ({
  ...database,
  write: () => Promise.reject(new FlashcaseError('FC_INTERNAL', { what: 'A read that is compared must not write.' })),
});

/**
 * The application over one side of a move, without the network between. It cannot write.
 * @param clock what is due depends on it: both sides are given the same.
 */
export async function askSide(settings: Settings, clock: Clock): Promise<AskedSide> {
  // One connection is enough: one read is compared at a time.
  const database = openDatabase({ ...settings, poolSize: 1, maxOverflow: 0 }, clock, undefined, true);
  const app = await buildApp({ database: readOnly(database), settings, hasLog: false });
  await app.ready();
  return {
    async ask({ url, token }) {
      const { statusCode, body, headers } = await app.inject({
        method: 'GET',
        url,
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      });
      const next = headers['x-next-after'];
      return { status: statusCode, body, headers: next === undefined ? {} : { 'X-Next-After': String(next) } };
    },
    description: () => app.swagger() as unknown as Record<string, unknown>,
    async close() {
      await app.close();
      await database.close();
    },
  };
}

import { parentPort, workerData } from 'node:worker_threads';
import type { Settings } from '../../db/settings.ts';
import { type ErrorCode, type ErrorParts, FlashcaseError } from '../../errors/index.ts';
import type { DatabaseState, ServerState } from '../../ops/monitor/read-state.ts';
import { StateLooks } from './look-at-state.ts';

/**
 * A thread of the server that looks at its database. Not in the server's own: the sizes of an SQLite file's tables are read synchronously, page by page.
 */

/** What the thread says to each look it was asked for. */
export type StateReply =
  | { readonly state: DatabaseState }
  | { readonly failure: { readonly code: ErrorCode; readonly parts: ErrorParts } };

const port = parentPort as NonNullable<typeof parentPort>;
const looks = new StateLooks((workerData as { readonly settings: Settings }).settings);

port.on('message', (server: ServerState) => {
  looks.look(server).then(
    (state) => port.postMessage({ state } satisfies StateReply),
    (error: unknown) => {
      const { code, message, where, why, hint } =
        error instanceof FlashcaseError ? error : new FlashcaseError('FC_INTERNAL', { what: String(error), cause: error });
      const parts = Object.fromEntries(Object.entries({ where, why, hint }).filter(([, value]) => value !== undefined));
      port.postMessage({ failure: { code, parts: { what: message, ...parts } } } satisfies StateReply);
    },
  );
});

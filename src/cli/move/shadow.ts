import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { peerFileOf } from '../../db/peer.ts';
import type { SampledRead } from '../../http/sample-reads.ts';
import { shadowPercent } from '../../move/answers/answer-files.ts';
import type { ApiRead } from './ask-side.ts';

/** How often a server looks whether the shadow was set: a file, so a look costs nothing. */
const LOOK_MS = 1000;
/** Reads that wait to be compared; what comes beyond them is not taken: the shadow must never become the load. */
const WAITING = 20;

/** A thread that waits for a server that does not answer is ended after this long. */
const STOP_MS = 1000;

/** What the thread is told: a read to compare, or to end. */
export type ShadowOrder = ApiRead | 'stop';

/** What the thread says: a read is done, or a line for the log. */
export type ShadowReply = { readonly done: true } | { readonly tell: string };

/**
 * Asks both sides of a live move a share of what users of this server read, in a thread of its own, while `move shadow` says so.
 * @param fileOf the SQLite file of this installation, if there is one here: a move home makes one while the server runs.
 * @param tell a line for the log.
 */
export function keepShadowing(
  fileOf: () => string | undefined,
  tell: (line: string) => void,
): SampledRead & { stop(): Promise<void> } {
  let worker: Worker | undefined;
  let percent = 0;
  let waiting = 0;
  const end = async (): Promise<void> => {
    const ending = worker;
    worker = undefined;
    waiting = 0;
    if (ending === undefined) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.postMessage('stop' satisfies ShadowOrder);
    const late = setTimeout(() => void ending.terminate(), STOP_MS);
    await ended;
    clearTimeout(late);
  };
  const begin = (file: string): void => {
    // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const begun = new Worker(new URL(`./shadow-worker.${ending}`, import.meta.url), { workerData: { sqliteFile: file } });
    worker = begun;
    begun.unref();
    begun.on('message', (reply: ShadowReply) => {
      if ('tell' in reply) tell(reply.tell);
      else waiting--;
    });
    begun.on('error', (error) => tell(`The thread that compares answers ended: ${String(error)}`));
    begun.on('exit', () => {
      if (worker !== begun) return;
      worker = undefined;
      waiting = 0;
    });
  };
  const look = (): void => {
    const sqliteFile = fileOf();
    const isInMove = sqliteFile !== undefined && existsSync(sqliteFile) && existsSync(peerFileOf(sqliteFile));
    percent = isInMove ? shadowPercent(sqliteFile) : 0;
    if (percent === 0) void end();
    else if (worker === undefined) begin(sqliteFile as string);
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return {
    get percent() {
      return percent;
    },
    take(url, token) {
      if (worker === undefined || waiting >= WAITING) return;
      waiting++;
      worker.postMessage({ url, token } satisfies ShadowOrder);
    },
    async stop() {
      clearInterval(timer);
      percent = 0;
      await end();
    },
  };
}

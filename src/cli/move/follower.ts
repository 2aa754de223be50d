import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { peerFileOf } from '../../db/peer.ts';
import { endThread } from '../end-thread.ts';

/** How often a server looks whether a move began or ended: a file beside the database, so a look costs nothing. */
const LOOK_MS = 1000;
/** A thread that ended by itself found no move to follow, or could not go on: it is started again after this long. */
const REST_MS = 5000;

/**
 * Carries the changes of a live move in a thread of this process, from the moment there is a move to its end.
 * @param fileOf the SQLite file of this installation, if there is one here: a move home makes one while the server runs.
 * @param tell a line for the log.
 */
export function keepFollowing(fileOf: () => string | undefined, tell: (line: string) => void): { stop(): Promise<void> } {
  let worker: Worker | undefined;
  let isStopped = false;
  let restsUntil = 0;
  const look = (): void => {
    const sqliteFile = fileOf();
    if (
      worker !== undefined ||
      isStopped ||
      performance.now() < restsUntil ||
      sqliteFile === undefined ||
      !existsSync(sqliteFile) ||
      !existsSync(peerFileOf(sqliteFile))
    )
      return;
    // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const started = new Worker(new URL(`./follow-worker.${ending}`, import.meta.url), { workerData: { sqliteFile } });
    worker = started;
    started.on('message', (text: string) => tell(text));
    started.on('error', (error) => tell(`The thread that carries the changes of the move ended: ${String(error)}`));
    started.on('exit', () => {
      worker = undefined;
      restsUntil = performance.now() + REST_MS;
    });
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  look();
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      if (worker !== undefined) await endThread(worker);
    },
  };
}

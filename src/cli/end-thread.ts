import type { Worker } from 'node:worker_threads';

/** One that hangs, as on a half-open connection, is ended after this long. */
const STOP_MS = 3000;

/** Asks a thread to stop, and ends it when it does not: what it had not committed is the next one's. */
export async function endThread(worker: Worker): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage('stop');
  const late = setTimeout(() => void worker.terminate(), STOP_MS);
  await ended;
  clearTimeout(late);
}

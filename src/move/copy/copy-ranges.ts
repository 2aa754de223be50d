import { Worker } from 'node:worker_threads';
import { FlashcaseError } from '../../errors/index.ts';
import type { RowRange } from '../target/bookkeeping.ts';
import type { CopyJob, WorkerMessage, WorkerOrder } from './copy-job.ts';
import type { CopiedRange } from './copy-range.ts';

/** Two threads, two connections: more did not help on the machines measured (facts/move-speed 3). */
const WORKERS = 2;

export interface CopyProgress {
  onRows(rows: number): void;
  /** A table is read by SQL, slower; why, as half a sentence. Told once by each worker. */
  onFallback(table: string, why: string): void;
  onRange(range: RowRange, copied: CopiedRange): void;
}

/** One worker: takes ranges from the shared queue until it is empty; any failure ends all of them. */
function runWorker(job: CopyJob, queue: RowRange[], progress: CopyProgress, started: Set<Worker>): Promise<void> {
  // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
  const file = new URL(import.meta.url.endsWith('.ts') ? './copy-worker.ts' : './copy-worker.js', import.meta.url);
  const worker = new Worker(file, { workerData: job });
  started.add(worker);
  const order = (message: WorkerOrder): void => worker.postMessage(message);
  const next = (): void => {
    const range = queue.shift();
    order(range === undefined ? { kind: 'stop' } : { kind: 'copy', range });
  };
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'ready':
          return next();
        case 'rows':
          return progress.onRows(message.rows);
        case 'fallback':
          return progress.onFallback(message.table, message.why);
        case 'copied':
          progress.onRange(message.range, message.copied);
          return next();
        case 'failed':
          return reject(new FlashcaseError(message.code, message.parts));
        case 'stopped':
          return resolve();
      }
    });
    worker.on('error', (error) => reject(error));
    worker.on('exit', (code) => {
      started.delete(worker);
      if (code !== 0)
        reject(
          new FlashcaseError('FC_MOVE_FAILED', {
            what: 'A copy worker ended unexpectedly.',
            hint: 'Run the same command again: it goes on from its last checkpoint.',
          }),
        );
    });
  });
}

/** Copies the ranges, largest tables first, over two connections. Throws the first failure after all workers ended. */
export async function copyRanges(job: CopyJob, ranges: readonly RowRange[], progress: CopyProgress): Promise<void> {
  if (ranges.length === 0) return;
  const queue = [...ranges];
  const started = new Set<Worker>();
  const workers = Array.from({ length: Math.min(WORKERS, ranges.length) }, () =>
    runWorker(job, queue, progress, started).catch((error: unknown) => {
      queue.length = 0;
      throw error;
    }),
  );
  const results = await Promise.allSettled(workers);
  await Promise.all([...started].map((worker) => worker.terminate()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

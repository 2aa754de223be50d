import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { openSource } from '../source/snapshot.ts';
import { beginNow } from './begin-now.ts';
import { type DigestedPiece, type DigestPiece, digestPiece } from './digest-rows.ts';
import type { DigestOrder } from './digest-worker.ts';

/** As many as read for the copy: the server digests its side at the same time. */
const THREADS = 2;
/** A smaller file is read faster than threads start. */
const BYTES_WORTH_THREADS = 32_000_000;
/** Tries to begin everywhere between two commits of others, which takes about a millisecond. */
const TRIES = 20;

/** How rows of the source are digested. */
export interface DigestReaders {
  readonly digestPiece: DigestPiece;
  /** How many pieces may be digested at once. */
  readonly readers: number;
}

/** Digests by this connection alone, in whatever transaction it is. */
export const readersOf = (db: DatabaseSync): DigestReaders => ({ digestPiece: (piece) => digestPiece(db, piece), readers: 1 });

/** A number that changes when others commit. */
const versionOf = (db: DatabaseSync): unknown => db.prepare('PRAGMA data_version').get()?.data_version;

/** One order at a time; fails when the thread does. */
async function ask(worker: Worker, order: DigestOrder): Promise<unknown> {
  const answered = once(worker, 'message');
  worker.postMessage(order);
  return (await answered)[0];
}

/** Begins everywhere at the same moment; false when others commit too often for that. */
async function beginTogether(db: DatabaseSync, witness: DatabaseSync, workers: readonly Worker[]): Promise<boolean> {
  for (let left = TRIES; left > 0; left--) {
    const before = versionOf(witness);
    beginNow(db);
    await Promise.all(workers.map((worker) => ask(worker, 'begin')));
    if (versionOf(witness) === before) return true;
  }
  return false;
}

/** One thread, one connection, one piece at a time. */
function shared(workers: readonly Worker[]): DigestReaders {
  const free = [...workers];
  return {
    readers: workers.length,
    async digestPiece(piece) {
      const worker = free.pop() as Worker;
      try {
        return (await ask(worker, piece)) as DigestedPiece;
      } finally {
        free.push(worker);
      }
    },
  };
}

/**
 * Begins a read transaction on `db` and works with readers that see the same moment: threads; or `db` alone where the file is small, or
 * written so often that no two connections would see the same.
 * @param db open on `file`.
 */
export async function withReaders<T>(db: DatabaseSync, file: string, work: (readers: DigestReaders) => Promise<T>): Promise<T> {
  if (statSync(file).size < BYTES_WORTH_THREADS) {
    beginNow(db);
    return work(readersOf(db));
  }
  const witness = openSource(file);
  // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
  const url = new URL(import.meta.url.endsWith('.ts') ? './digest-worker.ts' : './digest-worker.js', import.meta.url);
  const workers = Array.from({ length: THREADS }, () => new Worker(url, { workerData: file }));
  try {
    return await work((await beginTogether(db, witness, workers)) ? shared(workers) : readersOf(db));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
    witness.close();
  }
}

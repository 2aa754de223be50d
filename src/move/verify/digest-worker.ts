import { parentPort, workerData } from 'node:worker_threads';
import { openSource } from '../source/snapshot.ts';
import { beginNow } from './begin-now.ts';
import { digestPiece, type Piece } from './digest-rows.ts';

/** A thread that digests pieces of the file in `workerData`, all as they were when it was last told to begin. */
export type DigestOrder = 'begin' | Piece;

const port = parentPort as NonNullable<typeof parentPort>;
const db = openSource(workerData as string);
port.on('message', (order: DigestOrder) => {
  if (order !== 'begin') return port.postMessage(digestPiece(db, order));
  beginNow(db);
  port.postMessage('begun');
});

import { parentPort, workerData } from 'node:worker_threads';
import { readPeer } from '../../db/peer.ts';
import { follow } from '../../move/live/follow.ts';
import { liveOptions } from './live-options.ts';

/** A thread of the server: keeps the side that follows level, so that no request waits for it. Ends when the move is over or the server says so. */

const port = parentPort as NonNullable<typeof parentPort>;
const { sqliteFile } = workerData as { readonly sqliteFile: string };
const stop = new AbortController();
port.on('message', () => stop.abort());

const peer = readPeer(sqliteFile);
if (peer !== undefined) {
  await follow(liveOptions(sqliteFile, peer.directUrl ?? peer.postgresUrl), stop.signal, {
    onPhase: (text) => port.postMessage(text),
    onTrouble: (error) => port.postMessage(`${error.code} ${error.message}`),
  });
}
port.close();

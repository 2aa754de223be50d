import { parentPort } from 'node:worker_threads';
import type { WorkerMessage, WorkerOrder } from './worker-orders.ts';
import { WorkerTasks } from './worker-tasks.ts';

/** A worker thread: carries out its orders in turn. */

const port = parentPort as NonNullable<typeof parentPort>;
const say = (message: WorkerMessage): void => port.postMessage(message);
const tasks = new WorkerTasks(say);
let last = Promise.resolve();
port.on('message', (order: WorkerOrder) => {
  last = last.then(() => tasks.carryOut(order));
});
say({ kind: 'ready' });

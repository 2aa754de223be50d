import { Worker } from 'node:worker_threads';
import { FlashcaseError } from '../../errors/index.ts';
import type { Pace } from '../move-options.ts';
import type { WorkerMessage, WorkerOrder } from './worker-orders.ts';
import { WorkerTasks } from './worker-tasks.ts';

/** Two threads, two connections: more did not help on the machines measured (facts/move-speed 3). */
const THREADS = 2;
/** A smaller file is read faster than two threads start. */
const BYTES_WORTH_THREADS = 8_000_000;

type OnMessage = (message: WorkerMessage) => void;

interface Member {
  send(order: WorkerOrder): void;
  /** Who hears what it says, while it carries out an order. */
  listener: OnMessage | undefined;
  /** Set when it can carry out no more orders. */
  failure: unknown;
  stop(): Promise<unknown>;
}

function thread(): Member {
  // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
  const worker = new Worker(new URL(import.meta.url.endsWith('.ts') ? './move-worker.ts' : './move-worker.js', import.meta.url));
  const member: Member = {
    send: (order) => worker.postMessage(order),
    listener: undefined,
    failure: undefined,
    stop: () => worker.terminate(),
  };
  const fail = (error: unknown): void => {
    member.failure = error;
    const parts = {
      what: 'A worker of the move ended unexpectedly.',
      why: String(error),
      hint: 'Run the same command again: it goes on from its last checkpoint.',
    };
    member.listener?.({ kind: 'failed', code: 'FC_MOVE_FAILED', parts });
  };
  worker.on('message', (message: WorkerMessage) => member.listener?.(message));
  worker.on('error', fail);
  worker.on('exit', (code) => {
    if (code !== 0) fail(`exit code ${code}`);
  });
  return member;
}

function inThisThread(): Member {
  const member: Member = {
    send: (order) => void tasks.carryOut(order),
    listener: undefined,
    failure: undefined,
    stop: async () => {},
  };
  const tasks = new WorkerTasks((message) => member.listener?.(message));
  return member;
}

/** Sends one order and waits until it is carried out; throws what failed. */
function order(member: Member, what: WorkerOrder, onMessage: OnMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (member.failure !== undefined) return reject(member.failure);
    member.listener = (message) => {
      if (message.kind === 'finished') resolve();
      else if (message.kind === 'failed') reject(new FlashcaseError(message.code, message.parts));
      else onMessage(message);
    };
    member.send(what);
  });
}

/** The workers of one move. Started early, they are there when the first rows are to be judged. */
export class WorkerPool {
  readonly #members: readonly Member[];

  /** @param sourceBytes size of the file to be read. */
  constructor(sourceBytes: number) {
    this.#members = sourceBytes < BYTES_WORTH_THREADS ? [inThisThread()] : Array.from({ length: THREADS }, thread);
  }

  /** Gives every worker the same order. */
  async all(what: WorkerOrder): Promise<void> {
    await Promise.all(this.#members.map((member) => order(member, what, () => {})));
  }

  /**
   * Gives orders to whichever worker is free, in turn. After the first failure no more are begun; it is thrown when all have ended.
   * @param pace waited for by each worker between two orders.
   */
  async share(orders: readonly WorkerOrder[], onMessage: OnMessage, pace?: Pace): Promise<void> {
    const queue = [...orders];
    const lanes = this.#members.map(async (member) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        try {
          const began = performance.now();
          await order(member, next, onMessage);
          if (queue.length > 0) await pace?.(performance.now() - began);
        } catch (error) {
          queue.length = 0;
          throw error;
        }
      }
    });
    const failed = (await Promise.allSettled(lanes)).find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Closes what the workers have open, and ends them. Never throws: it runs after failures too. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#members.map((member) => order(member, { kind: 'close' }, () => {})));
    await Promise.allSettled(this.#members.map((member) => member.stop()));
  }
}

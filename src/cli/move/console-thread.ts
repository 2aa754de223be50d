import { Worker } from 'node:worker_threads';
import { FlashcaseError } from '../../errors/index.ts';
import type { Doing, Order, Reply } from './console-orders.ts';

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: FlashcaseError): void;
}

/** A thread of the console (`console-worker.ts`). Its caller gives it one order at a time. */
export class ConsoleThread {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  #isGone = false;

  constructor(sqliteFile: string, onDoing: (doing: Doing) => void = () => {}) {
    // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./console-worker.${ending}`, import.meta.url), { workerData: { sqliteFile } });
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => {
      if ('doing' in reply) onDoing(reply.doing);
      else if ('answer' in reply) this.#end((waiting) => waiting.resolve(reply.answer));
      else this.#end((waiting) => waiting.reject(new FlashcaseError(reply.failure.code, reply.failure.parts)));
    });
    this.#worker.on('error', (error) => this.#lost(String(error)));
    this.#worker.on('exit', () => this.#lost('The server stops.'));
  }

  /** True when it takes no orders any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Throws what the order threw, and `FC_MOVE_FAILED` when the thread ended before its answer. */
  give<T>(order: Order): Promise<T> {
    if (this.#isGone) return Promise.reject(goneError('The server stops.'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting = { resolve: resolve as (answer: unknown) => void, reject };
      this.#worker.postMessage(order);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #lost(why: string): void {
    this.#isGone = true;
    this.#end((waiting) => waiting.reject(goneError(why)));
  }

  #end(tell: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) tell(waiting);
  }
}

const goneError = (why: string): FlashcaseError =>
  new FlashcaseError('FC_MOVE_FAILED', {
    what: 'The thread that worked on the move ended before it had done so.',
    why,
    hint: 'Nothing is lost: flashcase move status says where the move stands.',
  });

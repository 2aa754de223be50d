import { Worker } from 'node:worker_threads';
import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { DatabaseState, ServerState } from '../../ops/monitor/read-state.ts';
import type { StateConsole } from '../../services/state-console.ts';
import type { StateReply } from './state-worker.ts';

/** However many look at the page, the database is looked at this often. */
const FRESH_MS = 3000;
/** A thread nobody looks through is ended, with its connection. */
const IDLE_MS = 30_000;

/** The state of the database for the page, looked at in a thread of its own. */
export function openStateConsole(settings: Settings): StateConsole {
  let worker: Worker | undefined;
  let waiting: { resolve(state: DatabaseState): void; reject(error: unknown): void } | undefined;
  let looking: Promise<DatabaseState> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let idle: NodeJS.Timeout | undefined;
  const lost = (why: string): void => {
    worker = undefined;
    waiting?.reject(
      new FlashcaseError('FC_DB_UNREACHABLE', {
        what: 'The look at the database ended before it was done.',
        why,
        hint: 'Look again in a moment.',
      }),
    );
    waiting = undefined;
  };
  const open = (): Worker => {
    // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const opened = new Worker(new URL(`./state-worker.${ending}`, import.meta.url), { workerData: { settings } });
    opened.unref();
    opened.on('message', (reply: StateReply) => {
      if ('state' in reply) waiting?.resolve(reply.state);
      else waiting?.reject(new FlashcaseError(reply.failure.code, reply.failure.parts));
      waiting = undefined;
    });
    opened.on('error', (error) => lost(String(error)));
    opened.on('exit', () => {
      if (worker === opened) lost('The server stops.');
    });
    return opened;
  };
  const begin = (server: ServerState): Promise<DatabaseState> => {
    clearTimeout(idle);
    worker ??= open();
    const asked = worker;
    const look = new Promise<DatabaseState>((resolve, reject) => {
      waiting = { resolve, reject };
      asked.postMessage(server);
    });
    const over = (): void => {
      looking = undefined;
      lookedAt = performance.now();
      idle = setTimeout(() => {
        worker = undefined;
        void asked.terminate();
      }, IDLE_MS);
      idle.unref();
    };
    look.then(over, over);
    return look;
  };
  let last: DatabaseState | undefined;
  return {
    async look(server) {
      if (looking === undefined && last !== undefined && performance.now() - lookedAt < FRESH_MS) return last;
      looking ??= begin(server);
      last = await looking;
      return last;
    },
    async stop() {
      clearTimeout(idle);
      await worker?.terminate();
    },
  };
}

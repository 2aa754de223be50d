import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** What goes on after its request was answered. */
    underway: Set<Promise<void>>;
    /** Aborted when the server stops: what can be gone on with later ends then. */
    stopping: AbortSignal;
  }
}

/** Before routes: what still goes on is waited for when the server stops. */
export function keepLaterWork(app: FastifyInstance): void {
  app.decorate('underway', new Set<Promise<void>>());
  const stopping = new AbortController();
  app.decorate('stopping', stopping.signal);
  app.addHook('preClose', async () => stopping.abort());
  app.addHook('onClose', async () => void (await Promise.all(app.underway)));
}

/** Does something after the answer, which so waits for nothing of it and tells nothing of it. @param onFailure told why it failed */
export function laterWork(app: FastifyInstance, work: () => Promise<void>, onFailure: (error: unknown) => void): void {
  const going: Promise<void> = work()
    .catch(onFailure)
    .finally(() => app.underway.delete(going));
  app.underway.add(going);
}

import { FlashcaseError } from '../errors/index.ts';

interface Turns {
  /** Works that run at once. */
  readonly concurrent: number;
  /** Beyond this many waiting, the next is told to come back: a long queue helps nobody. */
  readonly mostWaiting: number;
  /** What the one who is told to come back reads. */
  readonly whenFull: string;
}

/** Runs costly works a few at a time, in the order they came. What it gives throws `FC_RATE_LIMITED` when too many wait. */
export function takingTurns({ concurrent, mostWaiting, whenFull }: Turns): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < concurrent) running++;
    else {
      if (waiting.length >= mostWaiting)
        throw new FlashcaseError('FC_RATE_LIMITED', { what: whenFull, details: { retryAfterSeconds: 5 } });
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      // The place is handed to who waits longest; only when nobody waits it becomes free.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

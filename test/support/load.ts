import type { Journal } from './journal.ts';

export { seededRandom } from '../../src/ops/bench/seeded-random.ts';

/** The seed of this run: `FLASHCASE_SEED` replays a failed one. Print it with `context.diagnostic`. */
export function chooseSeed(): number {
  return Number(process.env.FLASHCASE_SEED ?? Date.now() % 1_000_000_000);
}

/** Rounds of a long test, by `FLASHCASE_ROUNDS`. */
export function chooseRounds(fallback: number): number {
  return Number(process.env.FLASHCASE_ROUNDS ?? fallback);
}

/** What one request came to. A lost answer is a rejection of `submit`, never an outcome. */
export type Answer = { readonly outcome: 'ok'; readonly answer: unknown } | { readonly outcome: 'fail'; readonly code: string };

export interface Request {
  readonly key: string;
  readonly content: unknown;
}

export interface Load {
  readonly clients: number;
  readonly journal: Journal;
  /** The next request of a client; its key is never used again. `undefined` ends the client. */
  next(client: number, turn: number): Request | undefined;
  submit(request: Request, client: number): Promise<Answer>;
}

export interface LoadCounts {
  ok: number;
  fail: number;
  unknown: number;
}

/**
 * Runs the clients side by side, each sending its next request when it has the answer to its last one, until the signal or until each
 * has ended. Every step is in the journal before the next is taken. A client whose answer was lost goes on while the load runs.
 */
export async function runLoad(load: Load, signal: AbortSignal): Promise<LoadCounts> {
  const counts: LoadCounts = { ok: 0, fail: 0, unknown: 0 };
  const client = async (number: number): Promise<void> => {
    for (let turn = 0; !signal.aborted; turn++) {
      const request = load.next(number, turn);
      if (request === undefined) return;
      await load.journal.sent(request.key, request.content);
      if (signal.aborted) {
        counts.unknown++;
        return;
      }
      const answer = await load.submit(request, number).catch(() => undefined);
      if (answer === undefined) {
        counts.unknown++;
        // The server is away: a moment's pause, or thousands of requests would be refused before it is back.
        await new Promise((resolve) => setTimeout(resolve, 20));
      } else if (answer.outcome === 'ok') {
        counts.ok++;
        await load.journal.ok(request.key, answer.answer);
      } else {
        counts.fail++;
        await load.journal.fail(request.key, answer.code);
      }
    }
  };
  await Promise.all(Array.from({ length: load.clients }, (_, number) => client(number)));
  return counts;
}

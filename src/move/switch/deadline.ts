import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { cutOff, type PostgresConnection } from '../../engine/postgres/connection.ts';
import { FlashcaseError } from '../../errors/index.ts';

/** Between two questions whether PostgreSQL is still there. */
const ASK_MS = 1000;

const end = (postgres: Connection): void => cutOff((postgres as PostgresConnection).client);

/**
 * Runs work on a connection that is cut off after a time: a network may be gone and tell nobody, and a statement cannot be asked to stop. Throws
 * `FC_DB_UNREACHABLE` then.
 */
export async function cutOffAfter<T>(ms: number, postgres: Connection, work: () => Promise<T>): Promise<T> {
  let isCut = false;
  const late = setTimeout(() => {
    isCut = true;
    end(postgres);
  }, ms);
  try {
    return await work();
  } catch (error) {
    if (!isCut) throw error;
    throw new FlashcaseError('FC_DB_UNREACHABLE', {
      what: `PostgreSQL did not answer within ${ms} ms.`,
      hint: 'Look at the server and the network to it, then run the command again.',
      cause: error,
    });
  } finally {
    clearTimeout(late);
  }
}

/** The sentence about a PostgreSQL that says nothing. */
export const silentFor = (ms: number): string => `PostgreSQL has not answered for ${Math.round(ms / 1000)} s.`;

/**
 * Runs work that may rightly take long on other connections, while PostgreSQL answers a simple question on this one. Throws the error made for it when it
 * falls silent, and the error of this connection when that is lost.
 * @param silentMs how long an answer is waited for.
 * @param silence makes the error of a PostgreSQL that was silent for so many milliseconds.
 * @param work is to end when its signal is aborted.
 */
export async function whileAnswering<T>(
  postgres: Connection,
  silentMs: number,
  silence: (ms: number) => FlashcaseError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const silent = new AbortController();
  const done = new AbortController();
  const ask = async (): Promise<void> => {
    let isAnswered = false;
    // A turn of the loop more: this thread may have been busy while the answer came.
    const late = setTimeout(() => {
      setImmediate(() => {
        if (isAnswered) return;
        silent.abort(silence(silentMs));
        end(postgres);
      });
    }, silentMs);
    try {
      await postgres.query('SELECT 1 AS m_one');
    } catch (error) {
      silent.abort(error);
    } finally {
      isAnswered = true;
      clearTimeout(late);
    }
  };
  const watch = async (): Promise<void> => {
    while (!done.signal.aborted && !silent.signal.aborted) {
      await ask();
      await delay(ASK_MS, undefined, { signal: done.signal }).catch(() => {});
    }
  };
  const watching = watch();
  let value: T;
  try {
    value = await work(silent.signal);
  } catch (error) {
    silent.signal.throwIfAborted();
    throw error;
  } finally {
    done.abort();
    await watching;
  }
  // It may have fallen silent just as the work was done.
  silent.signal.throwIfAborted();
  return value;
}

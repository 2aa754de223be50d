import { ApiError } from './client.ts';

/** A connection that is silent for longer counts as none where something is kept: a dead one may stay silent for minutes. */
const PATIENCE_MS = 4000;

/** Asks the server; where it does not answer, gives what is kept in this browser. Throws what the server says when nothing is. */
export async function orKept<T>(ask: () => Promise<T>, read: () => Promise<T | undefined>): Promise<T> {
  const asked = ask();
  let timer: number | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = window.setTimeout(resolve, PATIENCE_MS);
  });
  try {
    const answer = await Promise.race([asked.then((value) => ({ value })), silence]);
    if (answer !== undefined) return answer.value;
  } catch (error) {
    const kept = error instanceof ApiError && error.isTransient ? await read() : undefined;
    if (kept === undefined) throw error;
    return kept;
  } finally {
    clearTimeout(timer);
  }
  const kept = await read();
  // What comes later is too late: a round must not change under the hands of its reader.
  if (kept !== undefined) asked.catch(() => undefined);
  return kept ?? asked;
}

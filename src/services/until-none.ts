import type { Purged } from '../db/stores/purge.ts';

/** Does a small piece of work until one of them finds nothing. Returns what was removed in all. @param stopping what is left is removed another time */
export async function untilNone(some: () => Promise<number>, stopping?: AbortSignal): Promise<number> {
  let total = 0;
  while (stopping?.aborted !== true) {
    const removed = await some();
    if (removed === 0) break;
    total += removed;
  }
  return total;
}

/** Goes through pages, each in a piece of work of its own: one may remove nothing, and the next one much. Returns what was removed in all. */
export async function pageByPage(page: (after: bigint | undefined) => Promise<Purged>, stopping?: AbortSignal): Promise<number> {
  let total = 0;
  let after: bigint | undefined;
  while (stopping?.aborted !== true) {
    const purged = await page(after);
    total += purged.removed;
    after = purged.after;
    if (after === undefined) break;
  }
  return total;
}

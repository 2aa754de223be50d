import { ofTab } from '../lib/storage.ts';
import { takeBack } from './changes.ts';
import { outbox, ownerOfOutbox, undoReview } from './outbox.ts';

/** How something done while studying is taken back: an answer by its key, a mark by the server's name for it. */
export interface Way {
  readonly kind: 'answer' | 'mark';
  readonly cardId: number;
  /** The card's own deck. */
  readonly deckId: number;
  readonly key: string;
}

/** In this tab, over a reload; by the deck that is studied. */
const keyOf = (deckId: number): string => `flashcase.study-undo.${ownerOfOutbox()}.${deckId}`;

export function readWays(deckId: number): Way[] {
  try {
    const ways = JSON.parse(ofTab.read(keyOf(deckId)) ?? '[]') as (Omit<Way, 'deckId'> & Partial<Way>)[];
    // An older page, in this tab before a reload, knew one deck only.
    return ways.map((way) => ({ ...way, deckId: way.deckId ?? deckId }));
  } catch {
    return [];
  }
}

export function keepWays(deckId: number, ways: readonly Way[]): void {
  ofTab.write(
    keyOf(deckId),
    JSON.stringify(ways.map(({ kind, cardId, deckId: own, key }) => ({ kind, cardId, deckId: own, key }))),
  );
}

/** Takes back what was done. A mark needs a connection (`ApiError`); of an answer it gives the key by which that is sent, if it is. */
export async function follow({ kind, cardId, deckId, key }: Way): Promise<string | undefined> {
  if (kind === 'answer') return undoReview({ cardId, deckId, key });
  await takeBack(key);
  return undefined;
}

/** A connection may stay silent much longer before it counts as lost. */
const PATIENCE_MS = 3000;

const isWaiting = (key: string): boolean => outbox.get().waiting.some((entry) => entry.key === key);

/** Waits until the server has what is sent by a key, whatever else waits. */
export function whenSent(key: string): Promise<void> {
  return until(() => !isWaiting(key));
}

/** The same for who stands and waits: false as soon as the connection is found to be away, or is silent for seconds. */
export async function isSentSoon(key: string): Promise<boolean> {
  await Promise.race([
    until(() => !isWaiting(key) || outbox.get().isDelayed),
    new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)),
  ]);
  return !isWaiting(key);
}

function until(isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (isSo()) return resolve();
    const stop = outbox.subscribe(() => {
      if (!isSo()) return;
      stop();
      resolve();
    });
  });
}

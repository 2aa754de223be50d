import { ofTab } from '../lib/storage.ts';
import { takeBack } from './changes.ts';
import { outbox, ownerOfOutbox, undoReview } from './outbox.ts';

/** How something done while studying is taken back: an answer by its key, a mark by the server's name for it. */
export interface Way {
  readonly kind: 'answer' | 'mark';
  readonly cardId: number;
  readonly key: string;
}

/** In this tab, over a reload. */
const keyOf = (deckId: number): string => `flashcase.study-undo.${ownerOfOutbox()}.${deckId}`;

export function readWays(deckId: number): Way[] {
  try {
    return JSON.parse(ofTab.read(keyOf(deckId)) ?? '[]') as Way[];
  } catch {
    return [];
  }
}

export function keepWays(deckId: number, ways: readonly Way[]): void {
  ofTab.write(keyOf(deckId), JSON.stringify(ways.map(({ kind, cardId, key }) => ({ kind, cardId, key }))));
}

/** Takes back what was done. An answer needs no connection, a mark does (`ApiError`). */
export async function follow(deckId: number, { kind, cardId, key }: Way): Promise<void> {
  if (kind === 'answer') undoReview({ cardId, deckId, key });
  else await takeBack(key);
}

/** Waits until the server has everything. */
export function whenSent(): Promise<void> {
  return new Promise((resolve) => {
    const look = (): boolean => outbox.get().waiting.length === 0;
    if (look()) return resolve();
    const stop = outbox.subscribe(() => {
      if (!look()) return;
      stop();
      resolve();
    });
  });
}

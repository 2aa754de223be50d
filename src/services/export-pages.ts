import type { VisibleDeck } from '../db/stores/decks.ts';

const PAGE = 1000;

/** Rows of a deck that is exported. */
export interface PageOf<T> {
  readonly rows: readonly T[];
  /** The number of its first row in the export, from 1. */
  readonly first: number;
  /** Where its deck stands among those of the export. */
  readonly deck: number;
}

/** Deck after deck, pages by id. */
export async function* pagesOf<T extends { readonly id: bigint }>(
  decks: readonly VisibleDeck[],
  list: (deckId: bigint, page: { after: bigint | undefined; limit: number }) => Promise<readonly T[]>,
): AsyncGenerator<PageOf<T>> {
  let first = 1;
  for (const [deck, { id }] of decks.entries()) {
    let rows: readonly T[] = [];
    let after: bigint | undefined;
    do {
      rows = await list(id, { after, limit: PAGE });
      if (rows.length > 0) yield { rows, first, deck };
      first += rows.length;
      after = rows.at(-1)?.id;
    } while (rows.length === PAGE);
  }
}

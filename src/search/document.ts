import { fold, tokenOf, wordsOf } from './words.ts';

/** Where a word stands: the first letter of its token. */
export const PLACES = { deck: 'd', tag: 't', front: 'f', back: 'b', note: 'n' } as const;
/** Stands where a word stands too often to be noted once more; nobody asks for it. */
const FILLER = 'x';

/** Words of one card, how often each, and characters in all, at most: PostgreSQL notes no more places than that. */
const MAX_WORDS = 8000;
const MAX_TIMES = 200;
const MAX_CHARACTERS = 400_000;

export interface SearchedCard {
  readonly deckId: bigint;
  readonly front: string;
  readonly back: string;
  /** Of its note. */
  readonly tags: readonly string[];
  /** What its note says beside, and no side of the card shows. */
  readonly note: readonly string[];
}

export const deckToken = (deckId: bigint): string => PLACES.deck + String(deckId);

/** A tag as it is compared. */
export const tagToken = (tag: string): string => PLACES.tag + tokenOf([...fold(tag)].slice(0, 100).join(''));

/** A tag and those above it: `law::torts` is found by `law` too. */
function tagTokens(tag: string): string[] {
  const parts = tag.split('::');
  return parts.map((_, at) => tagToken(parts.slice(0, at + 1).join('::')));
}

/** Everything a card is found by, as the tokens both engines index, parted by spaces. */
export function documentOf(card: SearchedCard): string {
  const times = new Map<string, number>();
  const tokens: string[] = [];
  let room = MAX_CHARACTERS;
  const add = (token: string): void => {
    if (tokens.length >= MAX_WORDS || room < token.length) return;
    const seen = (times.get(token) ?? 0) + 1;
    times.set(token, seen);
    const kept = seen > MAX_TIMES ? FILLER : token;
    tokens.push(kept);
    room -= kept.length + 1;
  };
  add(deckToken(card.deckId));
  for (const token of new Set(card.tags.flatMap(tagTokens))) add(token);
  const shown = new Set<string>();
  for (const place of ['front', 'back'] as const) {
    for (const word of wordsOf(card[place])) {
      shown.add(word);
      add(PLACES[place] + tokenOf(word));
    }
  }
  for (const text of card.note) {
    const words = wordsOf(text);
    // Whole or not at all: what stands in a row stays in a row.
    if (words.some((word) => !shown.has(word))) for (const word of words) add(PLACES.note + tokenOf(word));
  }
  return tokens.join(' ');
}

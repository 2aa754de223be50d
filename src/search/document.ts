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

/** The longest of a deck's tokens. */
const LONGEST_DECK = deckToken(9_223_372_036_854_775_807n).length;

/**
 * The document of a card that goes into a deck which has no id yet: it is made before, with the id 0. `undefined` where it is so long that
 * the id of its deck decides what still fits: then it is to be made anew.
 */
export function withDeck(document: string, deckId: bigint): string | undefined {
  const none = deckToken(0n);
  if (document.length + LONGEST_DECK >= MAX_CHARACTERS) return undefined;
  return deckToken(deckId) + document.slice(none.length);
}

/** What a field of a note says, as it is searched: words between tags are no words of the note. */
export const searchedField = (given: string, format: string): string => {
  const value = withoutAreas(given);
  return format === 'html' ? value.replaceAll(/<[^>]*>/g, ' ').replaceAll(/&#?\w+;/g, ' ') : value;
};

/** Areas of pictures (notes/occlusion) are numbers: nobody looks for these, but for what the areas are called. */
const withoutAreas = (value: string): string =>
  value.includes('image-occlusion:')
    ? value.replaceAll(/\{\{c\d{1,4}::image-occlusion:[^{}]*\}\}/g, (area) =>
        [...area.matchAll(/:(?:label|text)=((?:\\:|[^:{}])*)/g)].map(([, words]) => words).join(' '),
      )
    : value;

/** A tag as it is compared. */
export const tagToken = (tag: string): string => PLACES.tag + tokenOf([...fold(tag)].slice(0, 100).join(''));

/** A tag and those above it: `law::torts` is found by `law` too. */
function tagTokens(tag: string): string[] {
  const parts = tag.split('::');
  return parts.map((_, at) => tagToken(parts.slice(0, at + 1).join('::')));
}

function timesOf(tokens: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const token of tokens) times.set(token, (times.get(token) ?? 0) + 1);
  return times;
}

/** Everything a card is found by, as the tokens both engines index, parted by spaces. */
export function documentOf(card: SearchedCard): string {
  let times: Map<string, number> | undefined;
  const tokens: string[] = [];
  let room = MAX_CHARACTERS;
  const add = (token: string): void => {
    if (tokens.length >= MAX_WORDS || room < token.length) return;
    let kept = token;
    // Before as many are there, none can stand there too often.
    if (tokens.length >= MAX_TIMES) {
      times ??= timesOf(tokens);
      const seen = (times.get(token) ?? 0) + 1;
      times.set(token, seen);
      if (seen > MAX_TIMES) kept = FILLER;
    }
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
    if (text === card.front || text === card.back) continue;
    const words = wordsOf(text);
    // Whole or not at all: what stands in a row stays in a row.
    if (words.some((word) => !shown.has(word))) for (const word of words) add(PLACES.note + tokenOf(word));
  }
  return tokens.join(' ');
}

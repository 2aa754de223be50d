import type { Database, Session } from '../db/database.ts';
import {
  type CardQuery,
  countFound,
  type FoundCard,
  findCards,
  findIds,
  foundCards,
  type HeldDeck,
  heldDecks,
  keyOf,
  type Mark,
  newestCards,
  readWords,
  SORTS,
  type Sort,
} from '../db/stores/search-cards.ts';
import { readySearchIndex } from '../db/stores/search-index.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { Timestamp } from '../schema/index.ts';
import { isBelow, levelsOf, pathOf } from '../search/deck-names.ts';
import { partsOf } from '../search/match.ts';
import { parseQuery, type QueryNode, type TextNode } from '../search/query.ts';
import { Vocabulary } from '../search/suggest.ts';
import { fold, wordsOf } from '../search/words.ts';
import { tagsOfCards } from './notes.ts';
import { studySettings } from './study-settings.ts';

export { SORTS, type Sort };

export interface SearchRequest {
  readonly query: string;
  readonly sort: Sort;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** Count what is found, too. */
  readonly isCounting: boolean;
  /** Where nothing is found, look for words like those asked: it costs more than the search. */
  readonly isSuggesting: boolean;
}

export interface SearchedDeck {
  readonly id: bigint;
  readonly name: string;
}

export interface SearchAnswer {
  readonly cards: readonly (FoundCard & { readonly tags: readonly string[] })[];
  /** The decks whose names have the words; on the first page only. */
  readonly decks: readonly SearchedDeck[];
  /** Found in all, up to `MOST_COUNTED`; NULL where it was not asked. */
  readonly count: number | null;
  /** For the next page; NULL on the last one. */
  readonly next: string | null;
  /** The query with words the user's own cards have, where nothing was found; NULL where it was not asked. */
  readonly suggestion: string | null;
}

/** Counting ends here: nobody reads on. */
export const MOST_COUNTED = 10_000;
/** Decks shown beside the cards. */
const MOST_DECKS = 10;
/** Cards whose words are looked through for a suggestion, a page at a time so that others are served between, and characters of them. */
const WORDS_CARDS = 20_000;
const WORDS_PAGE = 250;
const WORDS_OF_CARD = 4000;
const WORDS_CHARACTERS = 4_000_000;
/** Words looked up for a suggestion. */
const MOST_UNKNOWN = 5;

/** Cards and decks of a user that a query finds. Throws `FC_BAD_REQUEST` with the place for a query that says nothing. */
export async function searchCards(
  database: Pick<Database, 'engine' | 'read'>,
  user: User,
  request: SearchRequest,
): Promise<SearchAnswer> {
  const query = readQuery(request.query);
  const after = request.after === undefined ? undefined : readMark(request.after, request.sort);
  await readySearchIndex(database.engine);
  return database.read(async (session) => {
    const decks = await heldDecks(session, user.id);
    const asked = await questionOf(session, user, query, decks);
    const { cards, tier } = await findCards(session, asked, request.sort, after, request.limit);
    const tags = await tagsOfCards(session, cards);
    const last = cards.at(-1);
    const isFirst = after === undefined;
    return {
      cards: cards.map((card) => ({ ...card, tags: tags.get(card.note_id) ?? [] })),
      decks: isFirst ? decksWith(decks, query) : [],
      count: request.isCounting ? await countFound(session, asked, MOST_COUNTED) : null,
      next:
        last === undefined || cards.length < request.limit
          ? null
          : writeMark({ tier, key: keyOf(request.sort, last), id: last.id }, request.sort),
      suggestion: request.isSuggesting && isFirst && cards.length === 0 ? await suggestion(session, asked, request.query) : null,
    };
  });
}

/** The ids of all that a query finds, in its order: who shows rows of any place asks for the cards of that place alone. */
export interface FoundIds {
  readonly ids: readonly bigint[];
  /** There are more. */
  readonly is_cut: boolean;
}

/** Ids of one answer. */
const MOST_IDS = 200_000;

/** All cards of a user that a query finds, by their ids. Throws as `searchCards`. */
export async function searchIds(
  database: Pick<Database, 'engine' | 'read'>,
  user: User,
  text: string,
  sort: Sort,
): Promise<FoundIds> {
  const query = readQuery(text);
  await readySearchIndex(database.engine);
  return database.read(async (session) => {
    const asked = await questionOf(session, user, query, await heldDecks(session, user.id));
    const ids = await findIds(session, asked, sort, MOST_IDS + 1);
    return { ids: ids.slice(0, MOST_IDS), is_cut: ids.length > MOST_IDS };
  });
}

/** Cards by their ids, in that order, as a search gives them. Those that are gone, or that the user does not hold, are left out. */
export async function cardsOfIds(session: Session, user: User, ids: readonly bigint[]): Promise<SearchAnswer['cards']> {
  const cards = new Map((await foundCards(session, user.id, [...new Set(ids)])).map((card) => [card.id, card]));
  const inOrder = ids.flatMap((id) => cards.get(id) ?? []);
  const tags = await tagsOfCards(session, inOrder);
  return inOrder.map((card) => ({ ...card, tags: tags.get(card.note_id) ?? [] }));
}

/** Reads a query; throws `FC_BAD_REQUEST` saying where it is wrong and what to write. */
export function readQuery(text: string): QueryNode {
  const { query, problem } = parseQuery(text);
  if (problem === undefined) return query;
  const { what, at, length, hint } = problem;
  const shown = text.slice(at, at + Math.min(length, 40));
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: `${what} (character ${at + 1}${shown.trim() === '' ? '' : `: ${shown}`})`,
    hint,
    details: { at, length },
  });
}

async function questionOf(session: Session, user: User, query: QueryNode, decks: readonly HeldDeck[]): Promise<CardQuery> {
  const named: CardQuery['decksNamed'] = (name, isPrefix) =>
    decks.filter((deck) => isNamed(deck.name, name, isPrefix)).map(({ id }) => id);
  let deckIds = decks.map(({ id }) => id);
  // Decks that the whole query asks for narrow everything else.
  for (const part of partsOf(query)) {
    const deck = part.kind === 'not' ? part.part : part;
    if (deck.kind !== 'deck') continue;
    const ids = new Set(named(deck.name, deck.isPrefix));
    deckIds = deckIds.filter((id) => ids.has(id) === (part.kind === 'deck'));
  }
  return {
    userId: user.id,
    query,
    deckIds,
    decksNamed: named,
    now: session.clock.now(),
    leechThreshold: (await studySettings(session, user.id)).leechThreshold,
  };
}

/** `deck:law` is the deck of that name and those below it, as `law::torts`. */
function isNamed(deck: string, name: string, isPrefix: boolean): boolean {
  if (isPrefix) return fold(deck).startsWith(name);
  const [path, asked] = [pathOf(levelsOf(deck)), pathOf(levelsOf(name))];
  return path === asked || isBelow(path, asked);
}

/** Decks whose names have all the plain words of a query. */
function decksWith(decks: readonly HeldDeck[], query: QueryNode): SearchedDeck[] {
  const asked = partsOf(query).filter((part): part is TextNode => part.kind === 'text' && part.side === undefined);
  if (asked.length === 0) return [];
  return decks
    .filter(({ name }) => {
      const words = wordsOf(name);
      return asked.every((text) => hasRow(words, text));
    })
    .slice(0, MOST_DECKS)
    .map(({ id, name }) => ({ id, name }));
}

function hasRow(words: readonly string[], { words: asked, isPrefix }: TextNode): boolean {
  return words.some((_, from) =>
    asked.every((word, at) =>
      isPrefix && at === asked.length - 1 ? words[from + at]?.startsWith(word) === true : words[from + at] === word,
    ),
  );
}

/** The query with each word that no card has replaced by the one most like it that some card has; NULL where that finds nothing either. */
async function suggestion(session: Session, asked: CardQuery, text: string): Promise<string | null> {
  const single = partsOf(asked.query).filter(
    (part): part is TextNode => part.kind === 'text' && part.words.length === 1 && !part.isPrefix,
  );
  const unknown: TextNode[] = [];
  for (const part of single) {
    if (unknown.length < MOST_UNKNOWN && (await countFound(session, { ...asked, query: part }, 1)) === 0) unknown.push(part);
  }
  if (unknown.length === 0 || asked.deckIds.length === 0) return null;
  const vocabulary = new Vocabulary();
  const cards = await newestCards(session, asked.deckIds, WORDS_CARDS);
  for (let at = 0, characters = 0; at < cards.length && characters < WORDS_CHARACTERS; at += WORDS_PAGE) {
    for (const words of await readWords(session, cards.slice(at, at + WORDS_PAGE), WORDS_OF_CARD)) {
      vocabulary.add(words);
      characters += words.length;
    }
    await new Promise(setImmediate);
  }
  let suggested = text;
  for (const part of unknown.toReversed()) {
    const word = await vocabulary.closest(part.words[0] as string);
    if (word === undefined) return null;
    const side = part.side === undefined ? '' : `${part.side}:`;
    suggested = suggested.slice(0, part.at) + side + word + suggested.slice(part.at + part.length);
  }
  const { query } = parseQuery(suggested);
  return query !== undefined && (await countFound(session, { ...asked, query }, 1)) > 0 ? suggested : null;
}

/** A place in an order as the client carries it. */
function writeMark({ tier, key, id }: Mark, sort: Sort): string {
  return Buffer.from(JSON.stringify([sort, tier, key?.toString() ?? null, String(id)])).toString('base64url');
}

function readMark(text: string, sort: Sort): Mark {
  try {
    const [of, tier, key, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const time = key === null ? undefined : Timestamp.fromCanonical(String(key));
    const isKeyed = sort === 'edited' || sort === 'due';
    if (of === sort && (tier === 0 || tier === 1) && isKeyed === (time !== undefined) && /^\d{1,18}$/.test(String(id)))
      return { tier, key: time, id: BigInt(String(id)) };
  } catch {
    // Not ours; told below.
  }
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: 'This is not the place of a page of this search',
    hint: 'Send `next` of the page before as `after`, with the same query and order; or begin again without it.',
  });
}

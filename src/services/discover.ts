import type { Session } from '../db/database.ts';
import { type Card, listCardsOfDeck } from '../db/stores/cards.ts';
import {
  countCardsOfDecks,
  countShared,
  DISCOVER_SORTS,
  type DiscoverAsked,
  type DiscoverMark,
  type DiscoverSort,
  type Facet,
  type FacetCount,
  facetCounts,
  findShared,
  type ListedDeck,
  listShared,
} from '../db/stores/deck-listings.ts';
import { ownedAmong } from '../db/stores/decks.ts';
import { subscribedDecks } from '../db/stores/subscriptions.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { Timestamp } from '../schema/index.ts';

export { DISCOVER_SORTS, type DiscoverSort };

/** Cards of a preview. */
const PREVIEW_CARDS = 10;

export type SharedDeck = ListedDeck & {
  readonly card_count: number;
  readonly is_owner: boolean;
  /** The user's own copy that follows this deck. */
  readonly subscribed_deck_id: bigint | null;
};

export interface DiscoverRequest extends DiscoverAsked {
  readonly sort: DiscoverSort;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

export interface DiscoverAnswer {
  readonly decks: readonly SharedDeck[];
  /** For the next page; NULL on the last one. */
  readonly next: string | null;
  /** All that are asked for, and the values of each facet among them; on the first page only. */
  readonly count: number | null;
  readonly facets: { readonly [F in Facet]: readonly FacetCount[] } | null;
}

async function withCounts(session: Session, user: User, decks: readonly ListedDeck[]): Promise<SharedDeck[]> {
  const ids = decks.map(({ id }) => id);
  const cards = await countCardsOfDecks(session, ids);
  const subscribed = await subscribedDecks(session, user.id, ids);
  const owned = await ownedAmong(session, user.id, ids);
  return decks.map((deck) => ({
    ...deck,
    card_count: cards.get(deck.id) ?? 0,
    is_owner: owned.has(deck.id),
    subscribed_deck_id: subscribed.get(deck.id) ?? null,
  }));
}

/** The decks that are shared with everybody, chosen by facets and words; private and hidden ones are not there, nor counted. */
export async function discover(session: Session, user: User, asked: DiscoverRequest): Promise<DiscoverAnswer> {
  const after = asked.after === undefined ? undefined : readMark(asked.after, asked.sort);
  const decks = await listShared(session, asked, asked.sort, after, asked.limit);
  const last = decks.at(-1);
  const isFirst = after === undefined;
  return {
    decks: await withCounts(session, user, decks),
    next: last === undefined || decks.length < asked.limit ? null : writeMark(last, asked.sort),
    count: isFirst ? await countShared(session, asked) : null,
    facets: isFirst
      ? {
          school: await facetCounts(session, 'school', asked),
          course: await facetCounts(session, 'course', asked),
          professor: await facetCounts(session, 'professor', asked),
          year: await facetCounts(session, 'year', asked),
        }
      : null,
  };
}

const writeMark = ({ id, published_at, copy_count }: ListedDeck, sort: DiscoverSort): string =>
  `${sort === 'newest' ? published_at.micros : copy_count}_${id}`;

function readMark(text: string, sort: DiscoverSort): DiscoverMark {
  const [, key, id] = /^(\d{1,18})_(\d{1,18})$/.exec(text) ?? [];
  if (key === undefined || id === undefined || (sort === 'copied' && Number(key) > 2_147_483_647))
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'This is not where a page ended',
      hint: 'Send `next` of the page before as `after`, with the same order; or begin again without it.',
    });
  return { key: sort === 'newest' ? Timestamp.fromMicros(BigInt(key)) : Number(key), id: BigInt(id) };
}

/** A shared deck with its first cards, as they will look. What is not shared does not exist (`FC_NOT_FOUND`), also for its owner. */
export async function previewShared(
  session: Session,
  user: User,
  deckId: bigint,
): Promise<{ deck: SharedDeck; cards: readonly Card[] }> {
  const found = await findShared(session, deckId);
  const [deck] = found === undefined ? [] : await withCounts(session, user, [found]);
  if (deck === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Deck not found' });
  return { deck, cards: await listCardsOfDeck(session, deckId, { after: undefined, limit: PREVIEW_CARDS }) };
}

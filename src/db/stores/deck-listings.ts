import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type FlashcaseTables, flashcase } from '../../schema/flashcase.ts';
import { checked, Timestamp } from '../../schema/index.ts';
import { wordsOf } from '../../search/words.ts';
import type { Session } from '../database.ts';
import { precompiled } from '../precompiled.ts';
import type { Deck } from './decks.ts';
import { isShared } from './readable.ts';

/** Words of a search that count; more would only make it slow. */
const MOST_WORDS = 12;

const wordsOfDeck = ({ name, description, school, course, professor, year }: Deck): string =>
  ` ${[name, description, school, course, professor, year].flatMap((part) => (part === null ? [] : wordsOf(String(part)))).join(' ')} `;

/**
 * Brings what Discover knows of a deck to what the deck says. A deck that was never public has no listing.
 * @param publishedAt when it became public, where that is not known
 */
export async function keepListing({ kysely }: Session, deck: Deck, publishedAt: Timestamp): Promise<void> {
  const says = { words: wordsOfDeck(deck), deck_updated_at: deck.updated_at };
  const row = checked(flashcase.tables.deck_listing, { deck_id: deck.id, published_at: publishedAt, ...says });
  if (deck.is_public) {
    await kysely
      .insertInto('deck_listing')
      .values(row)
      .onConflict((conflict) => conflict.column('deck_id').doUpdateSet(says))
      .execute();
  } else await kysely.updateTable('deck_listing').set(says).where('deck_id', '=', deck.id).execute();
}

/** Public decks whose listing is missing or says what the deck said before: an older server wrote them. */
export function staleListings({ kysely }: Session, limit: number): Promise<Deck[]> {
  return kysely
    .selectFrom('deck')
    .leftJoin('deck_listing', 'deck_listing.deck_id', 'deck.id')
    .selectAll('deck')
    .where('deck.is_public', '=', true)
    .where('deck.deleted_at', 'is', null)
    .where((eb) =>
      eb.or([eb('deck_listing.deck_id', 'is', null), eb('deck_listing.deck_updated_at', '<>', eb.ref('deck.updated_at'))]),
    )
    .orderBy('deck.id')
    .limit(limit)
    .execute();
}

/** Counts a copy that somebody made, or takes it back. The row is written last: it is held for no longer than the commit. */
export async function countCopies({ kysely }: Session, deckId: bigint, difference: 1 | -1): Promise<void> {
  await kysely
    .updateTable('deck_listing')
    .set((eb) => ({ copy_count: eb('copy_count', '+', difference) }))
    .where('deck_id', '=', deckId)
    .execute();
}

export const FACETS = ['school', 'course', 'professor', 'year'] as const;
export type Facet = (typeof FACETS)[number];
export type FacetValues = { readonly [F in Facet]: (F extends 'year' ? number : string) | null };

export const DISCOVER_SORTS = ['newest', 'copied'] as const;
export type DiscoverSort = (typeof DISCOVER_SORTS)[number];

/** Where a page of Discover ended. */
export interface DiscoverMark {
  readonly key: Timestamp | number;
  readonly id: bigint;
}

export type ListedDeck = Deck & {
  readonly published_at: Timestamp;
  readonly copy_count: number;
  readonly owner_name: string | null;
};

const both = (conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> => sql`(${sql.join(conditions, sql` AND `)})`;

/** That a deck has the chosen facets; `null` chooses nothing. */
const hasFacets = (chosen: FacetValues, except?: Facet): RawBuilder<boolean>[] =>
  FACETS.filter((facet) => facet !== except).map((facet) => {
    const type = sql.raw(facet === 'year' ? 'integer' : 'text');
    return sql<boolean>`(CAST(${chosen[facet]} AS ${type}) IS NULL OR deck.${sql.raw(facet)} = CAST(${chosen[facet]} AS ${type}))`;
  });

const isListed = (): RawBuilder<boolean> => sql`${isShared()} AND deck.deleted_at IS NULL`;

/** That a listing has words that begin so. They are letters and digits only: no sign of LIKE is among them. */
const hasWords = (words: readonly string[]): RawBuilder<boolean>[] =>
  words.map((word) => sql`deck_listing.words LIKE ${`% ${word}%`}`);

type Builder = Kysely<FlashcaseTables>;

/** Listed decks after a mark, of the rest those that fulfil the conditions. */
function page(
  kysely: Builder,
  sort: DiscoverSort,
  { key, id, limit, ...chosen }: FacetValues & { key: Timestamp | number; id: bigint; limit: number },
  words: readonly string[],
) {
  const column = sql.raw(sort === 'newest' ? 'published_at' : 'copy_count');
  const conditions = both([isListed(), ...hasFacets(chosen), ...hasWords(words)]);
  return (
    kysely
      .selectFrom('deck_listing')
      .innerJoin('deck', 'deck.id', 'deck_listing.deck_id')
      .selectAll('deck')
      .select(['deck_listing.published_at', 'deck_listing.copy_count'])
      .select((eb) =>
        eb
          .selectFrom('user_deck')
          .innerJoin('user', 'user.id', 'user_deck.user_id')
          .select('user.username')
          .whereRef('user_deck.deck_id', '=', 'deck.id')
          .where('user_deck.is_owner', '=', true)
          .orderBy('user_deck.id')
          .limit(1)
          .as('owner_name'),
      )
      // Always a mark, so that a page is a stretch of the index, the first one too.
      .where(sql<boolean>`(deck_listing.${column}, deck_listing.deck_id) < (${key}, ${id})`)
      .where(conditions)
      .orderBy(sql`deck_listing.${column}`, 'desc')
      .orderBy('deck_listing.deck_id', 'desc')
      .limit(limit)
  );
}

type PageValues = FacetValues & { readonly id: bigint; readonly limit: number };

const newestPage = precompiled<PageValues & { key: Timestamp }>('discover-newest')((kysely, value) =>
  page(kysely, 'newest', { ...facetPlaces(value), key: value('key'), id: value('id'), limit: value('limit') }, []),
);
const copiedPage = precompiled<PageValues & { key: number }>('discover-copied')((kysely, value) =>
  page(kysely, 'copied', { ...facetPlaces(value), key: value('key'), id: value('id'), limit: value('limit') }, []),
);

/** The places of the facets' values. */
function facetPlaces(value: <F extends Facet>(name: F) => FacetValues[F]): FacetValues {
  return { school: value('school'), course: value('course'), professor: value('professor'), year: value('year') };
}

export interface DiscoverAsked {
  readonly facets: FacetValues;
  readonly search: string;
}

const askedWords = (search: string): string[] => [...new Set(wordsOf(search))].slice(0, MOST_WORDS);

/** Before every deck of an order. */
const FIRST = {
  newest: Timestamp.parse('9999-12-31 23:59:59.999999') as Timestamp,
  copied: 2_147_483_647,
} as const;
const HIGHEST = 9_223_372_036_854_775_807n;

/** A page of the decks that are shared, in an order. */
export async function listShared(
  session: Session,
  { facets, search }: DiscoverAsked,
  sort: DiscoverSort,
  after: DiscoverMark | undefined,
  limit: number,
): Promise<ListedDeck[]> {
  const words = askedWords(search);
  const mark = { id: after?.id ?? HIGHEST, limit, ...facets };
  if (words.length > 0) {
    const rows = await page(session.kysely, sort, { ...mark, key: after?.key ?? FIRST[sort] }, words).execute();
    return rows as ListedDeck[];
  }
  if (sort === 'newest')
    return (await newestPage(session, { ...mark, key: (after?.key ?? FIRST.newest) as Timestamp })) as ListedDeck[];
  return (await copiedPage(session, { ...mark, key: (after?.key ?? FIRST.copied) as number })) as ListedDeck[];
}

/** How many shared decks there are, of those that are asked for. */
function countOf(kysely: Builder, chosen: FacetValues, words: readonly string[]) {
  return kysely
    .selectFrom('deck_listing')
    .innerJoin('deck', 'deck.id', 'deck_listing.deck_id')
    .select((eb) => eb.fn.countAll<number>().as('decks_in_all'))
    .where(both([isListed(), ...hasFacets(chosen), ...hasWords(words)]));
}

const countAll = precompiled<FacetValues>('discover-count')((kysely, value) => countOf(kysely, facetPlaces(value), []));

export async function countShared(session: Session, { facets, search }: DiscoverAsked): Promise<number> {
  const words = askedWords(search);
  const [row] =
    words.length === 0 ? await countAll(session, { ...facets }) : await countOf(session.kysely, facets, words).execute();
  return row?.decks_in_all ?? 0;
}

export interface FacetCount {
  readonly value: string;
  readonly decks: number;
}

/** Values of a facet that are told at most. */
const MOST_VALUES = 50;

/** The values of a facet, the most common first, under what else is chosen. */
function valuesOf(kysely: Builder, facet: Facet, chosen: FacetValues, words: readonly string[]) {
  const column = sql<string | number>`deck.${sql.raw(facet)}`;
  return kysely
    .selectFrom('deck_listing')
    .innerJoin('deck', 'deck.id', 'deck_listing.deck_id')
    .select([sql<string>`CAST(${column} AS text)`.as('facet_value')])
    .select((eb) => eb.fn.countAll<number>().as('decks_in_all'))
    .where(both([isListed(), sql`${column} IS NOT NULL`, ...hasFacets(chosen, facet), ...hasWords(words)]))
    .groupBy(column)
    .orderBy(sql`count(*)`, 'desc')
    .orderBy(column)
    .limit(MOST_VALUES);
}

const FACET_QUERIES = Object.fromEntries(
  FACETS.map((facet) => [
    facet,
    precompiled<FacetValues>(`discover-${facet}`)((kysely, value) => valuesOf(kysely, facet, facetPlaces(value), [])),
  ]),
) as Readonly<Record<Facet, (session: Session, values: FacetValues & Record<string, unknown>) => Promise<unknown[]>>>;

export async function facetCounts(session: Session, facet: Facet, { facets, search }: DiscoverAsked): Promise<FacetCount[]> {
  const words = askedWords(search);
  const rows = (await (words.length === 0
    ? FACET_QUERIES[facet](session, { ...facets })
    : valuesOf(session.kysely, facet, facets, words).execute())) as { facet_value: string; decks_in_all: number }[];
  return rows.filter(({ facet_value }) => facet_value !== '').map((row) => ({ value: row.facet_value, decks: row.decks_in_all }));
}

/** A shared deck as Discover shows it; `undefined` where it is not shared. */
export async function findShared(session: Session, deckId: bigint): Promise<ListedDeck | undefined> {
  const [row] = await session.kysely
    .selectFrom('deck')
    .leftJoin('deck_listing', 'deck_listing.deck_id', 'deck.id')
    .innerJoin('user_deck', (join) => join.onRef('user_deck.deck_id', '=', 'deck.id').on('user_deck.is_owner', '=', true))
    .innerJoin('user', 'user.id', 'user_deck.user_id')
    .selectAll('deck')
    .select(['deck_listing.published_at', 'deck_listing.copy_count', 'user.username as owner_name'])
    .where('deck.id', '=', deckId)
    .where(isListed())
    .orderBy('user_deck.id')
    .limit(1)
    .execute();
  if (row === undefined) return undefined;
  return { ...row, published_at: row.published_at ?? row.created_at, copy_count: row.copy_count ?? 0 };
}

/** How many cards decks have. */
export async function countCardsOfDecks({ kysely }: Session, deckIds: readonly bigint[]): Promise<Map<bigint, number>> {
  if (deckIds.length === 0) return new Map();
  const rows = await kysely
    .selectFrom('card')
    .select((eb) => ['deck_id', eb.fn.countAll<number>().as('cards_in_all')])
    .where('deck_id', 'in', deckIds)
    .where('deleted_at', 'is', null)
    .groupBy('deck_id')
    .execute();
  return new Map(rows.map((row) => [row.deck_id, row.cards_in_all]));
}

import { type RawBuilder, sql } from 'kysely';
import { Timestamp } from '../../schema/index.ts';
import { deckToken } from '../../search/document.ts';
import { asksAnySide, type Match, matchOf, partsOf, toFts5, toTsquery } from '../../search/match.ts';
import type { QueryNode, State } from '../../search/query.ts';
import type { Session } from '../database.ts';
import type { Card } from './cards.ts';
import { isHeld } from './readable.ts';
import { SEARCH_INDEX, VECTOR } from './search-index.ts';

type Condition = RawBuilder<boolean>;

/** A deck that a user holds, their own or one they added. */
export interface HeldDeck {
  readonly id: bigint;
  readonly name: string;
  readonly is_owner: boolean;
}

/** The decks whose cards a user's searches look at. */
export async function heldDecks({ kysely }: Session, userId: bigint): Promise<HeldDeck[]> {
  return kysely
    .selectFrom('user_deck')
    .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
    .select(['deck.id', 'deck.name', 'user_deck.is_owner'])
    .where('user_deck.user_id', '=', userId)
    .where(isHeld())
    .where('deck.deleted_at', 'is', null)
    .orderBy('deck.id')
    .execute();
}

/** A query about one user's cards, with what its words mean for them. */
export interface CardQuery {
  readonly userId: bigint;
  readonly query: QueryNode;
  /** The decks to look at. */
  readonly deckIds: readonly bigint[];
  /** The decks that a `deck:` names. */
  readonly decksNamed: (name: string, isPrefix: boolean) => readonly bigint[];
  readonly now: Timestamp;
  readonly leechThreshold: number;
}

export const SORTS = ['relevance', 'newest', 'oldest', 'edited', 'due'] as const;
export type Sort = (typeof SORTS)[number];

/** Where a page ended. */
export interface Mark {
  /** 0 while words stand on the front, 1 afterwards; always 0 for other orders. */
  readonly tier: number;
  readonly key: Timestamp | undefined;
  readonly id: bigint;
}

export type FoundCard = Card & {
  readonly is_owner: boolean;
  readonly deck_name: string;
  readonly next_review: Timestamp | null;
  readonly interval: number | null;
  readonly lapses: number | null;
  readonly review_count: number | null;
  readonly is_suspended: boolean | null;
  readonly buried_until: Timestamp | null;
  readonly flag: number | null;
};

/** Decks that a full-text query names; beyond that each card found is looked at instead. */
const MOST_DECKS_IN_MATCH = 100;
/** After every date: cards never studied come last. */
const NEVER = Timestamp.parse('9999-12-31 23:59:59.999999') as Timestamp;

const both = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`1 = 1` : sql`(${sql.join(conditions, sql` AND `)})`;
/** Never unknown, so that its opposite is not either. */
const certain = (condition: Condition): Condition => sql`(CASE WHEN ${condition} THEN 1 ELSE 0 END = 1)`;
const among = (ids: readonly bigint[]): Condition => (ids.length === 0 ? sql`1 = 0` : sql`card.deck_id IN (${sql.join(ids)})`);

/** Cards whose documents match, as a list of their ids. */
const matching = ({ capabilities }: Session, match: Match): RawBuilder<bigint> =>
  capabilities.isLocalFile
    ? sql`SELECT rowid FROM ${sql.raw(SEARCH_INDEX)} WHERE ${sql.raw(SEARCH_INDEX)} MATCH ${toFts5(match)}`
    : sql`SELECT search_card.card_id FROM search_card WHERE ${sql.raw(VECTOR)} @@ CAST(${toTsquery(match)} AS tsquery)`;

/** That a document is of one of these decks; `undefined` where they are too many to be asked by name. */
const ofDecks = (deckIds: readonly bigint[]): Match | undefined =>
  deckIds.length > MOST_DECKS_IN_MATCH
    ? undefined
    : { kind: 'any', parts: deckIds.map((id): Match => ({ kind: 'row', tokens: [deckToken(id)], isPrefix: false })) };

/** That the document of a card matches. The cards of others are not looked over for it: they may be a thousand times as many. */
function isFound(session: Session, match: Match, { deckIds }: CardQuery): Condition {
  const decks = ofDecks(deckIds);
  const narrowed: Match = decks === undefined ? match : { kind: 'all', parts: [decks, match] };
  // PostgreSQL joins what EXISTS asks; a long list it would go through again for each card.
  if (!session.capabilities.isLocalFile) return sql`EXISTS (${matching(session, narrowed)} AND search_card.card_id = card.id)`;
  return decks === undefined
    ? sql`EXISTS (${matching(session, match)} AND ${sql.raw(SEARCH_INDEX)}.rowid = card.id)`
    : sql`card.id IN (${matching(session, narrowed)})`;
}

function stateCondition(state: State, { now, leechThreshold }: CardQuery): Condition {
  const isFree = sql<boolean>`coalesce(card_state.is_suspended, ${false}) = ${false} AND (card_state.buried_until IS NULL OR card_state.buried_until <= ${now})`;
  switch (state) {
    case 'new':
      return sql`coalesce(card_state.review_count, 0) = 0`;
    case 'learning':
      return sql`card_state.review_count > 0 AND card_state."interval" = 0`;
    case 'due':
      return sql`card_state.review_count > 0 AND card_state.next_review <= ${now} AND ${isFree}`;
    case 'suspended':
      return sql`card_state.is_suspended = ${true}`;
    case 'buried':
      return sql`card_state.buried_until > ${now}`;
    case 'leech':
      return leechThreshold === 0 ? sql`1 = 0` : sql`card_state.lapses >= ${leechThreshold}`;
    case 'flagged':
      return sql`card_state.flag > 0`;
  }
}

function conditionOf(session: Session, node: QueryNode, asked: CardQuery): Condition {
  const match = matchOf(node);
  if (match !== undefined) return isFound(session, match, asked);
  switch (node.kind) {
    case 'all':
      return both(node.parts.map((part) => conditionOf(session, part, asked)));
    case 'any':
      return sql`(${sql.join(
        node.parts.map((part) => conditionOf(session, part, asked)),
        sql` OR `,
      )})`;
    case 'not':
      return sql`NOT ${conditionOf(session, node.part, asked)}`;
    case 'deck':
      return sql`(${among(asked.decksNamed(node.name, node.isPrefix))})`;
    case 'is':
      return certain(stateCondition(node.state, asked));
    case 'flag':
      return sql`coalesce(card_state.flag, 0) = ${node.flag}`;
    case 'days': {
      const { now } = asked;
      if (node.field === 'due')
        return certain(sql`card_state.review_count > 0 AND card_state.next_review <= ${now.plusDays(node.days)}`);
      const since = now.plusDays(-node.days);
      if (node.field === 'added') return sql`card.created_at >= ${since}`;
      if (node.field === 'edited') return sql`card.updated_at >= ${since}`;
      // Rows of release 0.1 do not tell answers from what was taken back.
      return certain(
        sql`card_state.review_count > 0 AND coalesce(card_state.answered_at, card_state.last_reviewed_at) >= ${since}`,
      );
    }
    // Always a match.
    case 'text':
    case 'tag':
      return sql`1 = 1`;
  }
}

interface Plan {
  /** What full text finds, from which everything else is chosen; none where the query asks no word. */
  readonly match: Match | undefined;
  /** What of it has the words on its front; none where that tells nothing. */
  readonly front: Match | undefined;
  readonly conditions: readonly Condition[];
}

function planOf(session: Session, asked: CardQuery): Plan {
  const words: Match[] = [];
  const onFront: Match[] = [];
  const refused: Match[] = [];
  const conditions: Condition[] = [among(asked.deckIds)];
  let asksAny = false;
  for (const part of partsOf(asked.query)) {
    const match = matchOf(part);
    const without = part.kind === 'not' ? matchOf(part.part) : undefined;
    if (match !== undefined) {
      words.push(match);
      onFront.push(matchOf(part, true) as Match);
      asksAny ||= asksAnySide(part);
    } else if (without !== undefined) refused.push({ kind: 'not', part: without });
    else conditions.push(conditionOf(session, part, asked));
  }
  if (words.length === 0) {
    for (const { part } of refused as { part: Match }[]) conditions.push(sql`NOT ${isFound(session, part, asked)}`);
    return { match: undefined, front: undefined, conditions };
  }
  const decks = ofDecks(asked.deckIds);
  const whole = (parts: readonly Match[]): Match => ({
    kind: 'all',
    parts: [...(decks === undefined ? [] : [decks]), ...parts, ...refused],
  });
  return { match: whole(words), front: asksAny ? whole(onFront) : undefined, conditions };
}

/** The cards of a plan, with their standing: what follows FROM. */
function source(
  session: Session,
  match: Match | undefined,
  { userId }: CardQuery,
): { with: RawBuilder<unknown>; from: RawBuilder<unknown> } {
  const joined = sql`LEFT JOIN card_state ON card_state.card_id = card.id AND card_state.user_id = ${userId}`;
  if (match === undefined) return { with: sql``, from: sql`card ${joined}` };
  // Found first, looked at afterwards: neither planner knows how few a word finds.
  if (session.capabilities.isLocalFile)
    return {
      with: sql``,
      from: sql`${sql.raw(SEARCH_INDEX)} AS hit CROSS JOIN card ON card.id = hit.rowid ${joined}`,
    };
  return {
    with: sql`WITH hit AS MATERIALIZED (${matching(session, match)})`,
    from: sql`hit JOIN card ON card.id = hit.card_id ${joined}`,
  };
}

/** The first cards of each deck in the order of their ids, as a source. */
function firstOfEach(
  { userId, deckIds }: CardQuery,
  where: Condition,
  direction: RawBuilder<unknown>,
  limit: number,
): ReturnType<typeof source> {
  const each = deckIds.map(
    (id) =>
      sql`SELECT id FROM (SELECT card.id FROM card WHERE card.deck_id = ${id} AND ${where} ORDER BY card.id ${direction} LIMIT ${limit}) AS part`,
  );
  return {
    with: sql``,
    from: sql`(${sql.join(each, sql` UNION ALL `)}) AS hit JOIN card ON card.id = hit.id
      LEFT JOIN card_state ON card_state.card_id = card.id AND card_state.user_id = ${userId}`,
  };
}

/** FTS5 is asked where it is joined. */
const matched = (session: Session, match: Match | undefined): Condition[] =>
  match !== undefined && session.capabilities.isLocalFile ? [sql`${sql.raw(SEARCH_INDEX)} MATCH ${toFts5(match)}`] : [];

interface Order {
  /** Absent: by id alone. */
  readonly key?: RawBuilder<Timestamp>;
  readonly isDescending: boolean;
}

function orderOf(sort: Sort): Order {
  switch (sort) {
    case 'newest':
      return { isDescending: true };
    case 'edited':
      return { key: sql`card.updated_at`, isDescending: true };
    case 'due':
      return {
        key: sql`coalesce(CASE WHEN card_state.review_count > 0 THEN card_state.next_review END, ${NEVER})`,
        isDescending: false,
      };
    default:
      return { isDescending: false };
  }
}

/** The key by which a card stands in an order, for the mark of a page. */
export function keyOf(sort: Sort, card: FoundCard): Timestamp | undefined {
  if (sort === 'edited') return card.updated_at;
  if (sort === 'due') return (card.review_count ?? 0) > 0 ? (card.next_review ?? NEVER) : NEVER;
  return undefined;
}

/** What is read of each card. */
interface Reading {
  readonly columns: RawBuilder<unknown>;
  /** What must stand beside the card for it. */
  readonly joins: (userId: bigint) => RawBuilder<unknown>;
}

const WHOLE: Reading = {
  columns: sql`card.*, user_deck.is_owner, deck.name AS deck_name, card_state.next_review, card_state."interval", card_state.lapses,
      card_state.review_count, card_state.is_suspended, card_state.buried_until, card_state.flag`,
  joins: (userId) =>
    sql`JOIN deck ON deck.id = card.deck_id JOIN user_deck ON user_deck.deck_id = card.deck_id AND user_deck.user_id = ${userId}`,
};
const ID_ALONE: Reading = { columns: sql`card.id`, joins: () => sql`` };

/** Cards of one tier after a mark. */
async function readTier<T>(
  session: Session,
  asked: CardQuery,
  { match, conditions }: Pick<Plan, 'match' | 'conditions'>,
  sort: Sort,
  after: Mark | undefined,
  limit: number,
  { columns, joins }: Reading,
): Promise<T[]> {
  const { key, isDescending } = orderOf(sort);
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  const than = isDescending ? sql`<` : sql`>`;
  // FTS5 gives its rows in the order of their ids: nothing is left to sort.
  const id = match !== undefined && session.capabilities.isLocalFile ? sql`hit.rowid` : sql`card.id`;
  const following: Condition[] =
    after === undefined
      ? []
      : key === undefined || after.key === undefined
        ? [sql`${id} ${than} ${after.id}`]
        : [sql`(${key} ${than} ${after.key} OR (${key} = ${after.key} AND ${id} ${than} ${after.id}))`];
  // Whole decks by id: the first of each deck are enough, and its index has them in order.
  const isWhole =
    match === undefined && key === undefined && conditions.length === 1 && asked.deckIds.length <= MOST_DECKS_IN_MATCH;
  const { with: first, from } = isWhole
    ? firstOfEach(asked, both([sql`card.deleted_at IS NULL`, ...following]), direction, limit)
    : source(session, match, asked);
  const where = both([...matched(session, match), sql`card.deleted_at IS NULL`, ...conditions, ...following]);
  const { rows } = await sql<T>`${first}
    SELECT ${columns}
    FROM ${from} ${joins(asked.userId)}
    WHERE ${where}
    ORDER BY ${key === undefined ? sql`` : sql`${key} ${direction},`} ${id} ${direction} LIMIT ${limit}`.execute(session.kysely);
  return rows;
}

export interface FoundPage {
  readonly cards: readonly FoundCard[];
  /** The tier of the last card. */
  readonly tier: number;
}

/** A page of what a query finds. By relevance those come first that have the words on their front; within, and for equal keys, by id. */
export const findCards = (
  session: Session,
  asked: CardQuery,
  sort: Sort,
  after: Mark | undefined,
  limit: number,
): Promise<FoundPage> => findTiers<FoundCard>(session, asked, sort, after, limit, WHOLE);

/** The ids of all that a query finds, in the same order; the first `most` of them. */
export async function findIds(session: Session, asked: CardQuery, sort: Sort, most: number): Promise<bigint[]> {
  const { cards } = await findTiers<{ id: bigint }>(session, asked, sort, undefined, most, ID_ALONE);
  return cards.map(({ id }) => BigInt(id));
}

/** Cards by their ids, those of decks a user holds; in no order. */
export async function foundCards({ kysely }: Session, userId: bigint, ids: readonly bigint[]): Promise<FoundCard[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<FoundCard>`SELECT ${WHOLE.columns}
    FROM card LEFT JOIN card_state ON card_state.card_id = card.id AND card_state.user_id = ${userId} ${WHOLE.joins(userId)}
    WHERE card.id IN (${sql.join(ids)}) AND card.deleted_at IS NULL AND deck.deleted_at IS NULL AND ${isHeld()}`.execute(kysely);
  return rows;
}

async function findTiers<T>(
  session: Session,
  asked: CardQuery,
  sort: Sort,
  after: Mark | undefined,
  limit: number,
  reading: Reading,
): Promise<{ readonly cards: readonly T[]; readonly tier: number }> {
  if (asked.deckIds.length === 0) return { cards: [], tier: 0 };
  const plan = planOf(session, asked);
  const { front } = plan;
  if (sort !== 'relevance' || front === undefined)
    return { cards: await readTier<T>(session, asked, plan, sort, after, limit, reading), tier: 0 };
  const first =
    after?.tier === 1 ? [] : await readTier<T>(session, asked, { ...plan, match: front }, sort, after, limit, reading);
  if (first.length === limit) return { cards: first, tier: 0 };
  const rest: Match = { kind: 'all', parts: [plan.match as Match, { kind: 'not', part: front }] };
  const others = await readTier<T>(
    session,
    asked,
    { ...plan, match: rest },
    sort,
    after?.tier === 1 ? after : undefined,
    limit - first.length,
    reading,
  );
  return { cards: [...first, ...others], tier: others.length > 0 ? 1 : 0 };
}

/** How many cards a query finds; counting ends at `most`. */
export async function countFound(session: Session, asked: CardQuery, most: number): Promise<number> {
  if (asked.deckIds.length === 0) return 0;
  const { match, conditions } = planOf(session, asked);
  const { with: first, from } = source(session, match, asked);
  const where = both([...matched(session, match), sql`card.deleted_at IS NULL`, ...conditions]);
  const { rows } = await sql<{ cards_found: number | bigint }>`${first}
    SELECT count(*) AS cards_found FROM (SELECT card.id FROM ${from} WHERE ${where} LIMIT ${most}) AS counted`.execute(
    session.kysely,
  );
  return Number(rows[0]?.cards_found ?? 0);
}

/** Cards of one deck whose words are looked at, at least; of the others the newer ones come first. */
const LEAST_OF_DECK = 1000;

/** The newest cards of some decks, each deck with its share. Looks into the newest hundred decks and over no more cards than they share. */
export async function newestCards({ kysely }: Session, deckIds: readonly bigint[], most: number): Promise<bigint[]> {
  const newest = deckIds.toSorted((a, b) => (a < b ? 1 : -1)).slice(0, MOST_DECKS_IN_MATCH);
  if (newest.length === 0) return [];
  const share = Math.max(LEAST_OF_DECK, Math.ceil(most / newest.length));
  const each = newest.map(
    (id) =>
      sql`SELECT id FROM (SELECT card.id FROM card WHERE card.deck_id = ${id} AND card.deleted_at IS NULL ORDER BY card.id DESC LIMIT ${share}) AS part`,
  );
  const { rows } = await sql<{ id: bigint }>`SELECT id FROM (${sql.join(each, sql` UNION ALL `)}) AS newest
    ORDER BY id DESC LIMIT ${most}`.execute(kysely);
  return rows.map(({ id }) => BigInt(id));
}

/** The documents of cards, each from its beginning; the word in which one is cut is left out. */
export async function readWords({ kysely }: Session, cardIds: readonly bigint[], mostCharacters: number): Promise<string[]> {
  const rows = await kysely
    .selectFrom('search_card')
    .select(sql<string>`substr(search_card.words, 1, ${mostCharacters})`.as('beginning'))
    .where('search_card.card_id', 'in', cardIds)
    .orderBy('search_card.card_id', 'desc')
    .execute();
  return rows.map(({ beginning }) =>
    beginning.length < mostCharacters ? beginning : beginning.slice(0, Math.max(0, beginning.lastIndexOf(' '))),
  );
}

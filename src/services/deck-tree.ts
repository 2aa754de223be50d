import type { Session } from '../db/database.ts';
import type { VisibleDeck } from '../db/stores/decks.ts';
import { countByDeck, type DueCounts, listHeldDecks } from '../db/stores/decks-below.ts';
import type { User } from '../db/stores/users.ts';
import { foldedOf, LEVEL_SEPARATOR, levelsOf, pathOf, pathOfFolded } from '../search/deck-names.ts';
import { type CountedDeck, readableDeck } from './decks.ts';
import { belowAmong, byPlace, ownPlaces, type PlacedDeck, placed } from './decks-below.ts';

/** Decks of one tree; more are not looked at. */
const MOST_DECKS = 5000;

/** A deck in its tree, or a level that decks below it have in their names and that is no deck itself. */
export interface DeckNode {
  /** Absent for a level that is no deck. */
  readonly deck: CountedDeck | undefined;
  /** What it is called there: its last level. */
  readonly name: string;
  /** All levels; of a level that is no deck as the first deck below it writes them. */
  readonly path: string;
  /** 0 for what is below nothing. */
  readonly depth: number;
  /** With all decks below it. */
  readonly total: Totals;
}

export interface Totals extends DueCounts {
  /** New, learning and due ones together. */
  readonly due_count: number;
}

const NOTHING: DueCounts = { card_count: 0, new_count: 0, learning_count: 0, review_count: 0 };

const added = (one: DueCounts, other: DueCounts): DueCounts => ({
  card_count: one.card_count + other.card_count,
  new_count: one.new_count + other.new_count,
  learning_count: one.learning_count + other.learning_count,
  review_count: one.review_count + other.review_count,
});

const totalsOf = (counts: DueCounts): Totals => ({
  ...counts,
  due_count: counts.new_count + counts.learning_count + counts.review_count,
});

export interface DeckTree {
  /** Each deck right before what is below it. */
  readonly nodes: readonly DeckNode[];
  /** There are more decks than one answer has. */
  readonly isCut: boolean;
}

/** All decks that a user holds, one below the other. Another's deck has a place of its own, whatever it is called. */
export async function deckTree(session: Session, user: User): Promise<DeckTree> {
  const decks = await listHeldDecks(session, user.id, MOST_DECKS + 1);
  return { nodes: await nodesOf(session, user, decks.slice(0, MOST_DECKS)), isCut: decks.length > MOST_DECKS };
}

/** A level above a deck; without an id where no deck has its name. */
export interface UpperDeck {
  readonly id: bigint | undefined;
  readonly name: string;
}

/** A deck, what is above it, outermost first, and its part of the tree: the deck itself is the first node. */
export async function deckPlace(
  session: Session,
  user: User,
  deckId: bigint,
): Promise<DeckTree & { readonly above: readonly UpperDeck[] }> {
  const deck = await readableDeck(session, user, deckId);
  if (deck.is_owner !== true) return { nodes: await nodesOf(session, user, [deck]), isCut: false, above: [] };
  const levels = levelsOf(deck.name);
  const own = await ownPlaces(session, user);
  const below = belowAmong(own, deck).map(({ id }) => id);
  const shown = below.slice(0, MOST_DECKS);
  const decks = shown.length === 0 ? [] : await listHeldDecks(session, user.id, MOST_DECKS, shown);
  const above = levels.slice(0, -1).map((name, at): UpperDeck => {
    const upper = pathOf(levels.slice(0, at + 1));
    return { id: own.find((one) => one.path === upper)?.id, name };
  });
  return { nodes: await nodesOf(session, user, [deck, ...decks], above.length), isCut: below.length > shown.length, above };
}

/** Decks as nodes, with the levels between them that are no decks; counts of all of them in one query. @param top levels that are left out */
async function nodesOf(session: Session, user: User, decks: readonly VisibleDeck[], top = 0): Promise<DeckNode[]> {
  const counts = await countByDeck(
    session,
    user.id,
    decks.map(({ id }) => id),
    session.clock.now(),
  );
  const known = new Map(decks.map((deck) => [deck.id, deck]));
  // Others' decks behind one's own: among them one could stand between a deck and what is below it.
  const isOwn = new Set(decks.filter(({ is_owner }) => is_owner === true).map(({ id }) => id));
  const places = decks
    .map(placeOf)
    .sort((one, other) => Number(isOwn.has(other.id)) - Number(isOwn.has(one.id)) || byPlace(one, other));
  const sums = new Map<string, DueCounts>();
  for (const { id, folded } of places)
    for (let depth = top; depth < folded.length - 1; depth++) {
      const path = pathOfFolded(folded.slice(0, depth + 1));
      sums.set(path, added(sums.get(path) ?? NOTHING, counts.get(id) ?? NOTHING));
    }
  const there = new Set(places.map(({ path }) => path));
  const nodes: DeckNode[] = [];
  for (const [at, { id, levels, folded, path }] of places.entries()) {
    for (let depth = top; depth < levels.length - 1; depth++) {
      const upper = levels.slice(0, depth + 1);
      const upperPath = pathOfFolded(folded.slice(0, depth + 1));
      if (there.has(upperPath)) continue;
      there.add(upperPath);
      nodes.push(nodeOf(undefined, upper, depth - top, sums.get(upperPath) ?? NOTHING));
    }
    const own = counts.get(id) ?? NOTHING;
    const hasBelow = places[at + 1]?.path !== path;
    const total = added(own, hasBelow ? (sums.get(path) ?? NOTHING) : NOTHING);
    const { due_count } = totalsOf(own);
    const deck = known.get(id) as VisibleDeck;
    const counted = { ...deck, is_owner: deck.is_owner === true, card_count: own.card_count, due_count };
    nodes.push(nodeOf(counted, levels, levels.length - 1 - top, total));
  }
  return nodes;
}

/** Another's deck is below nothing, and nothing is below it. */
const placeOf = (deck: VisibleDeck): PlacedDeck =>
  deck.is_owner === true
    ? placed(deck)
    : { id: deck.id, name: deck.name, levels: [deck.name], folded: foldedOf([deck.name]), path: `${LEVEL_SEPARATOR}${deck.id}` };

const nodeOf = (deck: CountedDeck | undefined, levels: readonly string[], depth: number, total: DueCounts): DeckNode => ({
  deck,
  name: levels.at(-1) as string,
  path: levels.join(LEVEL_SEPARATOR),
  depth,
  total: totalsOf(total),
});

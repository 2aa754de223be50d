import type { Session } from '../db/database.ts';
import type { VisibleDeck } from '../db/stores/decks.ts';
import { listOwnNames } from '../db/stores/decks-below.ts';
import type { User } from '../db/stores/users.ts';
import { compareLevels, isBelow, levelsOf, pathOf } from '../search/deck-names.ts';

/** A deck with its place among the others. */
export interface PlacedDeck {
  readonly id: bigint;
  readonly name: string;
  readonly levels: readonly string[];
  readonly path: string;
}

export const placed = ({ id, name }: { readonly id: bigint; readonly name: string }): PlacedDeck => {
  const levels = levelsOf(name);
  return { id, name, levels, path: pathOf(levels) };
};

/** Decks as they stand below each other; decks of one name by age. */
export const byPlace = (one: PlacedDeck, other: PlacedDeck): number =>
  compareLevels(one.levels, other.levels) || (one.id < other.id ? -1 : 1);

/** All decks that a user owns, as they stand below each other. */
export const ownPlaces = async (session: Session, user: User): Promise<PlacedDeck[]> =>
  (await listOwnNames(session, user.id)).map(placed).sort(byPlace);

/**
 * A user's own decks below a deck, in their order. Names say what is below what, and only among a user's own decks: what others call
 * theirs, also where they share them, brings nothing into somebody's day, and a deck of somebody else has none below it.
 */
export async function decksBelow(
  session: Session,
  user: User,
  { name, is_owner }: Pick<VisibleDeck, 'name' | 'is_owner'>,
): Promise<PlacedDeck[]> {
  if (is_owner !== true) return [];
  const upper = pathOf(levelsOf(name));
  return (await ownPlaces(session, user)).filter(({ path }) => isBelow(path, upper));
}

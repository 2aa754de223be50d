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

/** Decks as they stand below each other; of one name the oldest last: what is below is below that one. */
export const byPlace = (one: PlacedDeck, other: PlacedDeck): number =>
  compareLevels(one.levels, other.levels) || (one.id > other.id ? -1 : 1);

/** All decks that a user owns, as they stand below each other. */
export const ownPlaces = async (session: Session, user: User): Promise<PlacedDeck[]> =>
  (await listOwnNames(session, user.id)).map(placed).sort(byPlace);

/** Of a user's own decks those below one of them. Of decks of one name they are below the oldest alone: none is counted, renamed or deleted with two. */
export function belowAmong(own: readonly PlacedDeck[], { id, name }: Pick<VisibleDeck, 'id' | 'name'>): PlacedDeck[] {
  const upper = pathOf(levelsOf(name));
  const hasOlder = own.some((one) => one.path === upper && one.id < id);
  return hasOlder ? [] : own.filter(({ path }) => isBelow(path, upper));
}

/**
 * A user's own decks below a deck, in their order. Names say what is below what, and only among a user's own decks: what others call
 * theirs, also where they share them, brings nothing into somebody's day, and a deck of somebody else has none below it.
 */
export async function decksBelow(
  session: Session,
  user: User,
  deck: Pick<VisibleDeck, 'id' | 'name' | 'is_owner'>,
): Promise<PlacedDeck[]> {
  return deck.is_owner === true ? belowAmong(await ownPlaces(session, user), deck) : [];
}

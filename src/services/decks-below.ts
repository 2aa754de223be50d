import type { Session } from '../db/database.ts';
import type { VisibleDeck } from '../db/stores/decks.ts';
import { listOwnNames } from '../db/stores/decks-below.ts';
import type { User } from '../db/stores/users.ts';
import { compareFolded, foldedOf, isBelow, levelsOf, pathOf, pathOfFolded } from '../search/deck-names.ts';

/** A deck with its place among the others. */
export interface PlacedDeck {
  readonly id: bigint;
  readonly name: string;
  readonly levels: readonly string[];
  readonly folded: readonly string[];
  readonly path: string;
}

export const placed = ({ id, name }: { readonly id: bigint; readonly name: string }): PlacedDeck => {
  const levels = levelsOf(name);
  const folded = foldedOf(levels);
  return { id, name, levels, folded, path: pathOfFolded(folded) };
};

/** Decks as they stand below each other; of one name the oldest last: what is below is below that one. */
export const byPlace = (one: PlacedDeck, other: PlacedDeck): number =>
  compareFolded(one.folded, other.folded) || (one.id > other.id ? -1 : 1);

/** All decks that a user owns, in no order: whoever wants one of them only need not wait until thousands are sorted. */
export const ownPlaces = async (session: Session, user: User): Promise<PlacedDeck[]> =>
  (await listOwnNames(session, user.id)).map(placed);

/** Of a user's own decks those below one of them, in their order. Of decks of one name they are below the oldest alone: none is counted, renamed or deleted with two. */
export function belowAmong(own: readonly PlacedDeck[], { id, name }: Pick<VisibleDeck, 'id' | 'name'>): PlacedDeck[] {
  const upper = pathOf(levelsOf(name));
  const hasOlder = own.some((one) => one.path === upper && one.id < id);
  return hasOlder ? [] : own.filter(({ path }) => isBelow(path, upper)).sort(byPlace);
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

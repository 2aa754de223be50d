import type { Database } from '../db/database.ts';
import { ownCardsAmong } from '../db/stores/edit-targets.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { GivingWay } from './giving-way.ts';
import { searchIds } from './search.ts';

/** The cards that a change of many is about: what a search finds, or some by their ids. */
export interface EditScope {
  readonly q?: string | undefined;
  readonly card_ids?: readonly bigint[] | undefined;
}

/** What of it may be changed: each once, in the order of their ids. */
export interface EditTargets {
  readonly cards: readonly bigint[];
  readonly notes: readonly bigint[];
  /** Those of the cards that stand for themselves. */
  readonly plainCards: readonly bigint[];
  /** Cards of decks of others, which stay as they are. */
  readonly notOwn: number;
}

/** Cards that are looked up in one go; others are answered between. */
const BATCH = 5000;

const ascending = (ids: Iterable<bigint>): bigint[] => [...ids].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** The ids that a scope names. Throws `FC_BAD_REQUEST` for a query that says nothing, `FC_INPUT_INVALID` for both ways at once, neither, or too many cards. */
export async function idsOfScope(database: Database, user: User, { q, card_ids }: EditScope): Promise<readonly bigint[]> {
  if ((q === undefined) === (card_ids === undefined))
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'q: say which cards are meant',
      hint: 'Send a search as q, or ids of cards as card_ids; not both.',
    });
  if (card_ids !== undefined) return card_ids;
  const { ids, is_cut } = await searchIds(database, user, q as string, 'oldest');
  if (is_cut)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `q: this finds more than ${ids.length.toLocaleString('en')} cards`,
      hint: 'Change them deck by deck: add deck:NAME to the search.',
    });
  return ids;
}

/** What of a scope its user may change. */
export async function targetsOf(database: Database, user: User, scope: EditScope): Promise<EditTargets> {
  const ids = [...new Set(await idsOfScope(database, user, scope))];
  const notes = new Set<bigint>();
  const cards: bigint[] = [];
  const plainCards: bigint[] = [];
  const way = new GivingWay();
  for (let at = 0; at < ids.length; at += BATCH) {
    const part = ids.slice(at, at + BATCH);
    for (const { id, note_id } of await database.read((session) => ownCardsAmong(session, user.id, part))) {
      cards.push(id);
      if (note_id === null) plainCards.push(id);
      else notes.add(note_id);
    }
    await way.now();
  }
  return {
    cards: ascending(cards),
    notes: ascending(notes),
    plainCards: ascending(plainCards),
    notOwn: ids.length - cards.length,
  };
}

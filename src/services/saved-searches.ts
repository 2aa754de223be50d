import type { Session } from '../db/database.ts';
import {
  holdSavedSearch,
  insertSavedSearch,
  listSavedSearches,
  type SavedSearch,
  type SavedSearchValues,
  updateSavedSearch,
} from '../db/stores/saved-searches.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { recordRows, rowChange } from './operations.ts';
import { readQuery } from './search.ts';

/** Searches of one user. */
const MOST_SEARCHES = 200;

/** What is kept of a search. Throws `FC_INPUT_INVALID`, `FC_CONFLICT` for a name that another one has, `FC_BAD_REQUEST` for a query that says nothing. */
async function checkedSearch(session: Session, user: User, values: SavedSearchValues, id?: bigint): Promise<SavedSearchValues> {
  const name = values.name.trim();
  if (name === '')
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'a search is kept under a name, as Due torts',
      details: { field: 'name' },
    });
  readQuery(values.query);
  const others = (await listSavedSearches(session, user.id, MOST_SEARCHES)).filter((other) => other.id !== id);
  if (others.some((other) => other.name.toLowerCase() === name.toLowerCase()))
    throw new FlashcaseError('FC_CONFLICT', {
      what: `You have a search named ${name} already`,
      hint: 'Choose another name, or delete that one first.',
    });
  if (others.length >= MOST_SEARCHES)
    throw new FlashcaseError('FC_CONFLICT', {
      what: `There are ${MOST_SEARCHES} saved searches already`,
      hint: 'Delete one that you do not need, then try again.',
    });
  return { ...values, name };
}

/** The searches a user keeps, by their names. */
export const browseSavedSearches = (session: Session, user: User): Promise<SavedSearch[]> =>
  listSavedSearches(session, user.id, MOST_SEARCHES);

/** Keeps a search. */
export async function saveSearch(session: Session, user: User, values: SavedSearchValues): Promise<SavedSearch> {
  return insertSavedSearch(session, user.id, await checkedSearch(session, user, values));
}

async function ownSearch(session: Session, user: User, id: bigint): Promise<SavedSearch> {
  const search = await holdSavedSearch(session, user.id, id);
  if (search === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Saved search not found' });
  return search;
}

/** Gives a search another name, query or order; what is left out stays. Can be taken back. */
export async function changeSavedSearch(
  session: Session,
  user: User,
  id: bigint,
  change: Partial<SavedSearchValues>,
): Promise<SavedSearch> {
  const before = await ownSearch(session, user, id);
  const { name, query, sort } = { ...before, ...change };
  const after = await updateSavedSearch(session, id, await checkedSearch(session, user, { name, query, sort }, id));
  await recordRows(session, user, 'change_search', id, [rowChange('saved_search', before, after, ['name', 'query', 'sort'])]);
  return after;
}

/** Forgets a search; no card is touched. Can be taken back. */
export async function deleteSavedSearch(session: Session, user: User, id: bigint): Promise<void> {
  const before = await ownSearch(session, user, id);
  const after = await updateSavedSearch(session, id, { deleted_at: session.clock.now() });
  await recordRows(session, user, 'delete_search', id, [rowChange('saved_search', before, after, ['deleted_at'])]);
}

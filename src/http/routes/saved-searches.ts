import type { FastifyInstance } from 'fastify';
import type { SavedSearch } from '../../db/stores/saved-searches.ts';
import { browseSavedSearches, changeSavedSearch, deleteSavedSearch, saveSearch } from '../../services/saved-searches.ts';
import * as schemas from '../edit-schemas.ts';
import { toId } from '../paging.ts';
import { userRoute } from '../route.ts';

const present = ({ id, name, query, sort, created_at, updated_at }: SavedSearch) => ({
  id,
  name,
  query,
  sort,
  created_at,
  updated_at,
});

export async function savedSearchRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'search';
  const params = schemas.searchPath;

  userRoute(
    app,
    {
      method: 'GET',
      url: '/searches/',
      tag,
      scope: 'read',
      summary: 'The searches one keeps, by their names',
      answer: schemas.savedSearches,
      mode: 'read',
    },
    async ({ session, user }) => (await browseSavedSearches(session, user)).map(present),
  );
  userRoute(
    app,
    {
      method: 'POST',
      url: '/searches/',
      tag,
      scope: 'edit',
      summary: 'Keep a search under a name',
      body: schemas.searchSave,
      status: 201,
      answer: schemas.savedSearch,
      mode: 'write',
    },
    async ({ session, user, body }) => present(await saveSearch(session, user, body)),
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/searches/:search_id',
      tag,
      scope: 'edit',
      summary: 'Give a saved search another name, query or order; what is left out stays',
      params,
      body: schemas.searchChange,
      answer: schemas.savedSearch,
      mode: 'write',
    },
    async ({ session, user, params: { search_id }, body }) =>
      present(await changeSavedSearch(session, user, toId(search_id, 'Saved search'), body)),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/searches/:search_id',
      tag,
      scope: 'edit',
      summary: 'Forget a saved search; no card is touched',
      params,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { search_id } }) => deleteSavedSearch(session, user, toId(search_id, 'Saved search')),
  );
}

import type { FastifyInstance } from 'fastify';
import { type ApiToken, apiTokensOf, makeApiToken, revokeApiToken } from '../../services/api-tokens.ts';
import { endLogin, endOtherLogins, type Login, listLogins } from '../../services/logins.ts';
import { scopesIn } from '../../services/scopes.ts';
import * as schemas from '../account-schemas.ts';
import { addressOf } from '../client-address.ts';
import { readToken } from '../login-cookie.ts';
import { toId } from '../paging.ts';
import { userRoute, userTask } from '../route.ts';

const tag = 'account';

const presentLogin = ({ id, isCurrent, kind, device, place, created_at, last_used_at, expires_at }: Login) => ({
  ...{ id, is_current: isCurrent, kind, device, place, created_at, last_used_at, expires_at },
});
const presentToken = ({ id, name, scopes, created_at, last_used_at, expires_at, place }: ApiToken) => ({
  ...{ id, name, scopes: scopesIn(scopes), created_at, last_used_at, expires_at, place },
});

/** One's own ways in: logins on all devices, and tokens of programs. */
export async function accountRoutes(app: FastifyInstance): Promise<void> {
  userRoute(
    app,
    {
      method: 'GET',
      url: '/auth/logins',
      tag,
      scope: 'login',
      summary: 'One’s own logins on all devices, last used first',
      answer: schemas.logins,
      mode: 'read',
    },
    async ({ session, user, request }) => (await listLogins(session, user, readToken(request) ?? '')).map(presentLogin),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/auth/logins',
      tag,
      scope: 'login',
      summary: 'End all of one’s own logins but this one',
      answer: schemas.loginsEnded,
      mode: 'write',
    },
    async ({ session, user, request }) => ({ ended: await endOtherLogins(session, user, readToken(request) ?? '') }),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/auth/logins/:login_id',
      tag,
      scope: 'login',
      summary: 'End one of one’s own logins',
      params: schemas.loginPath,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { login_id } }) => endLogin(session, user, toId(login_id, 'Login')),
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/auth/tokens',
      tag,
      scope: 'login',
      summary: 'One’s own API tokens, the newest first; never the tokens themselves',
      answer: schemas.apiTokens,
      mode: 'read',
    },
    async ({ session, user }) => (await apiTokensOf(session, user)).map(presentToken),
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/auth/tokens',
      tag,
      scope: 'login',
      summary: 'A new API token, which is shown this once',
      body: schemas.apiTokenCreate,
      status: 201,
      answer: schemas.newApiToken,
    },
    async ({ user, body, request }) => {
      const { token, row } = await makeApiToken(app.database, user, {
        name: body.name,
        scopes: body.scopes,
        days: body.expires_in_days,
        password: body.current_password,
        address: addressOf(request),
      });
      return { ...presentToken(row), token };
    },
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/auth/tokens/:token_id',
      tag,
      scope: 'login',
      summary: 'Revoke one of one’s own API tokens',
      params: schemas.tokenPath,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { token_id } }) => revokeApiToken(session, user, toId(token_id, 'API token')),
  );
}

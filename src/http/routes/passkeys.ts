import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  addPasskey,
  nameOnePasskey,
  type Passkey,
  passkeyQuestion,
  passkeySite,
  passkeysOf,
  removePasskey,
  signInByPasskey,
  signInQuestion,
  siteFor,
} from '../../services/passkeys.ts';
import * as schemas from '../account-schemas.ts';
import { addressOf } from '../client-address.ts';
import { refuseCrossSite, setLoginCookie } from '../login-cookie.ts';
import { loginOf } from '../login-of.ts';
import { toId } from '../paging.ts';
import { publicRoute, userRoute, userTask } from '../route.ts';
import * as common from '../schemas.ts';
import { presentMe } from './auth.ts';

const tag = 'account';

const present = ({ id, name, site, created_at, last_used_at }: Passkey) => ({ id, name, site, created_at, last_used_at });

/** Passkeys: made and kept by who is signed in, and signing in by one. */
export async function passkeyRoutes(app: FastifyInstance): Promise<void> {
  const known = passkeySite(app.settings.publicUrl);
  const siteOf = (request: FastifyRequest) => siteFor(known, request.headers.origin);

  publicRoute(
    app,
    {
      method: 'POST',
      url: '/auth/passkey-session/question',
      tag,
      summary: 'What a browser asks a passkey to sign somebody in',
      answer: schemas.passkeyQuestion,
    },
    async ({ request }) => {
      refuseCrossSite(request);
      return { public_key: await signInQuestion(app.database, siteOf(request), addressOf(request)) };
    },
  );
  publicRoute(
    app,
    {
      method: 'POST',
      url: '/auth/passkey-session',
      tag,
      summary: 'A cookie for the page, by the answer of a passkey',
      body: schemas.passkeyLogin,
      answer: common.me,
    },
    async ({ body, request, reply }) => {
      refuseCrossSite(request);
      // The schema has looked at what the library reads.
      const response = { ...body.response, clientExtensionResults: {} } as AuthenticationResponseJSON;
      const login = loginOf(request, app.settings, 'web');
      const { user, token } = await signInByPasskey(app.database, siteOf(request), response, login);
      setLoginCookie(request, reply, token, app.settings.tokenDays);
      return presentMe(user);
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/auth/passkeys',
      tag,
      scope: 'login',
      summary: 'One’s own passkeys, the newest first',
      answer: schemas.passkeys,
      mode: 'read',
    },
    async ({ session, user }) => (await passkeysOf(session, user)).map(present),
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/auth/passkeys/question',
      tag,
      scope: 'login',
      summary: 'What a browser needs to make a passkey',
      body: schemas.passkeyQuestionAsked,
      answer: schemas.passkeyQuestion,
    },
    async ({ user, body, request }) => {
      const confirmation = { password: body.current_password, address: addressOf(request) };
      return { public_key: await passkeyQuestion(app.database, siteOf(request), user, confirmation) };
    },
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/auth/passkeys',
      tag,
      scope: 'login',
      summary: 'Keep a passkey that the browser made',
      body: schemas.passkeyCreate,
      status: 201,
      answer: schemas.passkey,
    },
    async ({ user, body, request }) => {
      const response = { ...body.response, clientExtensionResults: {} } as RegistrationResponseJSON;
      return present(await addPasskey(app.database, siteOf(request), user, { name: body.name, response }));
    },
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/auth/passkeys/:passkey_id',
      tag,
      scope: 'login',
      summary: 'Name one of one’s own passkeys',
      params: schemas.passkeyPath,
      body: schemas.passkeyName,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { passkey_id }, body: { name } }) =>
      nameOnePasskey(session, user, toId(passkey_id, 'Passkey'), name),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/auth/passkeys/:passkey_id',
      tag,
      scope: 'login',
      summary: 'Remove one of one’s own passkeys; the password stays',
      params: schemas.passkeyPath,
      status: 204,
      mode: 'write',
    },
    ({ session, user, params: { passkey_id } }) => removePasskey(session, user, toId(passkey_id, 'Passkey')),
  );
}

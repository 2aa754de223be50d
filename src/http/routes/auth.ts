import type { FastifyInstance } from 'fastify';
import { logIn, logOut, register, type User } from '../../services/accounts.ts';
import { forUser } from '../context.ts';
import { clearLoginCookie, readToken, refuseCrossSite, setLoginCookie } from '../login-cookie.ts';
import * as schemas from '../schemas.ts';

const present = ({ id, email, username, is_active, created_at, updated_at }: User) => ({
  id,
  email,
  username,
  is_active,
  created_at,
  updated_at,
});

export async function authRoutes(app: FastifyInstance): Promise<void> {
  const tags = ['authentication'];
  let hasWarned = false;

  app.post(
    '/auth/register',
    { schema: { tags, body: schemas.register, response: { 201: schemas.user } } },
    async (request, reply) => {
      const user = await register(app.getDb(), request.body as { email: string; username: string; password: string });
      return reply.code(201).send(present(user));
    },
  );

  app.post(
    '/auth/login',
    {
      schema: {
        tags,
        summary: 'A token for programs',
        consumes: ['application/x-www-form-urlencoded'],
        body: schemas.login,
        response: { 200: schemas.token },
      },
    },
    async (request) => {
      const { username, password } = request.body as { username: string; password: string };
      const { token } = await logIn(app.getDb(), {
        username,
        password,
        address: request.ip,
        kind: 'api',
        days: app.settings.tokenDays,
      });
      return { access_token: token, token_type: 'bearer' };
    },
  );

  app.post(
    '/auth/session',
    { schema: { tags, summary: 'A cookie for the page', body: schemas.login, response: { 200: schemas.user } } },
    async (request, reply) => {
      refuseCrossSite(request);
      const { username, password } = request.body as { username: string; password: string };
      const { user, token } = await logIn(app.getDb(), {
        username,
        password,
        address: request.ip,
        kind: 'web',
        days: app.settings.tokenDays,
      });
      if (request.protocol !== 'https' && !hasWarned) {
        hasWarned = true;
        request.log.warn('logins travel over plain http: fine on a home network, not on the internet (docs/guide/tls.md)');
      }
      setLoginCookie(request, reply, token, app.settings.tokenDays);
      return present(user);
    },
  );

  app.delete(
    '/auth/session',
    { schema: { tags, summary: 'Log out', response: { 204: { type: 'null' } } } },
    async (request, reply) => {
      const token = readToken(request);
      if (token !== undefined) await app.getSession('write', (session) => logOut(session, token));
      clearLoginCookie(request, reply);
      return reply.code(204).send();
    },
  );

  app.get(
    '/auth/me',
    { schema: { tags, response: { 200: schemas.user } } },
    forUser('read', async ({ user }) => present(user)),
  );
}

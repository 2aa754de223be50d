import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changePassword, type LoginRequest, logIn, logOut, register, type User } from '../../services/accounts.ts';
import { acceptForms } from '../body.ts';
import { addressOf } from '../client-address.ts';
import { clearLoginCookie, readToken, refuseCrossSite, setLoginCookie } from '../login-cookie.ts';
import { loginOf } from '../login-of.ts';
import { publicRoute, userRoute, userTask } from '../route.ts';
import * as schemas from '../schemas.ts';

const present = ({ id, email, username, is_active, created_at, updated_at }: User) => ({
  id,
  email,
  username,
  is_active,
  created_at,
  updated_at,
});

export const presentMe = (user: User) => ({ ...present(user), is_admin: user.is_admin });

export async function authRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'authentication';
  const logInWith = (credentials: { username: string; password: string }, kind: LoginRequest['kind'], request: FastifyRequest) =>
    logIn(app.database, {
      username: credentials.username,
      password: credentials.password,
      address: addressOf(request),
      ...loginOf(request, app.settings, kind),
    });

  let hasWarned = false;
  function warnOnce(request: FastifyRequest): void {
    if (request.protocol === 'https' || hasWarned) return;
    hasWarned = true;
    request.log.warn('passwords travel over plain http: fine on a home network, not on the internet (docs/guide/tls.md)');
  }

  async function giveCookie(request: FastifyRequest, reply: FastifyReply, username: string, password: string): Promise<User> {
    warnOnce(request);
    const { user, token } = await logInWith({ username, password }, 'web', request);
    setLoginCookie(request, reply, token, app.settings.tokenDays);
    return user;
  }

  publicRoute(
    app,
    {
      method: 'POST',
      url: '/auth/register',
      tag,
      summary: 'A new account',
      body: schemas.register,
      status: 201,
      answer: schemas.user,
    },
    async ({ body }) => present(await register(app.database, body)),
  );

  await app.register(async (forms) => {
    await acceptForms(forms);
    publicRoute(
      forms,
      {
        method: 'POST',
        url: '/auth/login',
        tag,
        summary: 'A token for programs',
        consumes: 'application/x-www-form-urlencoded',
        body: schemas.login,
        answer: schemas.token,
      },
      async ({ body, request }) => {
        warnOnce(request);
        const { token } = await logInWith(body, 'api', request);
        return { access_token: token, token_type: 'bearer' };
      },
    );
  });

  publicRoute(
    app,
    {
      method: 'POST',
      url: '/auth/session',
      tag,
      summary: 'A cookie for the page',
      body: schemas.sessionLogin,
      answer: schemas.me,
    },
    async ({ body, request, reply }) => {
      refuseCrossSite(request);
      return presentMe(await giveCookie(request, reply, body.username, body.password));
    },
  );

  publicRoute(
    app,
    { method: 'DELETE', url: '/auth/session', tag, summary: 'Log out: ends the cookie’s or token’s login', status: 204 },
    async ({ request, reply }) => {
      const token = readToken(request);
      if (token !== undefined) await app.getSession('write', (session) => logOut(session, token), 'nobody');
      clearLoginCookie(request, reply);
    },
  );

  userRoute(
    app,
    { method: 'GET', url: '/auth/me', tag, scope: 'any', summary: 'Who is logged in', answer: schemas.me, mode: 'read' },
    async ({ user }) => presentMe(user),
  );

  userTask(
    app,
    {
      method: 'PUT',
      url: '/auth/password',
      tag,
      scope: 'login',
      summary: 'A new password; every login of the account ends. The page gets a new cookie, programs log in again',
      body: schemas.passwordChange,
      status: 204,
    },
    async ({ user, body, request, reply }) => {
      const isPage = request.headers.authorization === undefined;
      const token = await changePassword(app.database, user, {
        current: body.current_password,
        wanted: body.new_password,
        address: addressOf(request),
        reopen: isPage ? loginOf(request, app.settings, 'web') : undefined,
      });
      if (token === undefined) clearLoginCookie(request, reply);
      else setLoginCookie(request, reply, token, app.settings.tokenDays);
    },
  );
}

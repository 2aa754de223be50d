import type { FastifyInstance } from 'fastify';
import { FlashcaseError } from '../../errors/index.ts';
import { confirmPassword } from '../../services/accounts.ts';
import { type ApiToken, apiTokensOf, makeApiToken, revokeApiToken } from '../../services/api-tokens.ts';
import { deleteAccount, removeClosedAccounts } from '../../services/delete-account.ts';
import { ACCOUNT_PREFIX, exportAccount } from '../../services/export-account.ts';
import { endLogin, endOtherLogins, type Login, listLogins } from '../../services/logins.ts';
import type { SendMail } from '../../services/mail.ts';
import { passkeySite } from '../../services/passkeys.ts';
import { countResetRequest, resetByLink, sendResetLink } from '../../services/password-resets.ts';
import { scopesIn, TOKEN_PREFIX } from '../../services/scopes.ts';
import { takingTurns } from '../../services/taking-turns.ts';
import * as schemas from '../account-schemas.ts';
import { addressOf } from '../client-address.ts';
import { laterWork } from '../later-work.ts';
import { clearLoginCookie, readToken, refuseCrossSite } from '../login-cookie.ts';
import { toId } from '../paging.ts';
import { publicRoute, userRoute, userTask } from '../route.ts';
import { sendWritten } from '../send-written.ts';

const tag = 'account';

const presentLogin = ({ id, isCurrent, kind, device, place, created_at, last_used_at, expires_at }: Login) => ({
  ...{ id, is_current: isCurrent, kind, device, place, created_at, last_used_at, expires_at },
});
const presentToken = ({ id, name, scopes, created_at, last_used_at, expires_at, place }: ApiToken) => ({
  ...{ id, name, scopes: scopesIn(scopes), created_at, last_used_at, expires_at, place },
});

/** One's own ways in: logins on all devices, and tokens of programs. */
export async function accountRoutes(app: FastifyInstance, { sendMail }: { sendMail: SendMail | undefined }): Promise<void> {
  // Each holds a connection, and twice its size of the disk, for as long as it takes.
  const exporting = takingTurns({
    concurrent: 1,
    mostWaiting: 4,
    whenFull: 'Others are downloading everything of theirs just now.',
  });
  const { publicUrl } = app.settings;
  publicRoute(
    app,
    {
      method: 'GET',
      url: '/auth/ways',
      tag,
      summary: 'What the page that signs people in has to know of this server',
      answer: schemas.waysIn,
    },
    async () => ({
      mails_password_resets: sendMail !== undefined,
      passkey_site: passkeySite(publicUrl)?.origin ?? null,
    }),
  );
  publicRoute(
    app,
    {
      method: 'POST',
      url: '/auth/password-resets',
      tag,
      summary: 'Mail a link for a new password, if there is such an account; the answer does not tell',
      body: schemas.resetRequest,
      status: 202,
    },
    async ({ body: { name }, request }) => {
      refuseCrossSite(request);
      if (sendMail === undefined || publicUrl === undefined)
        throw new FlashcaseError('FC_NOT_CONFIGURED', { what: 'This server sends no mail: an administrator can make a link' });
      await countResetRequest(app.database, name, addressOf(request));
      laterWork(
        app,
        () => sendResetLink(app.database, sendMail, publicUrl, name),
        (error) => request.log.error({ err: error }, 'a link for a new password could not be mailed'),
      );
    },
  );
  publicRoute(
    app,
    {
      method: 'POST',
      url: '/auth/password-resets/use',
      tag,
      summary: 'Set a new password by a link; every login, API token and passkey of the account ends',
      body: schemas.resetUse,
      status: 204,
    },
    async ({ body: { token, password }, request, reply }) => {
      refuseCrossSite(request);
      await resetByLink(app.database, token, password);
      clearLoginCookie(request, reply);
    },
  );
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
  userTask(
    app,
    {
      method: 'POST',
      url: '/account/export',
      tag,
      scope: 'transfer',
      summary: 'Everything that is stored about oneself, as one zip file',
      answer: { type: 'string', format: 'binary' },
      produces: 'application/zip',
    },
    async ({ user, reply, request }) => {
      // Where somebody is signed in is not for tokens.
      const hasWaysIn = readToken(request)?.startsWith(TOKEN_PREFIX) !== true;
      return sendWritten(reply, { prefix: ACCOUNT_PREFIX, clock: app.database.clock }, async (file, signal) => {
        await exporting(() => app.getSession('read', (session) => exportAccount(session, user, file, { hasWaysIn, signal })));
        return { name: 'flashcase-account.zip', mediaType: 'application/zip' };
      });
    },
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/account/delete',
      tag,
      scope: 'login',
      summary: 'Delete one’s own account for good',
      body: schemas.accountDeletion,
      status: 204,
    },
    async ({ user, body, request, reply }) => {
      await confirmPassword(app.database, user, body.current_password, addressOf(request));
      await deleteAccount(app.database, user.id, user);
      clearLoginCookie(request, reply);
      laterWork(
        app,
        async () => void (await removeClosedAccounts(app.database, app.stopping)),
        (error) => request.log.error({ err: error }, 'what is left of a deleted account is removed in the night'),
      );
    },
  );
}

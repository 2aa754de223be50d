import type { FastifyInstance } from 'fastify';
import { FlashcaseError } from '../../errors/index.ts';
import type { User } from '../../services/accounts.ts';
import { accountSeen, browseAccounts, changeAccount, resetLinkFor } from '../../services/administer.ts';
import { deleteAccount, removeClosedAccounts } from '../../services/delete-account.ts';
import * as schemas from '../admin-schemas.ts';
import { laterWork } from '../later-work.ts';
import { pageOf, sendPage, toId } from '../paging.ts';
import { adminTask } from '../route.ts';

const tag = 'administration';

const present = ({ id, username, email, is_active, is_admin, max_cards, created_at }: User) => ({
  ...{ id, username, email, is_active, is_admin, max_cards, created_at },
});

/** For administrators: the accounts of this server. */
export async function adminRoutes(app: FastifyInstance): Promise<void> {
  adminTask(
    app,
    {
      method: 'GET',
      url: '/admin/users',
      tag,
      summary: 'All accounts, or those whose name or address has a text in it',
      query: schemas.userList,
      answer: schemas.users,
    },
    async ({ query: { limit, after, search }, reply }) => {
      const page = pageOf({ limit, ...(after === undefined ? {} : { after }) });
      const users = await app.getSession('read', (session) => browseAccounts(session, search, page));
      return sendPage(reply, users.map(present), page.limit);
    },
  );
  adminTask(
    app,
    {
      method: 'GET',
      url: '/admin/users/:user_id',
      tag,
      summary: 'One account: who it is and how much it keeps',
      params: schemas.userPath,
      answer: schemas.userSeen,
    },
    async ({ params: { user_id } }) => {
      const { user, logins, storage } = await app.getSession('read', (session) => accountSeen(session, toId(user_id, 'User')));
      return { ...present(user), logins, storage };
    },
  );
  adminTask(
    app,
    {
      method: 'PUT',
      url: '/admin/users/:user_id',
      tag,
      scope: 'login',
      summary:
        'Make somebody an administrator or no more; let them in or not, which ends their logins; how many cards they may have',
      params: schemas.userPath,
      body: schemas.userChange,
      answer: schemas.user,
    },
    async ({ params: { user_id }, body }) =>
      present(
        await changeAccount(app.database, toId(user_id, 'User'), {
          is_admin: body.is_admin ?? undefined,
          is_active: body.is_active ?? undefined,
          // Left out it stays; null is what everybody may.
          max_cards: body.max_cards,
        }),
      ),
  );
  adminTask(
    app,
    {
      method: 'POST',
      url: '/admin/users/:user_id/reset-link',
      tag,
      scope: 'login',
      summary: 'A link with which somebody chooses a new password once, to hand on to them',
      params: schemas.userPath,
      status: 201,
      answer: schemas.resetLink,
    },
    async ({ params: { user_id } }) => {
      const { path, expiresAt } = await app.getSession('write', (session) => resetLinkFor(session, toId(user_id, 'User')));
      return { path, expires_at: expiresAt };
    },
  );
  adminTask(
    app,
    {
      method: 'POST',
      url: '/admin/users/:user_id/delete',
      tag,
      scope: 'login',
      summary: 'Delete an account for good',
      params: schemas.userPath,
      body: schemas.deletion,
      hasUnrecordedBody: true,
      status: 204,
    },
    async ({ params: { user_id }, body: { confirm }, request }) => {
      const id = toId(user_id, 'User');
      const { user } = await app.getSession('read', (session) => accountSeen(session, id));
      if (confirm !== user.username)
        throw new FlashcaseError('FC_BAD_REQUEST', { what: 'confirm is not the username of this account' });
      await deleteAccount(app.database, id);
      laterWork(
        app,
        async () => void (await removeClosedAccounts(app.database, app.stopping)),
        (error) => request.log.error({ err: error }, 'what is left of a deleted account is removed in the night'),
      );
    },
  );
}

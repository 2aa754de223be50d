import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../../src/db/database.ts';
import { insertOneTimeToken } from '../../src/db/stores/one-time-tokens.ts';
import { takeUser, type User } from '../../src/db/stores/users.ts';
import { buildApp } from '../../src/http/app.ts';
import { changePassword, resetPassword, takeUnchanged } from '../../src/services/accounts.ts';
import { deleteAccount } from '../../src/services/delete-account.ts';
import { deviceOf } from '../../src/services/logins.ts';
import { hashToken } from '../../src/services/token-hash.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const PHONE = 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36';

test('a device is shown by its browser and system, a program by its name, cut where it is long', () => {
  assert.deepEqual([FIREFOX, PHONE].map(deviceOf), ['Firefox on Windows', 'Chrome on Android']);
  assert.equal(
    deviceOf(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
    ),
    'Safari on iPhone',
  );
  assert.equal(deviceOf('Mozilla/5.0 (X11; Linux x86_64) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0'), 'Edge on Linux');
  assert.equal(deviceOf('curl/8.14.1'), 'curl');
  assert.equal(deviceOf(`<script>${'x'.repeat(300)}`)?.length, 60);
  assert.deepEqual([deviceOf(undefined), deviceOf('  ')], [null, null]);
});

for (const target of withCitus(everydayEngines())) {
  describe(`one’s own account on ${target.name}`, { skip: target.skip }, () => {
    const onService = (story: (service: Service) => Promise<void>) => async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        await story(service);
      } finally {
        await service.close();
        await place.drop();
      }
    };

    /** Logs in as the page does, from somewhere; gives the cookie. */
    const signIn = async ({ app }: Service, username: string, agent: string, remoteAddress: string): Promise<string> => {
      const answer = await app.inject({
        method: 'POST',
        url: '/api/v1/auth/session',
        remoteAddress,
        headers: { 'user-agent': agent },
        payload: { username, password: 'password-1' },
      });
      assert.equal(answer.statusCode, 200, answer.body);
      return String(answer.headers['set-cookie']).split(';', 1)[0] as string;
    };

    test(
      'logins are listed with device, network and last use; one or all others are ended, and nobody else’s',
      onService(async (service) => {
        const { call, app, clock, signUp } = service;
        await signUp('anna');
        const ben = await signUp('ben');
        const laptop = await signIn(service, 'anna', FIREFOX, '192.0.2.77');
        clock.advance(60);
        const phone = await signIn(service, 'anna', PHONE, '2001:db8:1:2:3:4:5:6');
        const as = (cookie: string) => ({ headers: { cookie } });
        const list = async (cookie: string) => (await call('GET', '/api/v1/auth/logins', as(cookie))).body;
        const seen = await list(laptop);
        assert.deepEqual(
          seen.map(({ device, place, kind, is_current }: Record<string, unknown>) => [device, place, kind, is_current]),
          [
            ['Chrome on Android', '2001:db8:1::/48', 'web', false],
            ['Firefox on Windows', '192.0.2.0/24', 'web', true],
            [null, null, 'api', false],
          ],
        );
        assert.ok(seen.every((row: object) => !JSON.stringify(row).includes('hash')));

        // A use is noted down beside the request that it is of, with the network it came from; not each single one.
        clock.advance(3600);
        await app.inject({ url: '/api/v1/auth/me', headers: { cookie: laptop }, remoteAddress: '198.51.100.9' });
        await Promise.all(app.underway);
        const used = (await list(laptop)).find((row: { device: string }) => row.device === 'Firefox on Windows');
        assert.deepEqual([used.place, used.last_used_at > seen[0].last_used_at], ['198.51.100.0/24', true]);

        const id = (await list(laptop)).find((row: { device: string }) => row.device === 'Chrome on Android').id;
        assert.equal((await call('DELETE', `/api/v1/auth/logins/${id}`, { token: ben })).status, 404, 'not Ben’s');
        assert.equal((await call('DELETE', `/api/v1/auth/logins/${id}`, as(laptop))).status, 204);
        assert.equal((await call('DELETE', `/api/v1/auth/logins/${id}`, as(laptop))).status, 404);
        assert.equal((await call('GET', '/api/v1/auth/me', as(phone))).status, 401);
        assert.deepEqual((await call('DELETE', '/api/v1/auth/logins', as(laptop))).body, { ended: 1 });
        assert.equal((await list(laptop)).length, 1);
        assert.equal((await call('GET', '/api/v1/auth/me', { token: ben })).status, 200, 'Ben is still there');
      }),
    );

    test(
      'a login that is ended has ended on every server at once',
      onService(async (service) => {
        await service.signUp('anna');
        const cookie = await signIn(service, 'anna', FIREFOX, '192.0.2.77');
        const { settings } = service.app;
        const second = openDatabase(settings, service.clock);
        const other = await buildApp({ database: second, settings, hasLog: false });
        try {
          const ask = async () => (await other.inject({ url: '/api/v1/auth/me', headers: { cookie } })).statusCode;
          assert.equal(await ask(), 200);
          const elsewhere = await signIn(service, 'anna', PHONE, '192.0.2.78');
          const ended = await service.call('DELETE', '/api/v1/auth/logins', { headers: { cookie: elsewhere } });
          assert.equal(ended.body.ended, 2);
          assert.equal(await ask(), 401);
        } finally {
          await other.close();
          await second.close();
        }
      }),
    );

    test(
      'a new password ends every login; the page goes on with a new cookie, and the old one opens nothing',
      onService(async (service) => {
        const { call, signUp } = service;
        const program = await signUp('anna');
        const laptop = await signIn(service, 'anna', FIREFOX, '192.0.2.77');
        const phone = await signIn(service, 'anna', PHONE, '192.0.2.78');
        const changed = await call('PUT', '/api/v1/auth/password', {
          headers: { cookie: laptop },
          json: { current_password: 'password-1', new_password: 'password-2' },
        });
        assert.equal(changed.status, 204);
        const fresh = String(changed.headers['set-cookie']).split(';', 1)[0] as string;
        const status = async (options: object) => (await call('GET', '/api/v1/auth/me', options)).status;
        assert.deepEqual(
          [
            await status({ token: program }),
            await status({ headers: { cookie: laptop } }),
            await status({ headers: { cookie: phone } }),
            await status({ headers: { cookie: fresh } }),
          ],
          [401, 401, 401, 200],
        );
      }),
    );

    test(
      'an API token is shown once and stored as a hash; it does what its scope says until it ends or is revoked',
      onService(async ({ call, signUp, clock, app, database }) => {
        const anna = await signUp('anna');
        const ben = await signUp('ben');
        const make = (json: object, token = anna) =>
          call('POST', '/api/v1/auth/tokens', {
            token,
            json: { name: 'sync', scopes: ['read'], expires_in_days: 30, current_password: 'password-1', ...json },
          });
        assert.equal((await make({ current_password: 'no' })).body.detail, 'The current password is not right');
        assert.deepEqual([(await make({ scopes: [] })).status, (await make({ scopes: ['all'] })).status], [422, 422]);
        assert.equal((await make({ scopes: ['admin'] })).body.code, 'FC_FORBIDDEN');
        const { body: made } = await make({ scopes: ['edit', 'read'] });
        assert.match(made.token, /^flashcase_[0-9a-f]{64}$/);
        assert.deepEqual(made.scopes, ['read', 'edit']);
        const token = made.token as string;
        const stored = await database.read(({ kysely }) => kysely.selectFrom('api_token').selectAll().execute());
        assert.ok(
          !JSON.stringify(stored, (_, value) => (typeof value === 'bigint' ? String(value) : value)).includes(token.slice(10)),
        );

        const deck = await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        assert.equal(deck.status, 201);
        assert.equal((await call('GET', `/api/v1/decks/${deck.body.id}`, { token })).status, 200);
        const refused = await call('GET', `/api/v1/study/queue/${deck.body.id}`, { token });
        assert.deepEqual(
          [refused.status, refused.body.code, refused.body.detail, typeof refused.body.hint],
          [403, 'FC_TOKEN_SCOPE', 'This API token has not the scope study', 'string'],
        );
        // What opens ways into the account is not for tokens, whatever their scope.
        assert.equal((await make({}, token)).body.code, 'FC_TOKEN_SCOPE');
        const change = { current_password: 'password-1', new_password: 'password-2' };
        assert.equal((await call('PUT', '/api/v1/auth/password', { token, json: change })).body.code, 'FC_TOKEN_SCOPE');

        await Promise.all(app.underway);
        const [row] = (await call('GET', '/api/v1/auth/tokens', { token: anna })).body;
        assert.deepEqual([row.name, row.scopes, row.place, 'token' in row], ['sync', ['read', 'edit'], '127.0.0.0/24', false]);
        assert.notEqual(row.last_used_at, null);
        assert.deepEqual((await call('GET', '/api/v1/auth/tokens', { token: ben })).body, []);
        assert.equal((await call('DELETE', `/api/v1/auth/tokens/${row.id}`, { token: ben })).status, 404);

        clock.advance(30 * 86_400);
        assert.equal((await call('GET', '/api/v1/decks/', { token })).status, 401, 'it has ended');
        const lasting = (await make({ expires_in_days: null })).body;
        clock.advance(3000 * 86_400);
        assert.equal((await call('GET', '/api/v1/decks/', { token: lasting.token })).status, 200);
        assert.equal((await call('DELETE', `/api/v1/auth/tokens/${lasting.id}`, { token: anna })).status, 204);
        assert.equal((await call('GET', '/api/v1/decks/', { token: lasting.token })).status, 401, 'it is revoked');
      }),
    );

    test(
      'whoever knows the old password loses against a reset: the write asks again, and every link and question ends',
      onService(async ({ signUp, database }) => {
        await signUp('anna');
        const find = () =>
          database.read(({ kysely }) =>
            kysely.selectFrom('user').selectAll().where('username', '=', 'anna').executeTakeFirstOrThrow(),
          );
        const tokens = () => database.read(({ kysely }) => kysely.selectFrom('one_time_token').selectAll().execute());
        const asked = (purpose: string) =>
          database.write(async (session) =>
            insertOneTimeToken(session, {
              purpose,
              user_id: (await find()).id,
              token_hash: hashToken(purpose),
              expires_at: session.clock.now().plusDays(1),
            }),
          );
        const admitted = await find();
        const change = (user: typeof admitted, current: string) =>
          changePassword(database, user, { current, wanted: 'password-3', address: '192.0.2.1' });
        for (const purpose of ['passkey_new', 'password_reset']) await asked(purpose);
        await resetPassword(database, 'anna', 'password-2');
        assert.deepEqual(await tokens(), []);
        // Admitted before the reset, with the password of before it: no more.
        await assert.rejects(change(admitted, 'password-1'), { code: 'FC_BAD_REQUEST' });
        await assert.rejects(
          database.write((session) => takeUnchanged(session, admitted)),
          { code: 'FC_BAD_REQUEST' },
        );
        const now = await find();
        for (const purpose of ['passkey_new', 'password_reset']) await asked(purpose);
        await change(now, 'password-2');
        assert.deepEqual(await tokens(), []);
        const open = await find();
        await database.write(({ kysely }) => kysely.updateTable('user').set({ is_active: false }).execute());
        await assert.rejects(change(open, 'password-3'), { code: 'FC_BAD_REQUEST' });
      }),
    );

    test(
      'an account is not deleted by whoever had its old password once its owner has reset it',
      onService(async ({ signUp, database }) => {
        await signUp('anna');
        const find = () =>
          database.read(({ kysely }) =>
            kysely.selectFrom('user').selectAll().where('email', '=', 'anna@law.edu').executeTakeFirst(),
          );
        const admitted = (await find()) as User;
        await resetPassword(database, 'anna', 'password-2');
        await assert.rejects(deleteAccount(database, admitted.id, admitted), { code: 'FC_BAD_REQUEST' });
        assert.notEqual(await find(), undefined);
        await deleteAccount(database, admitted.id, await find());
        assert.equal(await find(), undefined);
      }),
    );

    test(
      'a username is nobody’s address: a new one has no @, and of older ones an address goes first',
      onService(async ({ call, signUp, database }) => {
        const refused = await call('POST', '/api/v1/auth/register', {
          json: { email: 'eve@law.edu', username: 'anna@law.edu', password: 'password-1' },
        });
        assert.equal(refused.status, 422, refused.text);
        assert.match(refused.text, /A username has no @/);
        await signUp('anna');
        await signUp('eve');
        // As an older release took it.
        await database.write(({ kysely }) =>
          kysely.updateTable('user').set({ username: 'anna@law.edu' }).where('username', '=', 'eve').execute(),
        );
        const logIn = (username: string) => call('POST', '/api/v1/auth/login', { form: { username, password: 'password-1' } });
        const who = async (username: string) =>
          (await call('GET', '/api/v1/auth/me', { token: (await logIn(username)).body.access_token })).body.email;
        assert.equal(await who('anna@law.edu'), 'anna@law.edu');
        assert.equal(await who('eve@LAW.edu'), 'eve@law.edu');
        // Nobody registers an address that is the name of another: it would go before that name, and keep its owner out.
        await database.write(({ kysely }) =>
          kysely.updateTable('user').set({ username: 'x@Y.org' }).where('email', '=', 'eve@law.edu').execute(),
        );
        assert.equal(await who('x@Y.org'), 'eve@law.edu');
        const taken = await call('POST', '/api/v1/auth/register', {
          json: { email: 'x@y.org', username: 'mallory', password: 'password-1' },
        });
        assert.deepEqual([taken.status, taken.body.detail], [400, 'Email already registered']);
        assert.equal(await who('x@Y.org'), 'eve@law.edu');
      }),
    );

    test(
      'an administrator who deletes their account waits for another’s step without holding what that one needs',
      { skip: target.name === 'sqlite' ? 'SQLite has one writer: nobody waits for a row' : false },
      onService(async ({ signUp, database }) => {
        await signUp('anna');
        await signUp('ben');
        const admins = await database.write(({ kysely }) =>
          kysely.updateTable('user').set({ is_admin: true }).returningAll().execute(),
        );
        const [anna, ben] = admins.toSorted((a, b) => Number(a.id - b.id)) as [User, User];
        let deletion: Promise<void> | undefined;
        await database.write(async (session) => {
          await takeUser(session, anna.id);
          deletion = deleteAccount(database, ben.id, ben);
          deletion.catch(() => {});
          for (let isWaiting = false; !isWaiting; ) {
            const { rows } = await database.read(({ kysely }) =>
              (target.name === 'citus'
                ? sql<{ waiting: string }>`SELECT count(*)::text AS waiting FROM citus_lock_waits`
                : sql<{ waiting: string }>`SELECT count(*)::text AS waiting FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'`
              ).execute(kysely),
            );
            isWaiting = rows[0]?.waiting !== '0';
          }
          await takeUser(session, ben.id);
        });
        await deletion;
        const left = await database.read(({ kysely }) =>
          kysely.selectFrom('user').select('id').where('is_active', '=', true).execute(),
        );
        assert.deepEqual(left, [{ id: anna.id }]);
      }),
    );

    test(
      'a token of the scope admin sees people, and neither changes nor deletes them nor makes a link that becomes a login',
      onService(async ({ call, signUp, database }) => {
        const login = await signUp('anna');
        await database.write(({ kysely }) => kysely.updateTable('user').set({ is_admin: true }).execute());
        const made = await call('POST', '/api/v1/auth/tokens', {
          token: login,
          json: { name: 'watch', scopes: ['admin'], expires_in_days: null, current_password: 'password-1' },
        });
        const token = made.body.token as string;
        const [{ id }] = (await call('GET', '/api/v1/admin/users', { token })).body;
        for (const [method, url, json] of [
          ['POST', `/api/v1/admin/users/${id}/reset-link`, undefined],
          ['PUT', `/api/v1/admin/users/${id}`, { is_admin: true }],
          ['POST', `/api/v1/admin/users/${id}/delete`, { confirm: 'anna' }],
        ] as const)
          assert.equal((await call(method, url, { token, json })).body.code, 'FC_TOKEN_SCOPE', url);
        assert.equal((await call('POST', `/api/v1/admin/users/${id}/reset-link`, { token: login })).status, 201);
      }),
    );
  });
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everydayEngines, withCitus } from '../support/database.ts';
import { startMailServer } from '../support/mail-server.ts';
import { type Service, startService } from './client.ts';

const SITE = 'https://cards.example.org';

for (const target of withCitus(everydayEngines())) {
  describe(`a forgotten password on ${target.name}`, { skip: target.skip }, () => {
    const ask = ({ call }: Service, name: string) => call('POST', '/api/v1/auth/password-resets', { json: { name } });
    const use = ({ call }: Service, token: string, password: string) =>
      call('POST', '/api/v1/auth/password-resets/use', { json: { token, password } });

    test('a mail brings a link that works once, for 45 minutes; every way in from before ends, and no answer tells whether an address is known', async () => {
      const mail = await startMailServer();
      const place = await target.withTables();
      const service = await startService(place, {
        SMTP_URL: mail.url,
        MAIL_FROM: 'FlashCase <cards@example.org>',
        PUBLIC_URL: SITE,
      });
      const { app, call, clock, database, signUp } = service;
      const mailed = async () => {
        await Promise.all(app.underway);
        return mails.at(-1)?.text.match(/https:\/\/cards\.example\.org\/reset-password#([\w-]{43})/)?.[1] as string;
      };
      const { mails } = mail;
      try {
        assert.equal((await call('GET', '/api/v1/auth/ways')).body.mails_password_resets, true);
        const login = await signUp('anna');
        const other = await signUp('ben');
        const made = await call('POST', '/api/v1/auth/tokens', {
          token: login,
          json: { name: 'sync', scopes: ['read'], expires_in_days: null, current_password: 'password-1' },
        });

        const known = await ask(service, 'anna@LAW.edu');
        const unknown = await ask(service, 'nobody@law.edu');
        assert.deepEqual([known.status, known.text], [unknown.status, unknown.text]);
        assert.equal(known.status, 202);
        const first = await mailed();
        assert.deepEqual(
          mails.map(({ to }) => to),
          [['anna@law.edu']],
        );
        assert.match(first, /^[\w-]{43}$/);
        const stored = await database.read(({ kysely }) => kysely.selectFrom('one_time_token').select('token_hash').execute());
        assert.ok(stored.length === 1 && !stored[0]?.token_hash.includes(first));

        clock.advance(46 * 60);
        assert.equal((await use(service, first, 'password-2')).body.detail, 'This link has been used or has ended');
        await ask(service, 'anna');
        const second = await mailed();
        assert.equal((await use(service, second, 'short')).status, 422);
        // Two tabs at once: one of them sets the password.
        const both = await Promise.all([use(service, second, 'password-2'), use(service, second, 'password-3')]);
        assert.deepEqual(both.map(({ status }) => status).toSorted(), [204, 400]);
        const password = both[0].status === 204 ? 'password-2' : 'password-3';
        assert.equal((await use(service, second, 'password-4')).status, 400);
        const logIn = async (wanted: string) =>
          (await call('POST', '/api/v1/auth/login', { form: { username: 'anna', password: wanted } })).status;
        assert.deepEqual([await logIn('password-1'), await logIn(password)], [401, 200]);
        for (const token of [login, made.body.token]) assert.equal((await call('GET', '/api/v1/auth/me', { token })).status, 401);
        assert.equal((await call('GET', '/api/v1/auth/me', { token: other })).status, 200);

        // A name that is asked for too often waits, whether there is such an account or not.
        const asked = async (name: string) => {
          const statuses = [];
          for (let i = 0; i < 4; i++) statuses.push((await ask(service, name)).status);
          return statuses;
        };
        assert.deepEqual(await asked('nobody at all'), [202, 202, 202, 429]);
        assert.deepEqual(await asked('ben'), [202, 202, 202, 429]);
        // A mail server that takes nothing changes nothing of the answer.
        clock.advance(3600);
        mail.refuse(true);
        assert.equal((await ask(service, 'ben')).status, 202);
        await Promise.all(app.underway);
      } finally {
        await service.close();
        await place.drop();
        await mail.stop();
      }
    });

    test('without a mail server the answer says that an administrator makes the link', async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        assert.equal((await service.call('GET', '/api/v1/auth/ways')).body.mails_password_resets, false);
        assert.deepEqual(
          [(await ask(service, 'anna')).status, (await ask(service, 'anna')).body.code],
          [503, 'FC_NOT_CONFIGURED'],
        );
      } finally {
        await service.close();
        await place.drop();
      }
    });
  });
}

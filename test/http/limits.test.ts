import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { buildApp } from '../../src/http/app.ts';
import { addressOf } from '../../src/http/client-address.ts';
import { asOnlyServer } from '../../src/services/shared-limits.ts';
import { type Service, startService, testClock } from '../conformance/client.ts';
import { engines, type Place } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';

test('one IPv6 network is one address, and an IPv4 address in IPv6 clothes is itself', () => {
  const of = (ip: string) => addressOf({ ip } as Parameters<typeof addressOf>[0]);
  assert.deepEqual(
    ['192.0.2.7', '::ffff:192.0.2.7', '::1', '2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::9', '2001:db8::1', 'fe80::1'].map(of),
    ['192.0.2.7', '192.0.2.7', '::1', '2001:db8:1:2::/64', '2001:db8:1:2::/64', '2001:db8:0:0::/64', 'fe80:0:0:0::/64'],
  );
});

const [sqlite] = engines();

describe('limits of one address', () => {
  let place: Place;
  let service: Service;
  let proxied: FastifyInstance;
  before(async () => {
    place = await (sqlite as NonNullable<typeof sqlite>).withTables();
    service = await startService(place);
    const settings = settingsFor(place, { TRUST_PROXY: '10.0.0.1' });
    proxied = await buildApp({ database: service.database, settings, hasLog: false });
  });
  after(async () => {
    await proxied.close();
    await service.close();
    await place.drop();
  });

  const login = (app: FastifyInstance, username: string, password: string, remoteAddress: string, forwarded?: string) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      remoteAddress,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
      },
      payload: new URLSearchParams({ username, password }).toString(),
    });

  test('many wrong passwords at once are counted as many: no more are looked at than one after the other', async () => {
    await service.signUp('anna');
    const answers = await Promise.all(Array.from({ length: 40 }, () => login(service.app, 'anna', 'wrong', '192.0.2.1')));
    const statuses = answers.map((answer) => answer.statusCode);
    assert.equal(statuses.filter((status) => status === 401).length, 11);
    assert.equal(statuses.filter((status) => status === 429).length, 29);
  });

  test('the name and the email address of an account count together', async () => {
    await service.signUp('carl');
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) {
      const name = i % 2 === 0 ? 'carl' : 'carl@law.edu';
      statuses.push((await login(service.app, name, 'wrong', '192.0.2.3')).statusCode);
    }
    assert.deepEqual(statuses, [...Array(11).fill(401), 429]);
  });

  test('names tried from one address count together; a forged X-Forwarded-For changes nothing', async () => {
    const attempt = (i: number) => login(service.app, `guess ${i}`, 'wrong', '192.0.2.9', `198.51.100.${i}`);
    assert.equal((await attempt(0)).statusCode, 401);
    await service.database.write(({ kysely }) =>
      kysely.updateTable('rate_limit').set({ hits: 98 }).where('subject', '=', 'login address 192.0.2.9').execute(),
    );
    const statuses = [];
    for (let i = 1; i < 6; i++) statuses.push((await attempt(i)).statusCode);
    assert.deepEqual(statuses, [401, 401, 401, 429, 429], '100 are free, the one after them makes wait');
    assert.equal((await login(service.app, 'guess', 'wrong', '192.0.2.10')).statusCode, 401, 'another address is not held up');
  });

  test('behind a trusted proxy each client is itself; another server on the database shares the counts', async () => {
    await service.signUp('ben');
    for (let i = 0; i < 11; i++) await login(service.app, 'ben', 'wrong', '192.0.2.20');
    assert.equal((await login(proxied, 'ben', 'password-1', '10.0.0.1', '192.0.2.30')).statusCode, 429);
    assert.equal(
      (await login(proxied, 'guess', 'wrong', '10.0.0.1', '192.0.2.9')).statusCode,
      429,
      'held up on the other server',
    );
    assert.equal((await login(proxied, 'guess', 'wrong', '10.0.0.1', '192.0.2.31')).statusCode, 401);
  });

  test('a program gone wild is slowed down with the time to come back; this machine itself is not', async () => {
    const ask = (remoteAddress: string) => service.app.inject({ url: '/api/v1/health-of-nothing', remoteAddress });
    const ask401 = (remoteAddress: string) => service.app.inject({ url: '/api/v1/auth/me', remoteAddress });
    assert.equal((await ask('192.0.2.40')).statusCode, 404);
    const statuses = new Map<number, number>();
    for (let i = 0; i < 700; i++) {
      const { statusCode, headers } = await ask401('192.0.2.40');
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      if (statusCode === 429) assert.equal(headers['retry-after'], '1');
    }
    assert.ok((statuses.get(401) ?? 0) >= 600 && (statuses.get(429) ?? 0) > 0, JSON.stringify([...statuses]));
    for (let i = 0; i < 700; i++) assert.equal((await ask401('127.0.0.1')).statusCode, 401);
  });

  test('over https the cookie is Secure and bound to its host; over plain http it is not, and logs in all the same', async () => {
    await service.signUp('dora');
    const cookieOf = async (protocol: string) => {
      const answer = await proxied.inject({
        method: 'POST',
        url: '/api/v1/auth/session',
        remoteAddress: '10.0.0.1',
        headers: { 'x-forwarded-proto': protocol, 'x-forwarded-for': '192.0.2.50' },
        payload: { username: 'dora', password: 'password-1' },
      });
      return String(answer.headers['set-cookie']);
    };
    assert.match(await cookieOf('https'), /^__Host-fc_session=fc_.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    assert.match(await cookieOf('http'), /^fc_session=fc_.*; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  test('changing the password needs the current one and ends every login', async () => {
    const token = await service.signUp('emil');
    const change = (current_password: string) =>
      service.call('PUT', '/api/v1/auth/password', { token, json: { current_password, new_password: 'password-2' } });
    assert.deepEqual((await change('password-0')).body.detail, 'The current password is not right');
    assert.equal((await change('password-1')).status, 204);
    assert.equal((await service.call('GET', '/api/v1/auth/me', { token })).status, 401);
    assert.equal((await login(service.app, 'emil', 'password-1', '192.0.2.60')).statusCode, 401);
    assert.equal((await login(service.app, 'emil', 'password-2', '192.0.2.60')).statusCode, 200);
  });
});

for (const target of engines().slice(1)) {
  test(`the requests of one address are counted by all servers on ${target.name} together`, { skip: target.skip }, async () => {
    const place = await target.withTables();
    const service = await startService(place);
    const settings = settingsFor(place);
    const other = await buildApp({ database: openDatabase(settings, service.clock), settings, hasLog: false });
    try {
      // By the clock of this test nothing is given back in the common count.
      const asked: number[] = [];
      // In waves: a process with a thousand requests at once has no time for the database's answer, and goes by its own count after half a second.
      for (let wave = 0; wave < 30; wave++) {
        const answers = await Promise.all(
          Array.from({ length: 40 }, (_, i) =>
            (i % 2 === 0 ? service.app : other).inject({ url: '/api/v1/auth/me', remoteAddress: '192.0.2.70' }),
          ),
        );
        asked.push(...answers.map(({ statusCode }) => statusCode));
      }
      const answered = asked.filter((status) => status === 401).length;
      assert.ok(answered >= 550 && answered <= 900, `${answered} of 1200 were answered; alone each would have answered 600`);
      assert.equal(answered + asked.filter((status) => status === 429).length, 1200);
      const another = await other.inject({ url: '/api/v1/auth/me', remoteAddress: '192.0.2.71' });
      assert.equal(another.statusCode, 401);
    } finally {
      await other.database.close();
      await other.close();
      await service.close();
      await place.drop();
    }
  });

  test(`of servers on ${target.name} that begin a job at once one does it; a job that failed, or whose server died, is done by another`, {
    skip: target.skip,
  }, async () => {
    const place = await target.withTables();
    const clock = testClock();
    const databases = [
      await openFresh(place, clock),
      openDatabase(settingsFor(place), clock),
      openDatabase(settingsFor(place), clock),
    ];
    const done: number[] = [];
    const begin = (isOnceInThem: boolean, work: (at: number) => Promise<void>) =>
      Promise.allSettled(
        databases.map((database, at) => asOnlyServer(database, 'tidy', { seconds: 60, isOnceInThem }, () => work(at))),
      );
    const note = async (at: number) => void done.push(at);
    try {
      await begin(true, note);
      assert.equal(done.length, 1, 'one of three');
      await begin(true, note);
      assert.equal(done.length, 1, 'not again before its time');
      clock.advance(61);
      await begin(true, async () => {
        throw new Error('it failed');
      });
      await begin(true, note);
      assert.equal(done.length, 2, 'after a failure another one');
      clock.advance(61);
      // A server that dies in the middle says nothing any more.
      let began = () => {};
      const isIn = new Promise<void>((resolve) => {
        began = resolve;
      });
      void asOnlyServer(databases[0] as Database, 'tidy', { seconds: 60, isOnceInThem: false }, () => {
        began();
        return new Promise(() => {});
      });
      await isIn;
      await begin(false, note);
      assert.equal(done.length, 2, 'it is under way');
      clock.advance(61);
      await begin(false, note);
      assert.equal(done.length >= 3, true, 'the server that had it is gone');
    } finally {
      for (const database of databases) await database.close();
      await place.drop();
    }
  });
}

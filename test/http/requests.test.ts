import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Service, startService } from '../conformance/client.ts';
import { engines, type Place } from '../support/database.ts';

describe('how requests are taken', () => {
  let place: Place;
  let service: Service;
  let token: string;
  before(async () => {
    place = await (engines()[0] as NonNullable<ReturnType<typeof engines>[0]>).withTables();
    service = await startService(place);
    token = await service.signUp('anna');
  });
  after(async () => {
    await service.close();
    await place.drop();
  });

  const send = (url: string, payload: string, contentType?: string, more: Record<string, string> = {}) =>
    service.app.inject({
      method: 'POST',
      url,
      headers: {
        authorization: `Bearer ${token}`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...more,
      },
      payload,
    });

  test('a body is JSON, also without a content type; forms and plain text of other sites are none', async () => {
    const deck = '{"name":"Torts"}';
    assert.equal((await send('/api/v1/decks/', deck)).statusCode, 201);
    assert.equal((await send('/api/v1/decks/', deck, 'application/json; charset=utf-8')).statusCode, 201);
    assert.equal((await send('/api/v1/decks/', deck, 'application/vnd.api+json')).statusCode, 201);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await send('/api/v1/decks/', type === 'text/plain' ? deck : 'name=Torts', type);
      assert.deepEqual([answer.statusCode, answer.json().detail[0].type], [422, 'model_attributes_type'], type);
    }
    assert.equal((await send('/api/v1/decks/', '', 'application/json')).json().detail[0].type, 'missing');
    assert.equal((await send('/api/v1/decks/', '{"name":', 'application/json')).json().detail[0].type, 'json_invalid');
    assert.equal((await send('/api/v1/decks/', `{"name":"${'x'.repeat(300_000)}"}`, 'application/json')).statusCode, 413);
  });

  test('the largest card fits with every character escaped', async () => {
    const side = (length: number) => '\\ud83d\\ude00'.repeat(length);
    const answer = await send(
      '/api/v1/cards/',
      `{"deck_id":1,"front":"${side(2000)}","back":"${side(5000)}"}`,
      'application/json',
    );
    assert.equal(answer.statusCode, 201);
    assert.equal(answer.json().back, '😀'.repeat(5000));
  });

  test('a program logs in by form, plain or multipart; by nothing else', async () => {
    const login = (payload: string, type: string) => send('/api/v1/auth/login', payload, type);
    const form = 'username=anna&password=password-1&grant_type=password&scope=';
    assert.equal((await login(form, 'application/x-www-form-urlencoded')).statusCode, 200);
    const part = (name: string, value: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const multipart = `${part('username', 'anna')}${part('password', 'password-1')}--b--\r\n`;
    assert.equal((await login(multipart, 'multipart/form-data; boundary=b')).statusCode, 200);
    assert.equal((await login('rubbish', 'multipart/form-data; boundary=b')).statusCode, 400);
    const json = await login('{"username":"anna","password":"password-1"}', 'application/json');
    assert.deepEqual(
      json.json().detail.map((problem: { type: string; loc: string[] }) => [problem.type, problem.loc]),
      [
        ['missing', ['body', 'username']],
        ['missing', ['body', 'password']],
      ],
    );
    assert.equal((await login('username=&password=x', 'application/x-www-form-urlencoded')).json().detail[0].type, 'missing');
  });

  test('who asks is settled before what they ask', async () => {
    const answer = await service.call('POST', '/api/v1/decks/', { json: { name: 5 } });
    assert.deepEqual([answer.status, answer.body.detail], [401, 'Not authenticated']);
    const wrong = await service.call('GET', '/api/v1/decks/abc', { token: 'fc_wrong' });
    assert.deepEqual([wrong.status, wrong.body.detail], [401, 'Could not validate credentials']);
    const basic = await service.call('GET', '/api/v1/decks/', { headers: { authorization: 'Basic YTpi' } });
    assert.deepEqual([basic.status, basic.body.detail, basic.headers['www-authenticate']], [401, 'Not authenticated', 'Bearer']);
  });

  test('both forms of an address are answered; a wrong method says which are right; unknown ones are not found', async () => {
    assert.equal((await service.call('GET', '/api/v1/decks', { token })).status, 200);
    assert.equal((await service.call('GET', '/api/v1/auth/me/', { token })).status, 200);
    const patched = await service.call('PATCH', '/api/v1/decks/1', { token });
    assert.deepEqual([patched.status, patched.body.detail], [405, 'Method Not Allowed']);
    assert.equal(patched.headers.allow, 'GET, HEAD, PUT, DELETE');
    assert.equal((await service.call('GET', '/api/v1/auth/login')).headers.allow, 'POST');
    const unknown = await service.call('GET', '/api/v1/nothing');
    assert.deepEqual([unknown.status, unknown.body], [404, { detail: 'Not Found' }]);
    assert.equal((await service.call('GET', '/api/v1/decks/%ZZ', { token })).status, 400);
  });

  test('every answer carries the headers that keep a browser safe, and asks no home network for https', async () => {
    for (const url of ['/api/v1/decks/', '/', '/docs', '/openapi.json', '/api/v1/nothing']) {
      const { headers } = await service.app.inject({ url });
      assert.equal(headers['x-content-type-options'], 'nosniff', url);
      const csp = String(headers['content-security-policy']);
      assert.match(csp, /default-src 'self'/, url);
      assert.match(csp, /frame-ancestors 'none'/, url);
      if (url === '/') assert.match(csp, /require-trusted-types-for 'script';trusted-types flashcase/);
      assert.doesNotMatch(csp, /upgrade-insecure-requests|https:|unsafe-eval/, url);
      assert.equal(headers['strict-transport-security'], undefined, url);
    }
  });

  test('answers of the API are kept by no cache', async () => {
    for (const url of ['/api/v1/auth/me', '/api/v1/decks/']) {
      const { headers } = await service.call('GET', url, { token });
      assert.equal(headers['cache-control'], 'no-store');
    }
  });

  test('the readable docs come with all their files', async () => {
    const page = await service.app.inject('/docs');
    assert.equal(page.statusCode, 200);
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((found) => found[1] as string);
    assert.ok(files.length > 3);
    for (const file of files) {
      assert.equal((await service.app.inject(new URL(file, 'http://x/docs/').pathname)).statusCode, 200, file);
    }
  });

  const dist = new URL('../../web/dist/', import.meta.url);
  const isBuilt = existsSync(new URL('index.html', dist));
  test('the page answers its own addresses; hashed files are kept for ever, missing ones are not the page', {
    skip: isBuilt ? false : 'not run: web/dist is not built',
  }, async () => {
    for (const url of ['/', '/decks/7', '/study/1?x=y']) {
      const { statusCode, headers, body } = await service.app.inject(url);
      assert.deepEqual([statusCode, headers['cache-control']], [200, 'no-cache'], url);
      assert.match(body, /<div id="root">/);
    }
    const [asset] = readdirSync(new URL('assets/', dist));
    const { headers } = await service.app.inject(`/assets/${asset}`);
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal((await service.app.inject('/assets/index-of-yesterday.js')).statusCode, 404);
  });
});

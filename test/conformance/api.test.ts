import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loggedReviewOf, standingOfState } from '../../src/db/stores/standing.ts';
import { listStudySettings } from '../../src/db/stores/study-settings.ts';
import { replay, standingAfter } from '../../src/study/replay.ts';
import { review } from '../../src/study/sm2.ts';
import { engines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

/** Answers of the same story on each engine that ran: they must be equal to the byte. */
const stories = new Map<string, string[]>();

for (const target of withCitus(engines())) {
  describe(`the API on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          await work(service);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    test(
      'the same story gets byte-equal answers on every engine',
      onService(async ({ call, signUp, clock }) => {
        const token = await signUp('anna');
        const answers: string[] = [];
        const say = async (method: string, url: string, json?: unknown) => {
          const answer = await call(method, url, { token, ...(json === undefined ? {} : { json }) });
          answers.push(`${method} ${url} ${answer.status} ${answer.headers['x-next-after'] ?? ''} ${answer.text}`);
        };
        for (const name of ['b', 'B', 'ä', 'Z', 'Völkerrecht', '法律', '😀', '100% _torts_']) {
          await say('POST', '/api/v1/decks/', { name, description: 'd\n\u00e9', is_public: name === 'B', year: 2026 });
        }
        for (const [front, back] of [
          ['q1', 'a\tb'],
          ["'; DROP TABLE card; --", '\\"%_'],
          ['q3 \u2028', '😀'],
        ]) {
          await say('POST', '/api/v1/cards/', { deck_id: 1, front, back });
        }
        for (const quality of [4, 3, 5]) {
          for (const card of [1, 2, 3]) await say('POST', `/api/v1/study/review/${card}`, { quality });
          clock.advance(7 * 86_400);
        }
        await say('GET', '/api/v1/study/session/1?limit=2');
        await say('GET', '/api/v1/study/queue/1');
        await say('PUT', '/api/v1/study/settings', { time_zone: 'Europe/Berlin', desired_retention: 0.87 });
        await say('POST', '/api/v1/study/review/1', { grade: 1, duration_ms: 4200 });
        await say('POST', '/api/v1/study/undo/1', {});
        await say('PUT', '/api/v1/study/marks/2', { is_buried: true, flag: 3 });
        await say('GET', '/api/v1/study/queue/1');
        await say('GET', '/api/v1/decks/');
        await say('GET', '/api/v1/decks/?limit=3&after=2');
        await say('GET', '/api/v1/decks/?search=_TORTS_');
        await say('GET', '/api/v1/decks/?search=%25');
        await say('GET', '/api/v1/decks/1/metadata');
        await say('GET', '/api/v1/cards/?deck_id=1');
        await say('PUT', '/api/v1/decks/1', { name: 'renamed', school: 'Yale' });
        await say('DELETE', '/api/v1/cards/2');
        await say('GET', '/api/v1/cards/2');
        await say('GET', '/api/v1/decks/1');
        await say('DELETE', '/api/v1/decks/1');
        await say('GET', '/api/v1/cards/1');
        await say('POST', '/api/v1/reports/', { report_type: 'deck', content_id: 2, reason: 'spam' });
        await say('GET', '/api/v1/reports/my-reports?status_filter=pending');
        stories.set(target.name, answers);
        assert.deepEqual(answers, stories.values().next().value);
        assert.match(answers.at(-2) ?? '', / 201 .*"report_type":"deck".*"status":"pending"/);
      }),
    );

    test(
      'an existing client’s sign-up, login and errors are answered as before',
      onService(async ({ call }) => {
        const account = { email: 'anna@law.edu', username: 'anna', password: 'password-1' };
        const created = await call('POST', '/api/v1/auth/register', { json: account });
        assert.equal(created.status, 201);
        assert.deepEqual(Object.keys(created.body), ['id', 'email', 'username', 'is_active', 'created_at', 'updated_at']);
        assert.match(created.body.created_at, /^2026-03-01T09:00:00\.\d{6}$/);
        assert.deepEqual(
          [(await call('POST', '/api/v1/auth/register', { json: { ...account, email: 'x@law.edu' } })).body.detail],
          ['Username already registered'],
        );
        assert.deepEqual(
          (await call('POST', '/api/v1/auth/register', { json: { ...account, username: 'other' } })).body.detail,
          'Email already registered',
        );
        const short = await call('POST', '/api/v1/auth/register', { json: { ...account, username: 'ab', email: 'nonsense' } });
        assert.equal(short.status, 422);
        assert.deepEqual(
          short.body.detail
            .map((problem: { type: string; loc: string[]; msg: string }) => [problem.type, problem.loc, problem.msg])
            .toSorted(),
          [
            ['string_too_short', ['body', 'username'], 'String should have at least 3 characters'],
            [
              'value_error',
              ['body', 'email'],
              'value is not a valid email address: An address needs a name, an @-sign and a domain with a period.',
            ],
          ],
        );
        const wrong = await call('POST', '/api/v1/auth/login', { form: { username: 'anna', password: 'wrong' } });
        assert.deepEqual(
          [wrong.status, wrong.body.detail, wrong.headers['www-authenticate']],
          [401, 'Incorrect username or password', 'Bearer'],
        );
        const login = await call('POST', '/api/v1/auth/login', { form: { username: 'anna', password: 'password-1' } });
        assert.equal(login.body.token_type, 'bearer');
        assert.match(login.body.access_token, /^fc_[\w-]{43}$/);
        assert.equal((await call('GET', '/api/v1/auth/me', { token: login.body.access_token })).body.username, 'anna');
        assert.equal((await call('GET', '/api/v1/auth/me')).status, 401);
        assert.equal(
          (await call('GET', '/api/v1/decks/abc', { token: login.body.access_token })).body.detail[0].type,
          'int_parsing',
        );
        assert.equal((await call('GET', '/api/v1/decks/9223372036854775807', { token: login.body.access_token })).status, 404);
        assert.equal((await call('GET', '/api/v1/decks/99999999999999999999', { token: login.body.access_token })).status, 404);
        assert.equal((await call('POST', '/api/v1/ai/chat', { json: {} })).status, 422);
        assert.deepEqual(
          (await call('POST', '/api/v1/ai/chat', { json: { messages: [] } })).body.detail,
          'AI service not configured. Please set GROK_API_KEY.',
        );
      }),
    );

    test(
      'T-01, T-03: NUL and half a surrogate pair are refused the same way, and nothing is stored',
      onService(async ({ call, signUp }) => {
        const token = await signUp('anna');
        for (const [name, type] of [
          ['a\0b', 'value_error'],
          ['cut \ud83d', 'string_unicode'],
        ]) {
          const answer = await call('POST', '/api/v1/decks/', {
            token,
            headers: { 'content-type': 'application/json' },
            json: JSON.stringify({ name }),
          });
          assert.equal(answer.status, 422);
          assert.equal(answer.body.detail[0].type, type);
        }
        assert.deepEqual((await call('GET', '/api/v1/decks/', { token })).body, []);
      }),
    );

    test(
      'reviews follow SM-2 where it is chosen, and replaying the log gives the stored state and counters',
      onService(async ({ call, signUp, clock, database }) => {
        const token = await signUp('anna');
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: 'q', back: 'a' } });
        await call('PUT', '/api/v1/study/settings', { token, json: { scheduler: 'sm2' } });
        let expected = { easeFactor: 2.5, interval: 0, repetitions: 0 };
        for (const quality of [5, 4, 3, 3, 1, 4, 5, 0, 3]) {
          expected = { ...review(expected, quality) };
          const { body } = await call('POST', '/api/v1/study/review/1', { token, json: { quality } });
          assert.deepEqual(
            [body.new_ease_factor, body.new_interval, body.new_repetitions],
            [expected.easeFactor, expected.interval, expected.repetitions],
          );
          clock.advance(expected.interval * 86_400);
        }
        const stored = await database.read(({ kysely }) => kysely.selectFrom('card_state').selectAll().executeTakeFirstOrThrow());
        const log = await database.read(({ kysely }) =>
          kysely.selectFrom('study_log').selectAll().orderBy('reviewed_at').execute(),
        );
        assert.deepEqual(
          [stored.ease_factor, stored.interval, stored.repetitions, stored.review_count, stored.next_review.text],
          [expected.easeFactor, expected.interval, expected.repetitions, 9, log.at(-1)?.next_review.text],
        );
        const { body } = await call('GET', '/api/v1/decks/1/metadata', { token });
        assert.deepEqual([body.card_count, body.total_reviews, body.average_rating], [1, 9, 28 / 9]);
      }),
    );

    test(
      'a retried review gets its first answer and counts once; its key cannot serve another review',
      onService(async ({ call, signUp, clock, database }) => {
        const token = await signUp('anna');
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        for (const front of ['q1', 'q2']) await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front, back: 'a' } });
        const send = (card: number, quality: number) =>
          call('POST', `/api/v1/study/review/${card}`, { token, json: { quality }, headers: { 'idempotency-key': 'key-1' } });
        const first = await send(1, 4);
        clock.advance(60);
        const retries = await Promise.all([send(1, 4), send(1, 4), send(1, 4)]);
        for (const retry of retries) assert.equal(retry.text, first.text);
        assert.equal((await send(1, 5)).status, 409);
        assert.equal((await send(2, 4)).status, 409);
        const rows = await database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().execute());
        assert.equal(rows.length, 1);
      }),
    );

    test(
      'parallel reviews of one new card come one after the other; the log replays to the stored state',
      onService(async ({ call, signUp, database }) => {
        const token = await signUp('anna');
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: 'q', back: 'a' } });
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, i) => call('POST', '/api/v1/study/review/1', { token, json: { quality: 3 + (i % 3) } })),
        );
        assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
        const log = await database.read(({ kysely }) =>
          kysely.selectFrom('study_log').selectAll().orderBy('reviewed_at').execute(),
        );
        const settings = await database.read((session) => listStudySettings(session, 1n));
        const history = replay(
          1n,
          log.map(loggedReviewOf),
          (version) => settings.get(version),
          ({ row, standing }) => {
            const { interval, memory, step, phase, due } = standing;
            assert.deepEqual(
              [row.after.interval, row.after.memory, row.after.step, row.after.phase, row.after.due],
              [interval, memory, step, phase, due],
            );
          },
        );
        assert.equal(log.length, 12);
        const stored = await database.read(({ kysely }) => kysely.selectFrom('card_state').selectAll().executeTakeFirstOrThrow());
        assert.deepEqual(standingOfState(stored), standingAfter(history));
      }),
    );

    test(
      'others’ private decks do not exist; public ones are read and studied but not changed',
      onService(async ({ call, signUp }) => {
        const anna = await signUp('anna');
        const ben = await signUp('ben');
        await call('POST', '/api/v1/decks/', { token: anna, json: { name: 'private' } });
        await call('POST', '/api/v1/decks/', { token: anna, json: { name: 'public', is_public: true } });
        await call('POST', '/api/v1/cards/', { token: anna, json: { deck_id: 1, front: 'q', back: 'a' } });
        await call('POST', '/api/v1/cards/', { token: anna, json: { deck_id: 2, front: 'q', back: 'a' } });
        const changes: [string, string, unknown?][] = [
          ['PUT', '/api/v1/decks/D', { name: 'x' }],
          ['DELETE', '/api/v1/decks/D'],
          ['POST', '/api/v1/cards/', { deck_id: 'D', front: 'x', back: 'x' }],
          ['PUT', '/api/v1/cards/D', { front: 'x' }],
          ['DELETE', '/api/v1/cards/D'],
        ];
        const reads: [string, string, unknown?][] = [
          ['GET', '/api/v1/decks/D'],
          ['GET', '/api/v1/decks/D/metadata'],
          ['GET', '/api/v1/cards/D'],
          ['GET', '/api/v1/study/session/D'],
          ['GET', '/api/v1/study/queue/D'],
          ['POST', '/api/v1/study/review/D', { quality: 4 }],
          ['POST', '/api/v1/study/undo/D', {}],
          ['PUT', '/api/v1/study/marks/D', { flag: 1 }],
        ];
        const status = async (token: string | undefined, [method, url, json]: [string, string, unknown?], id: number) =>
          (
            await call(method, url.replace('D', String(id)), {
              token,
              ...(json === undefined ? {} : { json: JSON.parse(JSON.stringify(json).replace('"D"', String(id))) }),
            })
          ).status;
        for (const route of [...reads, ...changes]) {
          assert.equal(await status(ben, route, 1), 404, `private: ${route.join(' ')}`);
          assert.equal(await status(undefined, route, 2), 401, `nobody: ${route.join(' ')}`);
        }
        for (const route of reads) assert.equal(await status(ben, route, 2), 200, `public: ${route.join(' ')}`);
        for (const route of changes) assert.equal(await status(ben, route, 2), 403, `public: ${route.join(' ')}`);
        assert.deepEqual(
          (await call('GET', '/api/v1/decks/', { token: ben })).body.map((deck: { name: string }) => deck.name),
          ['public'],
        );
        assert.deepEqual((await call('GET', '/api/v1/cards/', { token: ben })).body.length, 1);
        assert.equal((await call('GET', '/api/v1/decks/1', { token: anna })).body.name, 'private', 'unchanged');
      }),
    );

    test(
      'every route asks who is calling, but for the ones anybody needs',
      onService(async ({ app, call }) => {
        await app.ready();
        const open = new Set([
          'POST /api/v1/auth/register',
          'POST /api/v1/auth/login',
          'POST /api/v1/auth/session',
          'DELETE /api/v1/auth/session',
          // How one may sign in, and the ways to it for who has no login yet.
          'GET /api/v1/auth/ways',
          'POST /api/v1/auth/passkey-session',
          'POST /api/v1/auth/passkey-session/question',
          'POST /api/v1/auth/password-resets',
          'POST /api/v1/auth/password-resets/use',
          // The link of a mail, which mail programs follow by themselves.
          'POST /api/v1/study/reminder/off',
          'GET /api/v1/health',
          'GET /health',
          'GET /ready',
          // On the machine of the server; who else may: test/monitoring/metrics.test.ts.
          'GET /metrics',
          'GET /metrics/server',
          'GET /api/v1/ai/health',
          'GET /api/v1/ai/usage',
          'POST /api/v1/ai/chat',
          'POST /api/v1/ai/rewrite-card',
          'POST /api/v1/ai/autocomplete-card',
        ]);
        const routes = Object.entries(app.swagger().paths ?? {}).flatMap(([path, methods]) =>
          Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
        );
        for (const route of open) assert.ok(routes.includes(route), `${route} is no route any more`);
        const bodies: Record<string, unknown> = {
          '/api/v1/decks/': { name: 'x' },
          '/api/v1/cards/': { deck_id: 1, front: 'x', back: 'x' },
          '/api/v1/reports/': { report_type: 'deck', content_id: 1, reason: 'spam' },
          '/api/v1/study/review/{card_id}': { quality: 4 },
        };
        for (const route of routes.filter((entry) => !open.has(entry))) {
          const [method = '', path = ''] = route.split(' ');
          const json = method === 'GET' || method === 'DELETE' ? undefined : (bodies[path] ?? {});
          for (const token of [undefined, 'fc_revoked']) {
            const answer = await call(method, path.replace(/\{\w+\}/g, '1'), { token, ...(json === undefined ? {} : { json }) });
            assert.equal(answer.status, 401, `${route} answers ${answer.status} to a stranger`);
          }
        }
        assert.ok(routes.length > 25, `only ${routes.length} routes seen`);
      }),
    );

    test(
      'pages by key reach every row once, and the limit is bounded',
      onService(async ({ call, signUp }) => {
        const token = await signUp('anna');
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        for (let i = 0; i < 7; i++)
          await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: `q${i}`, back: 'a' } });
        const seen: string[] = [];
        for (let after = '0'; ; ) {
          const answer = await call('GET', `/api/v1/cards/?deck_id=1&limit=3&after=${after}`, { token });
          seen.push(...answer.body.map((card: { front: string }) => card.front));
          const next = answer.headers['x-next-after'];
          if (next === undefined) break;
          after = String(next);
        }
        assert.deepEqual(seen, ['q0', 'q1', 'q2', 'q3', 'q4', 'q5', 'q6']);
        assert.equal((await call('GET', '/api/v1/cards/?limit=501', { token })).status, 200);
        assert.equal((await call('GET', '/api/v1/cards/?limit=0', { token })).body.detail[0].type, 'greater_than_equal');
      }),
    );

    test(
      'failed logins of an account make it wait, the true time is said, and the right password works after it',
      onService(async ({ call, signUp, clock }) => {
        await signUp('anna');
        const login = (password: string) => call('POST', '/api/v1/auth/login', { form: { username: 'anna', password } });
        for (let i = 0; i < 11; i++) assert.equal((await login('wrong-password')).status, 401);
        const refused = await login('password-1');
        assert.equal(refused.status, 429);
        const wait = Number(refused.headers['retry-after']);
        assert.ok(wait >= 1 && wait <= 2, String(wait));
        clock.advance(wait);
        assert.equal((await login('password-1')).status, 200);
      }),
    );

    test(
      'logging out ends a login at once; a stolen database holds no token',
      onService(async ({ call, signUp, database }) => {
        const token = await signUp('anna');
        const stored = await database.read(({ kysely }) => kysely.selectFrom('auth_session').select('token_hash').execute());
        assert.ok(stored.every((row) => /^[0-9a-f]{64}$/.test(row.token_hash) && !token.includes(row.token_hash)));
        assert.equal((await call('DELETE', '/api/v1/auth/session', { token })).status, 204);
        assert.equal((await call('GET', '/api/v1/auth/me', { token })).status, 401);
      }),
    );

    test(
      'the page’s cookie is its own: not for scripts, not for other sites',
      onService(async ({ call, signUp }) => {
        await signUp('anna');
        const login = await call('POST', '/api/v1/auth/session', { json: { username: 'anna@law.edu', password: 'password-1' } });
        const cookie = String(login.headers['set-cookie']);
        assert.match(cookie, /^fc_session=fc_[\w-]+; Max-Age=315360000; Path=\/; HttpOnly; SameSite=Lax$/);
        const headers = { cookie: cookie.split(';')[0] as string };
        assert.equal((await call('GET', '/api/v1/auth/me', { headers })).status, 200);
        const foreign = await call('POST', '/api/v1/decks/', {
          headers: { ...headers, 'sec-fetch-site': 'cross-site' },
          json: { name: 'x' },
        });
        assert.equal(foreign.status, 403);
        const old = await call('POST', '/api/v1/decks/', {
          headers: { ...headers, origin: 'http://evil.example' },
          json: { name: 'x' },
        });
        assert.equal(old.status, 403);
        assert.equal(
          (
            await call('POST', '/api/v1/decks/', {
              headers: { ...headers, 'sec-fetch-site': 'same-origin' },
              json: { name: 'x' },
            })
          ).status,
          201,
        );
      }),
    );

    test(
      'a handler that throws leaves nothing and gives its session back',
      onService(async ({ app, call, signUp }) => {
        const token = await signUp('anna');
        for (let i = 0; i < 40; i++) {
          await assert.rejects(
            app.getSession('write', async ({ kysely, clock }) => {
              await kysely
                .insertInto('deck')
                .values({ name: 'half', created_at: clock.now(), updated_at: clock.now() })
                .execute();
              throw new Error('changed my mind');
            }),
          );
        }
        assert.equal(await app.getDb('read', async ({ mode }) => mode), 'read');
        assert.deepEqual((await call('GET', '/api/v1/decks/', { token })).body, []);
      }),
    );

    test(
      'held writes are refused with the time to come back; reads go on',
      onService(async ({ call, signUp, database }) => {
        const token = await signUp('anna');
        const turn = (state: string) =>
          database.engine.dedicated((connection) =>
            // Long ago: a switch that holds for a moment is no reason to take a server away.
            connection.execute(
              `UPDATE write_gate SET state = '${state}', changed_at = '2026-01-01 00:00:00.000000${database.engine.capabilities.isLocalFile ? '' : '+00'}'`,
            ),
          );
        await turn('holding');
        const held = await call('POST', '/api/v1/decks/', { token, json: { name: 'x' } });
        assert.deepEqual([held.status, held.body.code, held.headers['retry-after']], [503, 'FC_GATE_HOLDING', '1']);
        assert.equal((await call('GET', '/api/v1/decks/', { token })).status, 200);
        assert.equal((await call('GET', '/ready')).status, 503);
        await turn('open');
        assert.equal((await call('POST', '/api/v1/decks/', { token, json: { name: 'x' } })).status, 201);
        assert.equal((await call('GET', '/ready')).status, 200);
      }),
    );
  });
}

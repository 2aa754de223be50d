// slow
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { buildApp } from '../../src/http/app.ts';
import { METRICS, type Metric, PREFIX } from '../../src/ops/metrics/metric-list.ts';
import { Metrics } from '../../src/ops/metrics/metrics.ts';
import { engines, everydayEngines, type Place, type Target } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { readScrape, type Scrape } from '../support/prometheus-text.ts';
import { freePort, startPostgres } from '../support/servers.ts';

interface Served {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly database: Database;
  scrape(): Promise<Scrape>;
  close(): Promise<void>;
}

const TOKEN = 'a-token-of-the-tests-0123456789';

async function serve(place: Pick<Place, 'url' | 'directUrl'>, more: Readonly<Record<string, string>> = {}): Promise<Served> {
  const settings = settingsFor(place, more);
  const metrics = new Metrics('1.2.3');
  const database = openDatabase(settings, systemClock(), metrics.listeners);
  const app = await buildApp({ database, settings, metrics, hasLog: false });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    app,
    url,
    database,
    scrape: async () => {
      const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${more.METRICS_TOKEN ?? 'none'}` } });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      return readScrape(text);
    },
    async close() {
      await app.close();
      await database.close();
    },
  };
}

/** Signs up, writes a card and answers it; returns its token. */
async function study(url: string, name: string): Promise<string> {
  const post = async (path: string, body: object, token?: string) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  await post('/api/v1/auth/register', { email: `${name}@law.edu`, username: name, password: 'password-1' });
  const login = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    body: new URLSearchParams({ username: name, password: 'password-1' }),
  });
  const { access_token: token = '' } = (await login.json()) as Record<string, string>;
  const deck = await post('/api/v1/decks/', { name: 'Torts' }, token);
  const card = await post('/api/v1/cards/', { deck_id: deck.body.id, front: 'duty?', back: 'care' }, token);
  const review = await post(`/api/v1/study/review/${card.body.id}`, { grade: 3 }, token);
  assert.equal(review.status, 200, JSON.stringify(review.body));
  return token;
}

/** Runs work on a server of its own, and closes it whatever happens. */
const withServer = async (
  more: Readonly<Record<string, string>>,
  work: (server: Served, place: Place) => Promise<void>,
  engine: Target | undefined = engines()[0],
) => {
  const place = await (engine as Target).fresh();
  try {
    await (await openFresh(place)).close();
    const server = await serve(place, more);
    try {
      await work(server, place);
    } finally {
      await server.close();
    }
  } finally {
    await place.drop();
  }
};

/** As promtool of Debian’s package prometheus judges it, where FLASHCASE_PROMTOOL names it. */
function judgeByPromtool(text: string): void {
  const { FLASHCASE_PROMTOOL: promtool } = process.env;
  if (promtool === undefined) return;
  const judged = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(judged.status, 0, judged.stderr);
}

/** The schema is compared beside the first scrape, and told by a later one. */
async function scrapeWithDrift({ scrape }: Served): Promise<Scrape> {
  for (;;) {
    const found = await scrape();
    if (found.types.has('flashcase_schema_drift')) return found;
    await new Promise((done) => setTimeout(done, 1100));
  }
}

const REVIEW = { method: 'POST', route: '/api/v1/study/review/:card_id' };

for (const engine of everydayEngines()) {
  describe(`metrics (${engine.name})`, { skip: engine.skip }, () => {
    test(`a server that is used tells every metric of its engine, with the labels that are written down, and nothing else (${engine.name})`, async () => {
      await withServer(
        {},
        async (server) => {
          await study(server.url, 'anna');
          const refused = await fetch(`${server.url}/api/v1/decks/`);
          assert.equal(refused.status, 401);
          const scrape = await scrapeWithDrift(server);
          const isSqlite = server.database.engine.capabilities.isLocalFile;
          for (const [name, metric] of Object.entries(METRICS) as [string, Metric][]) {
            const isHere = metric.on === undefined || metric.on === (isSqlite ? 'sqlite' : 'postgres');
            if (isHere && metric.when === undefined)
              assert.equal(scrape.types.get(PREFIX + name), metric.kind, `${name} is missing`);
            if (!isHere) assert.ok(!scrape.types.has(PREFIX + name), `${name} is of the other engine`);
          }
          for (const { name, labels } of scrape.samples) {
            const own = Object.entries(METRICS as Readonly<Record<string, Metric>>).find(([known]) =>
              [known, `${known}_bucket`, `${known}_sum`, `${known}_count`].includes(name.slice(PREFIX.length)),
            );
            assert.ok(own, `${name} is not written down`);
            assert.deepEqual(
              Object.keys(labels).filter((label) => label !== 'le'),
              own[1].labels ?? [],
              name,
            );
          }
          judgeByPromtool(await (await fetch(`${server.url}/metrics`)).text());
          assert.equal(scrape.value('flashcase_database_up'), 1);
          assert.equal(scrape.value('flashcase_gate', { state: 'open' }), 1);
          assert.equal(scrape.value('flashcase_schema_drift'), 0);
          assert.equal(scrape.value('flashcase_move_phase', { phase: 'none' }), 1);
          assert.equal(scrape.value('flashcase_backup_last_success_age_seconds'), Number.POSITIVE_INFINITY);
          assert.equal(scrape.value('flashcase_info', { version: '1.2.3', engine: isSqlite ? 'sqlite' : 'postgres' }), 1);
          assert.ok((scrape.value('flashcase_database_bytes') ?? 0) > 10_000);
        },
        engine,
      );
    });

    test(`a review, a refusal and an error are counted once each, and histograms add up (${engine.name})`, async () => {
      await withServer(
        {},
        async (server) => {
          const token = await study(server.url, 'anna');
          const again = await fetch(`${server.url}/api/v1/study/review/987654321`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
            body: '{"grade":3}',
          });
          assert.equal(again.status, 404);
          const scrape = await server.scrape();
          assert.equal(scrape.value('flashcase_reviews_total', { result: 'acknowledged' }), 1);
          assert.equal(scrape.value('flashcase_reviews_total', { result: 'refused' }), 1);
          assert.equal(scrape.value('flashcase_reviews_total', { result: 'failed' }), 0);
          assert.equal(scrape.value('flashcase_errors_total', { code: 'FC_NOT_FOUND' }), 1);
          assert.equal(scrape.value('flashcase_http_requests_total', { ...REVIEW, status: '200' }), 1);
          assert.equal(scrape.value('flashcase_http_request_duration_seconds_count', REVIEW), 2);
          for (const name of ['flashcase_http_request_duration_seconds', 'flashcase_pool_wait_seconds']) {
            for (const { labels, value } of scrape.samples.filter((sample) => sample.name === `${name}_count`)) {
              const buckets = scrape.samples.filter(
                (sample) => sample.name === `${name}_bucket` && Object.entries(labels).every(([k, v]) => sample.labels[k] === v),
              );
              assert.equal(buckets.at(-1)?.labels.le, '+Inf');
              assert.equal(buckets.at(-1)?.value, value);
              assert.deepEqual(
                buckets.map((bucket) => bucket.value),
                buckets.map((bucket) => bucket.value).toSorted((a, b) => a - b),
              );
            }
          }
        },
        engine,
      );
    });
  });
}

const [, postgres] = engines();

describe('metrics of any engine', () => {
  test('without a token only this machine reads them, and no proxy for somebody else', async () => {
    await withServer({}, async ({ app }) => {
      const ask = async (headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
        (await app.inject({ method: 'GET', url: '/metrics', headers: { host: 'localhost:8000', ...headers }, remoteAddress }))
          .statusCode;
      assert.equal(await ask({}), 200);
      assert.equal(await ask({ host: '[::1]:8000' }, '::1'), 200);
      assert.equal(await ask({}, '192.168.1.7'), 403);
      assert.equal(await ask({}, '172.17.0.1'), 403);
      for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via', 'x-forwarded-host'])
        assert.equal(await ask({ [name]: '127.0.0.1' }), 403, name);
      assert.equal(await ask({ host: 'cards.example.org' }), 403);
      assert.equal(await ask({ host: 'localhost.example.org' }), 403);
    });
    await withServer({ TRUST_PROXY: '127.0.0.1' }, async ({ app }) => {
      assert.equal((await app.inject({ method: 'GET', url: '/metrics' })).statusCode, 403);
    });
  });

  test('with a token nobody reads them without it, this machine neither, and the token is shown nowhere', async () => {
    await withServer({ METRICS_TOKEN: TOKEN }, async (server) => {
      const ask = async (authorization?: string) =>
        (await fetch(`${server.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } })).status;
      assert.equal(await ask(), 401);
      assert.equal(await ask(`Bearer ${TOKEN}x`), 401);
      assert.equal(await ask(`Bearer ${TOKEN.slice(1)}`), 401);
      assert.equal(await ask(`Basic ${TOKEN}`), 401);
      assert.equal(await ask(`Bearer ${TOKEN}`), 200);
      // What she does is counted, and she is not named.
      await study(server.url, 'anna');
      const text = await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
      assert.match(text, /flashcase_reviews_total\{result="acknowledged"\} 1\n/);
      for (const secret of [TOKEN, 'anna', '/tmp', '127.0.0.1']) assert.ok(!text.includes(secret), secret);
    });
    assert.throws(() => settingsFor({ url: 'sqlite:///./x.db' }, { METRICS_TOKEN: 'short' }), /METRICS_TOKEN is shorter/);
  });

  test('what strangers try makes no new series: routes are patterns, codes those of the registry', async () => {
    await withServer({}, async (server) => {
      const { app, scrape } = server;
      const seriesOf = async () => (await scrape()).samples.length;
      const tryAll = async (run: number) => {
        for (let i = 0; i < 20; i++) {
          await app.inject({ method: 'GET', url: `/api/v1/decks/${run}${i}?x=${i}` });
          await app.inject({ method: 'GET', url: `/api/v1/nothing/${run}/${i}` });
          await app.inject({ method: 'GET', url: `/wp-admin/${run}/${i}.php` });
        }
        await app.inject({
          method: 'POST',
          url: '/api/v1/decks/',
          headers: { 'content-type': 'application/json' },
          payload: '{',
        });
      };
      await tryAll(1);
      await scrapeWithDrift(server);
      const before = await seriesOf();
      await tryAll(2);
      assert.equal(await seriesOf(), before);
    });
  });

  test('a database that is away takes no metric of the server away', async () => {
    const server = await serve({ url: `postgresql://flash:geheim@127.0.0.1:${await freePort()}/flash` });
    const scrape = await server.scrape();
    assert.equal(scrape.value('flashcase_database_up'), 0);
    assert.ok((scrape.value('flashcase_memory_bytes', { kind: 'resident' }) ?? 0) > 1e6);
    assert.equal(scrape.value('flashcase_pool_limit'), 30);
    await server.close();
  });

  test('a database that takes connections and never answers keeps no scrape waiting; the look is given up with its connection, and the next scrape asks anew', async () => {
    const asked: Socket[] = [];
    const silent = createServer((socket) => {
      socket.on('error', () => {});
      socket.resume();
      asked.push(socket);
    });
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const server = await serve({ url: `postgresql://flash:geheim@127.0.0.1:${(silent.address() as AddressInfo).port}/flash` });
    try {
      const up = async () => (await server.scrape()).value('flashcase_database_up');
      assert.equal(await up(), 0);
      assert.equal(await up(), 0);
      assert.equal(asked.length, 1, 'one look at a time');
      const [first] = asked;
      if (first?.closed === false) await once(first as Socket, 'close');
      while (asked.length < 2) assert.equal(await up(), 0);
    } finally {
      await server.close();
      for (const socket of asked) socket.destroy();
      await new Promise((done) => silent.close(done));
    }
  });

  test('a disk of the backups that hangs holds up neither a scrape nor anybody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flashcase-hangs-'));
    const record = join(folder, 'record.jsonl');
    // Whoever opens it for reading waits until somebody writes.
    execFileSync('mkfifo', [record]);
    try {
      await withServer({ BACKUP_DIRECTORY: folder }, async ({ scrape, url }) => {
        for (let i = 0; i < 2; i++) assert.equal((await scrape()).value('flashcase_database_up'), 1);
        assert.equal((await fetch(`${url}/api/v1/decks/`)).status, 401);
        writeFileSync(record, '');
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('SQLite: a scrape makes no file where the database is gone', async () => {
    await withServer({}, async ({ scrape, database }) => {
      const file = database.engine.location;
      assert.equal((await scrape()).value('flashcase_database_up'), 1);
      renameSync(file, `${file}.away`);
      await new Promise((done) => setTimeout(done, 1100));
      assert.equal((await scrape()).value('flashcase_database_up'), 0);
      assert.equal(existsSync(file), false);
      renameSync(`${file}.away`, file);
      await new Promise((done) => setTimeout(done, 1100));
      assert.equal((await scrape()).value('flashcase_database_up'), 1);
    });
  });

  test('PostgreSQL: a figure that may not be read is left out alone; the database is up', {
    skip: postgres?.skip ?? false,
  }, async () => {
    const place = await (postgres as Target).fresh();
    const role = `t_${randomBytes(6).toString('hex')}`;
    const admin = new pg.Client({ connectionString: place.url });
    await admin.connect();
    try {
      await (await openFresh(place)).close();
      await admin.query(`CREATE ROLE ${role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
      await admin.query('REVOKE EXECUTE ON FUNCTION pg_database_size(name) FROM PUBLIC');
      const url = new URL(place.url);
      url.username = role;
      const server = await serve({ url: url.toString() });
      const scrape = await server.scrape();
      await server.close();
      assert.equal(scrape.value('flashcase_database_up'), 1);
      assert.equal(scrape.types.has('flashcase_database_bytes'), false);
      for (const name of ['postgres_xid_age', 'postgres_locks_waiting', 'postgres_commits_total'])
        assert.ok(scrape.types.has(PREFIX + name), name);
    } finally {
      await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => {});
      await admin.end();
      await place.drop();
    }
  });

  test('SQLite: a reader that stays open is seen by what waits for a checkpoint, and it is gone when the reader is', async () => {
    await withServer({}, async ({ database, scrape }) => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      await database.write(({ connection }) => connection.script('CREATE TABLE filler (bytes)'));
      const fill = () =>
        database.write(({ connection }) =>
          connection.script(
            'INSERT INTO filler WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT randomblob(4000) FROM n',
          ),
        );
      const reading = database.read(async ({ connection }) => {
        await connection.query('SELECT count(*) AS n FROM filler');
        await held;
      });
      await fill();
      await scrape();
      await new Promise((done) => setTimeout(done, 1100));
      const during = await scrape();
      assert.ok((during.value('flashcase_sqlite_wal_frames_waiting') ?? 0) >= 1000, 'frames wait');
      assert.ok((during.value('flashcase_sqlite_checkpoint_overdue_seconds') ?? 0) >= 1, 'it is overdue');
      assert.ok((during.value('flashcase_sqlite_wal_bytes') ?? 0) > 8e6);
      assert.equal(during.value('flashcase_pool_connections', { state: 'in_use' }), 1);
      release();
      await reading;
      await fill();
      await new Promise((done) => setTimeout(done, 1100));
      const after = await scrape();
      assert.ok((after.value('flashcase_sqlite_wal_frames_waiting') ?? 9999) < 1000);
      assert.equal(Math.floor(after.value('flashcase_sqlite_checkpoint_overdue_seconds') ?? 9), 0);
    });
  });

  test('PostgreSQL: the transaction of FlashCase’s own backup is not told as one that was forgotten', {
    skip: postgres?.skip ?? false,
  }, async () => {
    const own = await startPostgres();
    const clients = ['flashcase backup', 'psql'].map(
      (application_name) => new pg.Client({ connectionString: own.url, application_name }),
    );
    const [backup, forgotten] = clients as [pg.Client, pg.Client];
    const database = openDatabase(settingsFor(own), systemClock());
    const age = async () => {
      await new Promise((done) => setTimeout(done, 1100));
      const found = await database.engine.dedicated((connection) => database.engine.vitals(connection));
      return found.find(({ name }) => name === 'postgres_oldest_transaction_age_seconds')?.value ?? -1;
    };
    try {
      for (const client of clients) await client.connect();
      await backup.query('BEGIN');
      assert.equal(await age(), 0);
      await forgotten.query('BEGIN');
      assert.ok((await age()) >= 1);
    } finally {
      for (const client of clients) await client.end();
      await database.close();
      await own.stop();
    }
  });

  test('PostgreSQL: an open transaction, a lock that is waited for and dead rows are seen', {
    skip: postgres?.skip ?? false,
  }, async () => {
    await withServer(
      {},
      async ({ scrape, url }, place) => {
        await study(url, 'anna');
        const clients = [1, 2].map(() => new pg.Client({ connectionString: place.url }));
        for (const client of clients) await client.connect();
        const [holder, waiter] = clients as [pg.Client, pg.Client];
        try {
          await holder.query('BEGIN; LOCK TABLE card');
          const waiting = waiter.query('SELECT 1 FROM card');
          await new Promise((done) => setTimeout(done, 1100));
          const during = await scrape();
          assert.ok((during.value('flashcase_postgres_locks_waiting') ?? 0) >= 1);
          assert.ok((during.value('flashcase_postgres_oldest_transaction_age_seconds') ?? 0) >= 1);
          assert.ok((during.value('flashcase_postgres_connections_used') ?? 0) >= 3);
          await holder.query('ROLLBACK');
          await waiting;
          await holder.query(`UPDATE card SET front = front`);
          await holder.query('SELECT pg_stat_force_next_flush()').catch(() => {});
          for (let i = 0; ; i++) {
            await new Promise((done) => setTimeout(done, 300));
            if (((await scrape()).value('flashcase_postgres_dead_rows', { table: 'card' }) ?? 0) >= 1) break;
            assert.ok(i < 60, 'dead rows are not seen');
          }
        } finally {
          for (const client of clients) await client.end();
        }
      },
      postgres,
    );
  });
});

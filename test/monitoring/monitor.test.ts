// slow
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { parse } from 'yaml';
import type { Database } from '../../src/db/database.ts';
import { buildApp } from '../../src/http/app.ts';
import { hotQueries } from '../../src/ops/explain/hot-queries.ts';
import { Metrics } from '../../src/ops/metrics/metrics.ts';
import type { Finding } from '../../src/ops/monitor/finding.ts';
import { judgeReadings, LIMITS } from '../../src/ops/monitor/judge-readings.ts';
import { judgeTables } from '../../src/ops/monitor/judge-tables.ts';
import { judgeSessions } from '../../src/ops/monitor/judge-work.ts';
import { type DatabaseState, readState } from '../../src/ops/monitor/read-state.ts';
import { StatementTimes } from '../../src/ops/monitor/statement-times.ts';
import { revisions } from '../../src/versions/index.ts';
import { childEnv } from '../support/child-env.ts';
import { createDatabase, engines, type Place } from '../support/database.ts';
import { filling } from '../support/fill-hot-tables.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { startPostgres, type TestServer } from '../support/servers.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const entry = join(root, 'bin/flashcase.mjs');

const found = (findings: readonly Finding[], id: string, on?: string): Finding => {
  const one = findings.find((finding) => finding.id === id && (on === undefined || finding.on === on));
  assert.ok(one, `${id} ${on ?? ''} is not among ${JSON.stringify(findings, null, 1)}`);
  return one;
};

const INDEXES = ['ix_study_log_user_card', 'ix_study_log_card_id', 'idx_study_log_user_next_review'];

/** A query as a server sends it. */
const textOf = (name: string, { engine }: Database, kysely: never): string =>
  hotQueries.find((query) => query.name === name)?.text(kysely, engine.capabilities) ?? '';

for (const target of engines().slice(0, 2)) {
  describe(`monitor (${target.name})`, { skip: target.skip }, () => {
    let place: Place;
    let database: Database;
    const folder = mkdtempSync(join(tmpdir(), 'flashcase-monitor-'));
    const settings = () => settingsFor(place, { BACKUP_DIRECTORY: join(folder, 'backups') });
    const look = (server?: Parameters<typeof readState>[0]['server']) =>
      readState({ engine: database.engine, clock: database.clock, settings: settings(), server });

    before(async () => {
      place = await target.withTables();
      database = await openFresh(place);
      await database.engine.dedicated(async (connection) => {
        if (!database.engine.capabilities.isLocalFile)
          for (const table of ['card', 'card_state', 'study_log'])
            await connection.script(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
        await connection.script(filling(database.engine.name));
      });
    });
    after(async () => {
      await database.close();
      await place.drop();
      rmSync(folder, { recursive: true, force: true });
    });

    test(`what was planted is found, each with the command that cures it, and is gone when the command was run (${target.name})`, async () => {
      const { engine } = database;
      const isSqlite = engine.capabilities.isLocalFile;
      for (const index of INDEXES) await engine.dedicated((connection) => connection.script(`DROP INDEX ${index}`));
      const metrics = new Metrics();
      const sql = await engine.dedicated(async (connection) => textOf('card-log', database, connection.kysely as never));
      for (let i = 0; i < 200; i++) metrics.listeners.onQuery?.(sql, 30);
      const state = await look(metrics.server(engine));
      assert.deepEqual(state.unread, []);
      assert.equal(state.revision, revisions.at(-1)?.id);
      const missing = INDEXES.map((index) => found(state.findings, 'index-missing', index));
      for (const [i, { command, severity }] of missing.entries()) {
        assert.match(command ?? '', new RegExp(`^CREATE INDEX .*${INDEXES[i]}`));
        assert.equal(severity, 'page');
      }
      found(state.findings, 'schema-drift');
      const slow = found(state.findings, 'slow-statement', 'card-log');
      assert.match(slow.says, /^card-log takes 30 ms on average \(200 times\)/);
      // PostgreSQL may still use the key of the table.
      if (isSqlite) {
        assert.match(slow.says, /reads study_log as a whole/);
        for (const { command = '' } of missing) assert.ok(slow.command?.includes(command), slow.command ?? 'none');
      }
      const [statement] = state.statements.list;
      assert.equal(statement?.name, 'card-log');
      assert.ok((statement?.plan?.length ?? 0) > 0);
      assert.equal(state.statements.source, 'server');
      const unseen = found(state.findings, 'never-analyzed', 'card_state');
      found(state.findings, 'backup-old');
      assert.match(found(state.findings, 'upkeep-due').says, /card_state \(/);
      if (!isSqlite) assert.match(found(state.findings, 'statements-not-counted').command ?? '', /pg_stat_statements/);

      await engine.dedicated(async (connection) => {
        for (const { command } of [...missing, unseen]) await connection.script(command ?? '');
      });
      const cured = await look();
      for (const { id, on } of [...missing, unseen])
        assert.ok(!cured.findings.some((finding) => finding.id === id && finding.on === on), id);
      assert.ok(!cured.findings.some(({ id }) => id === 'schema-drift'));
    });

    test(`tables and indexes are told with their rows and bytes, the largest first (${target.name})`, async () => {
      const { tables, readings } = await look();
      const log = tables.find(({ name }) => name === 'study_log');
      assert.equal(log?.rows, 24_000);
      assert.ok((log?.bytes ?? 0) > 24_000 * 40, JSON.stringify(log));
      assert.ok(log?.indexes.some(({ name, bytes }) => name === 'ix_study_log_card_id' && bytes > 24_000 * 8));
      const sizes = tables.map(({ bytes, indexBytes }) => bytes + indexBytes);
      assert.deepEqual(
        sizes,
        sizes.toSorted((a, b) => b - a),
      );
      const size = readings.find(({ name }) => name === 'database_bytes')?.value ?? 0;
      assert.ok(sizes.reduce((sum, bytes) => sum + bytes, 0) <= size, 'more than the database has');
    });

    test(`flashcase monitor --once and --json print it, name the slow query of the server that runs, and change nothing (${target.name})`, async () => {
      const metrics = new Metrics();
      const app = await buildApp({ database, settings: settings(), metrics, hasLog: false });
      const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
      const sql = await database.engine.dedicated(async (connection) => textOf('card-log', database, connection.kysely as never));
      for (let i = 0; i < 200; i++) metrics.listeners.onQuery?.(sql, 41);
      const run = (...words: string[]) =>
        new Promise<{ code: number; out: string; err: string }>((done) =>
          execFile(
            process.execPath,
            [entry, 'monitor', ...words],
            {
              cwd: folder,
              env: childEnv({
                DATABASE_URL: place.url,
                ...(place.directUrl === undefined ? {} : { DATABASE_DIRECT_URL: place.directUrl }),
                PORT: url.port,
                BACKUP_DIRECTORY: join(folder, 'backups'),
              }),
            },
            (error, out, err) => done({ code: error === null ? 0 : Number(error.code), out, err }),
          ),
        );
      try {
        const text = await run('--once');
        assert.equal(text.code, 3, text.out + text.err);
        assert.match(text.out, /card-log takes 41 ms on average \(200 times\)/);
        assert.match(text.out, /flashcase db explain card-log/);
        assert.match(text.out, /No backup was made here yet\.\n.*\n\s+flashcase backup now/);
        assert.match(text.out, /server: \d+ of \d+ connections in use/);
        assert.match(text.out, /study_log +24 000/);
        const json = await run('--json');
        const state = JSON.parse(json.out) as DatabaseState;
        assert.equal(state.statements.list[0]?.name, 'card-log');
        assert.deepEqual(state.unread, []);
        assert.equal(JSON.parse(json.out).findings.find(({ id }: Finding) => id === 'backup-old').figure, null);
        if (database.engine.capabilities.isLocalFile) assert.ok(!existsSync(join(folder, 'backups')));
      } finally {
        await app.close();
      }
    });
  });
}

test('SQLite: a monitor makes no file where the database is gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-monitor-'));
  const file = join(folder, 'flashcase.db');
  try {
    const { code, err } = await new Promise<{ code: number; err: string }>((done) =>
      execFile(
        process.execPath,
        [entry, 'monitor', '--once'],
        { cwd: folder, env: childEnv({ DATABASE_URL: `sqlite:///${file}`, PORT: '1' }) },
        (error, _, err) => done({ code: Number(error?.code ?? 0), err }),
      ),
    );
    assert.notEqual(code, 0);
    assert.match(err, /FC_DB_MISSING/);
    assert.ok(!existsSync(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a limit of the monitor is the limit of its alert, and each is found past it and not at it', () => {
  interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly labels: { readonly severity: string };
  }
  const { groups } = parse(readFileSync(join(root, 'docs/monitoring/flashcase-alerts.yaml'), 'utf8')) as {
    groups: { rules: Rule[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  for (const limit of LIMITS) {
    for (const severity of ['warning', 'page'] as const) {
      const bound = limit[severity];
      if (bound === undefined) continue;
      const own = rules.filter(({ alert, labels }) => alert === limit.runbook && labels.severity === severity);
      const isSame = own.some(({ expr }) =>
        [...expr.matchAll(/([<>=]=?) ?([\d.]+)/g)].some(
          ([, sign, value]) => Number(value) === bound || (sign === '==' && bound === 0),
        ),
      );
      assert.ok(isSame, `${limit.id}: ${severity} ${bound} is in no rule of ${limit.runbook}`);
    }
    const bound = (limit.page ?? limit.warning) as number;
    const reading = (value: number) => [
      { name: limit.metric, value, ...(limit.only === undefined ? { labels: { of: 'it' } } : { labels: limit.only }) },
      ...(limit.per === undefined ? [] : [{ name: limit.per, value: 1 }]),
      ...(limit.beside === undefined ? [] : [{ name: limit.beside, value: 1 }]),
    ];
    const past = limit.isLowerBound === true ? bound * 0.99 : bound === 0 ? 1 : bound * 1.01;
    const [finding, ...more] = judgeReadings(reading(past));
    assert.equal(finding?.id, limit.id);
    assert.equal(finding?.severity, limit.page === undefined ? 'warning' : 'page');
    assert.deepEqual(more, []);
    const well = limit.isLowerBound === true ? (limit.warning ?? bound) : (limit.warning ?? 0);
    assert.deepEqual(judgeReadings(reading(well)), [], limit.id);
    if (limit.beside !== undefined) assert.deepEqual(judgeReadings(reading(past).slice(0, 1)), [], limit.id);
    assert.ok(existsSync(join(root, 'docs/guide/runbooks', `${limit.runbook}.md`)));
  }
});

test('statements are counted by their texts without values; lists of any length are one, and a flood of texts keeps those that took most', () => {
  const times = new StatementTimes('2026-11-27T00:00:00Z');
  for (let i = 0; i < 3; i++) times.add('select * from card where id = ?', 5);
  times.add('select * from card where id in (?, ?)', 2);
  times.add('select * from card where id in (?, ?, ?)', 4);
  times.add('insert into t (a, b) values ($1, $2), ($3, $4)', 1);
  times.add('insert into t (a, b) values ($1, $2), ($3, $4), ($5, $6)', 1);
  assert.deepEqual(times.list(10), [
    { sql: 'select * from card where id = ?', calls: 3, totalMs: 15, maxMs: 5 },
    { sql: 'select * from card where id in (…)', calls: 2, totalMs: 6, maxMs: 4 },
    { sql: 'insert into t (a, b) values (…)', calls: 2, totalMs: 2, maxMs: 1 },
  ]);
  for (let i = 0; i < 3000; i++) times.add(`select ${'a'.repeat(3)}${i}`, 0.001);
  const { length } = times.list(5000);
  assert.ok(length <= 1000, String(length));
  assert.equal(times.list(1)[0]?.calls, 3);
});

const [, newest] = engines();
describe('monitor of PostgreSQL', { skip: newest?.skip }, () => {
  test('who waits for whom is seen, and a forgotten transaction; past their limits the session to end is named', async () => {
    const place = await (newest as NonNullable<typeof newest>).withTables();
    const database = await openFresh(place);
    const [holder, waiter] = [new pg.Client(place.url), new pg.Client(place.url)];
    try {
      await holder.connect();
      await waiter.connect();
      await holder.query("SET application_name = 'forgotten shell'");
      await holder.query('BEGIN; LOCK TABLE deck');
      const waiting = waiter.query('SELECT count(*) FROM deck');
      const { rows } = await holder.query('SELECT pg_backend_pid() AS pid');
      const { pid } = rows[0] as { pid: number };
      let state: DatabaseState;
      do
        state = await readState({
          engine: database.engine,
          clock: database.clock,
          settings: settingsFor(place, { BACKUP_SCHEDULE: 'off' }),
        });
      while (state.sessions.blocked.length === 0);
      const [blocked] = state.sessions.blocked;
      assert.equal(blocked?.by, pid);
      assert.equal(blocked?.byApplication, 'forgotten shell');
      assert.equal(blocked?.byState, 'idle in transaction');
      assert.ok(state.sessions.transactions.some((open) => open.pid === pid));
      assert.deepEqual(
        judgeSessions({ blocked: [{ ...(blocked as NonNullable<typeof blocked>), waitsSeconds: 10 }], transactions: [] }),
        [],
      );
      const findings = judgeSessions({
        blocked: [{ ...(blocked as NonNullable<typeof blocked>), waitsSeconds: 61 }],
        transactions: [{ pid, application: 'forgotten shell', state: 'idle in transaction', ageSeconds: 61 }],
      });
      assert.deepEqual(
        findings.map(({ id, severity, command }) => [id, severity, command]),
        [
          ['session-blocked', 'page', `SELECT pg_terminate_backend(${pid});`],
          ['old-transaction', 'warning', `SELECT pg_terminate_backend(${pid});`],
        ],
      );
      // The command does what it says.
      holder.on('error', () => {});
      await database.engine.dedicated((connection) => connection.script(findings[0]?.command ?? ''));
      await waiting;
    } finally {
      await waiter.end();
      await holder.end().catch(() => {});
      await database.close();
      await place.drop();
    }
  });

  test('bloat of a table and of an index is estimated near what it is, and is gone after the command that is advised; what is full has none', async () => {
    const place = await (newest as NonNullable<typeof newest>).withTables();
    const database = await openFresh(place);
    const { engine } = database;
    const state = () => readState({ engine, clock: database.clock, settings: settingsFor(place, { BACKUP_SCHEDULE: 'off' }) });
    try {
      const run = (sql: string) => engine.dedicated((connection) => connection.script(sql));
      await run(`CREATE TABLE bulk (id bigint PRIMARY KEY, name text, more text) WITH (autovacuum_enabled = off);
        INSERT INTO bulk SELECT i, 'name ' || lpad(i::text, 60, '0'), repeat('x', 100) FROM generate_series(1, 130000) AS i;
        CREATE INDEX ix_bulk_name ON bulk (name)`);
      await run('VACUUM (ANALYZE) bulk');
      const full = (await state()).tables.find(({ name }) => name === 'bulk');
      assert.ok((full?.bloatBytes ?? 1) < 0.15 * (full?.bytes ?? 0), JSON.stringify(full));
      await run('DELETE FROM bulk WHERE id % 10 <> 0');
      await run('VACUUM (ANALYZE) bulk');
      const before = await state();
      const table = found(before.findings, 'table-bloat', 'bulk');
      const index = found(before.findings, 'index-bloat', 'ix_bulk_name');
      assert.match(table.says, /\(an estimate\)/);
      assert.equal(index.command, 'REINDEX INDEX CONCURRENTLY "ix_bulk_name";');
      const bytes = (seen: DatabaseState) => seen.tables.find(({ name }) => name === 'bulk')?.bytes ?? 0;
      for (const { command } of [index, table]) await run((command ?? '').replace(/;$/, ''));
      const cured = await state();
      const freed = bytes(before) - bytes(cured);
      assert.ok(Math.abs(freed - table.figure) < 0.25 * freed, `${freed} were freed, ${table.figure} expected`);
      assert.ok(!cured.findings.some(({ id }) => id.endsWith('-bloat')), JSON.stringify(cured.findings));
    } finally {
      await database.close();
      await place.drop();
    }
  });

  test('an index that a failed build left is found, and built anew or dropped by what is advised', () => {
    const index = { bytes: 8192, bloatBytes: 0, scans: 0, isValid: false, of: 'deck' };
    const findings = judgeTables(
      [
        {
          name: 'deck',
          rows: 1,
          deadRows: 0,
          bytes: 8192,
          indexBytes: 16_384,
          bloatBytes: 0,
          vacuumedAt: null,
          analyzedAt: null,
          isAnalyzed: true,
          xidAge: 1,
          indexes: [
            { ...index, name: 'ix_deck_name' },
            { ...index, name: 'ix_deck_name_ccnew' },
          ],
        },
      ],
      [],
      { ddl: { quote: (name: string) => `"${name}"` }, capabilities: { isLocalFile: false } } as never,
    );
    assert.deepEqual(
      findings.map(({ command }) => command),
      ['REINDEX INDEX CONCURRENTLY "ix_deck_name";', 'DROP INDEX CONCURRENTLY "ix_deck_name_ccnew";'],
    );
  });
});

const { FLASHCASE_PG15_BIN: debian } = process.env;
describe('monitor of PostgreSQL with pg_stat_statements', {
  skip: debian === undefined && 'not run: no PostgreSQL 15 of Debian here',
}, () => {
  let server: TestServer;
  before(async () => {
    server = await startPostgres({
      bin: debian as string,
      settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'all' },
    });
  });
  after(() => server.stop());

  test('the statements PostgreSQL counts are known by their names, a slow one has its plan, and no password of anybody is among them', async () => {
    const place = await createDatabase(server.url);
    const database = await openFresh(place);
    const settings = settingsFor(place, { BACKUP_SCHEDULE: 'off' });
    const look = () => readState({ engine: database.engine, clock: database.clock, settings });
    try {
      const off = await look();
      assert.equal(found(off.findings, 'statements-not-counted').command, 'CREATE EXTENSION pg_stat_statements;');
      await database.engine.dedicated((connection) => connection.script('CREATE EXTENSION pg_stat_statements'));
      const app = await buildApp({ database, settings, hasLog: false });
      const register = await app.inject({
        method: 'POST',
        url: '/api/v1/auth/register',
        payload: { email: 'anna@law.edu', username: 'anna', password: 'password-1' },
      });
      assert.equal(register.statusCode, 201, register.body);
      const login = await app.inject({
        method: 'POST',
        url: '/api/v1/auth/login',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'username=anna&password=password-1',
      });
      const headers = { authorization: `Bearer ${login.json().access_token}` };
      const deck = await app.inject({ method: 'POST', url: '/api/v1/decks/', headers, payload: { name: 'Torts' } });
      const payload = { deck_id: deck.json().id as number, front: 'duty?', back: 'care' };
      const card = await app.inject({ method: 'POST', url: '/api/v1/cards/', headers, payload });
      const review = () =>
        app.inject({ method: 'POST', url: `/api/v1/study/review/${card.json().id}`, headers, payload: { grade: 3 } });
      assert.equal((await review()).statusCode, 200);
      // A named query is slow because somebody holds its row.
      const holder = new pg.Client(place.url);
      await holder.connect();
      await holder.query('BEGIN; SELECT * FROM card_state FOR UPDATE');
      const waiting = review();
      await holder.query('SELECT pg_sleep(2.5)');
      await holder.query('COMMIT');
      await holder.query("CREATE ROLE somebody PASSWORD 'in-the-clear'");
      await holder.query('DROP ROLE somebody');
      await holder.end();
      assert.equal((await waiting).statusCode, 200);
      await app.close();
      const { statements, findings } = await look();
      assert.equal(statements.source, 'pg_stat_statements');
      assert.match(statements.since ?? '', /^\d{4}-/);
      const slow = findings.filter(({ id }) => id === 'slow-statement');
      const named = slow.find(({ on }) => hotQueries.some(({ name }) => name === on));
      assert.ok(named, JSON.stringify(slow));
      assert.equal(named.command, `flashcase db explain ${named.on}`);
      const plan = statements.list.find(({ name }) => name === named.on)?.plan;
      assert.match(plan?.join('\n') ?? '', /Scan/);
      assert.ok(!JSON.stringify(statements).includes('in-the-clear'));
    } finally {
      await database.close();
      await place.drop();
    }
  });
});

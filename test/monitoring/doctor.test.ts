// slow
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { backupOptions } from '../../src/cli/backup/backup-options.ts';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { FlashcaseError } from '../../src/errors/index.ts';
import { buildApp } from '../../src/http/app.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { type Diagnosis, examineServer } from '../../src/ops/doctor/doctor.ts';
import { type Finding, judgeServer } from '../../src/ops/doctor/judge-server.ts';
import { rolesOf } from '../../src/ops/doctor/role-lines.ts';
import { refusesUnknown, type ServerFacts } from '../../src/ops/doctor/server-facts.ts';
import { readDatabase } from '../../src/ops/metrics/read-installation.ts';
import { prepareDatabase } from '../../src/ops/prepare.ts';
import { settleSearch } from '../../src/services/search-upkeep.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, type Place, type Target } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { freePort, startPgbouncer } from '../support/servers.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');
const [, newest, oldest, pooled] = engines();
const DEMAND = { servers: 1, workers: 1, poolSize: 20, maxOverflow: 10, statementTimeoutSeconds: 30 };

const examine = (place: Pick<Place, 'url' | 'directUrl'>, more: { rolePrefix?: string; servers?: number } = {}) =>
  examineServer({
    replicaUrls: [],
    ...DEMAND,
    url: place.url,
    directUrl: place.directUrl,
    rolePrefix: 'flashcase',
    clock: systemClock(),
    ...more,
  });

const levelOf = ({ findings }: Pick<Diagnosis, 'findings'>, check: string) =>
  findings.find((finding) => finding.check === check)?.level;

const as = (place: Place, role: string): string => {
  const url = new URL(place.url);
  url.username = role;
  return url.toString();
};

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

for (const engine of [newest, oldest]) {
  describe(`doctor (${engine?.name})`, { skip: engine?.skip ?? false }, () => {
    test(`an empty database of a good server is fit; what its test settings endanger is named (${engine?.name})`, async () => {
      const place = await (engine as NonNullable<typeof engine>).fresh();
      try {
        const diagnosis = await examine(place);
        for (const check of [
          'version',
          'tls',
          'encoding',
          'collation',
          'clock',
          'writing',
          'rights to serve',
          'rights to revise',
          'connections',
          'direct way',
        ])
          assert.equal(levelOf(diagnosis, check), 'good', JSON.stringify(diagnosis.findings));
        assert.equal(levelOf(diagnosis, 'superuser'), 'advice');
        // The servers of the tests do not sync.
        for (const check of ['fsync', 'full_page_writes']) assert.equal(levelOf(diagnosis, check), 'problem');
        assert.equal(levelOf(diagnosis, 'synchronous_commit'), 'advice');
        assert.equal(levelOf(await examine(place, { servers: 20 }), 'connections'), 'problem');
      } finally {
        await place.drop();
      }
    });

    test(`the printed roles work: revisions by one, servers by another that may change no table, backups and monitoring by two that may write nothing (${engine?.name})`, async () => {
      const place = await (engine as NonNullable<typeof engine>).fresh();
      const folder = mkdtempSync(join(tmpdir(), 'flashcase-roles-'));
      const rolePrefix = `t_${randomBytes(6).toString('hex')}`;
      const { app, revision, backup, monitor } = rolesOf(rolePrefix);
      const open = (role: string) => openDatabase(settingsFor({ url: as(place, role) }), systemClock());
      try {
        // Tables are there already, made by the administrator: they are handed over.
        await (await openFresh(place)).close();
        const { roles } = await examine(place, { rolePrefix });
        await run(place.url, roles);
        // Again they change nothing, and fail nowhere.
        await run(place.url, (await examine(place, { rolePrefix })).roles);

        const revising = open(revision);
        await revising.engine.dedicated((connection) => connection.script('CREATE TABLE later (id bigint); DROP TABLE later'));
        await prepareDatabase(revising);
        assert.equal(levelOf(await examine({ url: as(place, revision) }), 'rights to revise'), 'good');
        assert.equal(levelOf(await examine({ url: as(place, revision) }), 'superuser'), 'good');
        await revising.close();

        const serving = open(app);
        await prepareDatabase(serving, { whenPending: 'fail' });
        const http = await buildApp({ database: serving, settings: settingsFor({ url: as(place, app) }), hasLog: false });
        const post = async (url: string, payload: object, token?: string) => {
          const answer = await http.inject({
            method: 'POST',
            url,
            payload,
            headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
          });
          assert.ok(answer.statusCode < 300, answer.body);
          return answer.json();
        };
        await post('/api/v1/auth/register', { email: 'anna@law.edu', username: 'anna', password: 'password-1' });
        const login = await http.inject({
          method: 'POST',
          url: '/api/v1/auth/login',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          payload: 'username=anna&password=password-1',
        });
        const token = login.json().access_token as string;
        const deck = await post('/api/v1/decks/', { name: 'Torts' }, token);
        const card = await post('/api/v1/cards/', { deck_id: deck.id, front: 'duty?', back: 'care' }, token);
        await post(`/api/v1/study/review/${card.id}`, { grade: 3 }, token);

        // As an older server would have left it. The index is another role's to make: that is said, and keeps no card from being found.
        await run(as(place, app), ['DELETE FROM search_card']);
        const problems: FlashcaseError[] = [];
        const settling = { onIndexProblem: (problem: FlashcaseError) => problems.push(problem) };
        assert.equal(await settleSearch(serving, settling), 1);
        assert.equal(problems.length, 1);
        assert.match(
          problems[0]?.toText() ?? '',
          /full-text index[\s\S]*must be owner[\s\S]*DATABASE_DIRECT_URL[\s\S]*flashcase search rebuild/,
        );
        const { dedicated } = serving.engine;
        serving.engine.dedicated = () => assert.fail('a search opens a connection of its own');
        const search = async () => {
          const answer = await http.inject({ url: '/api/v1/search/?q=duty', headers: { authorization: `Bearer ${token}` } });
          return answer.json().cards.map(({ id }: { id: number }) => id);
        };
        assert.deepEqual(await search(), [card.id]);
        serving.engine.dedicated = dedicated;
        const upgraded = spawnSync(process.execPath, [entry, 'db', 'upgrade'], {
          cwd: folder,
          env: childEnv({ DATABASE_URL: as(place, revision) }),
          encoding: 'utf8',
        });
        assert.deepEqual([upgraded.status, upgraded.stderr], [0, '']);
        assert.equal(await settleSearch(serving, settling), 0);
        assert.equal(problems.length, 1, 'the index is there now');
        assert.deepEqual(await search(), [card.id]);

        const found = await examine({ url: as(place, app) });
        assert.equal(levelOf(found, 'rights to serve'), 'good');
        assert.equal(levelOf(found, 'rights to revise'), 'advice');
        // The same server, however a role likes its times written.
        await run(place.url, [`ALTER ROLE ${revision} SET timezone = 'Asia/Tokyo'`]);
        const both = await examine({ url: as(place, app), directUrl: as(place, revision) });
        for (const check of ['direct way', 'direct way, tls']) assert.equal(levelOf(both, check), 'good', check);
        await http.close();
        await serving.close();
        for (const statement of [
          'CREATE TABLE x (id int)',
          'DROP TABLE card',
          'ALTER TABLE card ADD COLUMN x int',
          'TRUNCATE card',
          'DELETE FROM schema_revision',
          "UPDATE schema_revision SET revision_hash = ''",
          'DELETE FROM audit_event',
          "UPDATE audit_event SET command = ''",
        ])
          await assert.rejects(run(as(place, app), [statement]), /permission denied|must be owner/, statement);

        const settings = settingsFor({ url: as(place, backup) }, { BACKUP_DIRECTORY: folder });
        const watcher = new pg.Client({ connectionString: place.url });
        await watcher.connect();
        let isDone = false;
        let isNamed = false;
        const making = backupNow(backupOptions(settings, () => {})).finally(() => {
          isDone = true;
        });
        while (!isDone && !isNamed)
          isNamed =
            (
              await watcher.query("SELECT FROM pg_stat_activity WHERE application_name = 'flashcase backup' AND usename = $1", [
                backup,
              ])
            ).rowCount !== 0;
        await watcher.end();
        const manifest = await making;
        assert.ok(isNamed, 'monitoring cannot tell the backup from a transaction that was forgotten');
        assert.equal(manifest.tables.find(({ table }) => table === 'card')?.rows, 1);
        await assert.rejects(run(as(place, backup), ['DELETE FROM card']), /permission denied/);

        const watching = open(monitor);
        const readings = await readDatabase(watching.engine);
        assert.ok(readings.some(({ name }) => name === 'postgres_connections_used'));
        assert.ok(readings.some(({ name, labels }) => name === 'postgres_live_rows' && labels?.table === 'card'));
        await watching.close();
        for (const statement of ['SELECT * FROM card', 'DELETE FROM card'])
          await assert.rejects(run(as(place, monitor), [statement]), /permission denied/, statement);
      } finally {
        const names = Object.values(rolesOf(rolePrefix));
        await run(place.url, [`DROP OWNED BY ${names.join(', ')}`]).catch(() => {});
        await place.drop();
        await run(serverOf(engine) as string, [`DROP ROLE IF EXISTS ${names.join(', ')}`]);
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}

for (const engine of [newest]) {
  describe('doctor, in a schema', { skip: engine?.skip ?? false }, () => {
    test('the SQL of the roles is one transaction, and brings each role to a schema that is not public', async () => {
      const place = await (engine as Target).fresh();
      const rolePrefix = `t_${randomBytes(6).toString('hex')}`;
      const { app } = rolesOf(rolePrefix);
      const name = new URL(place.url).pathname.slice(1);
      try {
        await run(place.url, ['CREATE SCHEMA cards', `ALTER DATABASE "${name}" SET search_path TO cards`]);
        await (await openFresh(place)).close();
        const { roles } = await examine(place, { rolePrefix });
        assert.deepEqual([roles.slice(0, 2), roles.at(-1)], [['BEGIN;', "SET LOCAL lock_timeout = '5s';"], 'COMMIT;']);
        await run(place.url, [...roles, `ALTER DATABASE "${name}" RESET search_path`]);
        await run(as(place, app), ['SELECT id FROM card', 'SELECT revision_id FROM schema_revision']);
      } finally {
        const names = Object.values(rolesOf(rolePrefix));
        await run(place.url, [`DROP OWNED BY ${names.join(', ')}`]).catch(() => {});
        await place.drop();
        await run(serverOf(engine) as string, [`DROP ROLE IF EXISTS ${names.join(', ')}`]);
      }
    });

    test('a schema that holds something of others is a problem, and nothing is printed that would give it away', async () => {
      const place = await (engine as Target).fresh();
      try {
        await (await openFresh(place)).close();
        assert.equal(levelOf(await examine(place), 'schema'), undefined);
        await run(place.url, ['CREATE TABLE invoice (id int)', 'CREATE VIEW paid AS SELECT id FROM invoice']);
        const found = await examine(place);
        assert.deepEqual([levelOf(found, 'schema'), found.roles], ['problem', []]);
        assert.match(JSON.stringify(found.findings), /not FlashCase’s: paid, invoice|not FlashCase’s: invoice, paid/);
      } finally {
        await place.drop();
      }
    });
  });
}

/** The server's own database, where roles are dropped once nothing is theirs. */
function serverOf(engine: Target | undefined): string | undefined {
  return engine === newest ? process.env.FLASHCASE_TEST_POSTGRES : process.env.FLASHCASE_TEST_POSTGRES_15;
}

describe('doctor', { skip: newest?.skip ?? false }, () => {
  test('a pooler is found, with its mode; without a direct way it is a problem, and a direct way to another database too', {
    skip: pooled?.skip ?? false,
  }, async () => {
    const place = await (pooled as NonNullable<typeof pooled>).fresh();
    const other = await (newest as NonNullable<typeof newest>).fresh();
    try {
      const good = await examine(place);
      assert.equal(levelOf(good, 'direct way'), 'good');
      const pooler = good.findings.find(({ check }) => check === 'pooler');
      assert.equal(pooler?.level, 'good');
      assert.match(pooler?.says ?? '', /transaction mode\. It keeps no prepared statements/);
      const knowing = await startPgbouncer({
        binary: process.env.FLASHCASE_PGBOUNCER as string,
        target: process.env.FLASHCASE_TEST_POSTGRES as string,
        maxPreparedStatements: 200,
      });
      const known = await examine({ url: knowing.url });
      await knowing.stop();
      assert.match(JSON.stringify(known.findings), /transaction mode\. It keeps prepared statements/);
      assert.equal(levelOf(await examine({ url: place.url }), 'direct way'), 'problem');
      assert.equal(levelOf(await examine({ url: place.url, directUrl: other.url }), 'direct way'), 'problem');
      assert.equal(levelOf(await examine({ url: place.url, directUrl: place.url }), 'direct way'), 'problem');
      const nowhere = `postgresql://flash:geheim@127.0.0.1:${await freePort()}/x`;
      const away = await examine({ url: place.url, directUrl: nowhere });
      assert.equal(levelOf(away, 'direct way'), 'problem');
      assert.doesNotMatch(JSON.stringify(away), /geheim/);
    } finally {
      await place.drop();
      await other.drop();
    }
  });

  test('the command: exit code 3 for a problem, the password nowhere, and a file is no server', async () => {
    const place = await (newest as Target).fresh();
    const folder = mkdtempSync(join(tmpdir(), 'flashcase-doctor-'));
    const command = (...args: readonly string[]) =>
      spawnSync(process.execPath, [entry, 'doctor', ...args], { cwd: folder, env: childEnv(), encoding: 'utf8' });
    try {
      const url = new URL(place.url);
      url.password = 'geheim';
      const found = command('--connect', url.toString());
      assert.equal(found.status, 3, found.stderr);
      assert.match(
        found.stdout,
        /PROBLEM {2}fsync[\s\S]*next: Set fsync = on[\s\S]*2 problems to put right first\.[\s\S]*CREATE ROLE "flashcase_app" LOGIN;/,
      );
      assert.doesNotMatch(found.stdout + found.stderr, /geheim/);
      const asked = command('--connect', url.toString(), '--servers', '50', '--json');
      const { findings } = JSON.parse(asked.stdout) as Diagnosis;
      assert.equal(levelOf({ findings }, 'connections'), 'problem');
      const file = command('--connect');
      assert.deepEqual([file.status, file.stdout], [1, '']);
      assert.match(file.stderr, /^FC_BAD_REQUEST: DATABASE_URL is an SQLite file/);
    } finally {
      await place.drop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('a certificate counts as verified only where a bad one would be refused', () => {
    const refuses = (more: string) => refusesUnknown(new pg.Client({ connectionString: `postgresql://a@db1/flash${more}` }));
    assert.deepEqual([refuses(''), refuses('?sslmode=no-verify'), refuses('?sslmode=verify-full')], [false, false, true]);
  });

  test('whatever a server may be wrong in is found, each by itself', async () => {
    const place = await (newest as NonNullable<typeof newest>).fresh();
    let facts: ServerFacts | undefined;
    try {
      const { readServerFacts } = await import('../../src/ops/doctor/server-facts.ts');
      const database = openDatabase(settingsFor(place), systemClock());
      facts = await database.engine.dedicated((connection) => readServerFacts(connection, () => systemClock().now().micros));
      await database.close();
    } finally {
      await place.drop();
    }
    const settings = {
      ...facts.settings,
      archive_mode: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
    };
    const sound: ServerFacts = { ...facts, settings, isSuperuser: false, hasStatements: true, roundTripsMs: [1] };
    const notGood = (found: readonly Finding[]) => found.filter(({ level }) => level !== 'good').map(({ check }) => check);
    assert.deepEqual(notGood(judgeServer(sound, DEMAND)), []);
    const wrong: readonly (readonly [string, Partial<ServerFacts>])[] = [
      ['version', { versionNumber: 120_000 }],
      ['version', { versionNumber: 990_000 }],
      ['tls', { isLoopback: false }],
      ['tls', { isLoopback: false, isEncrypted: true }],
      ['encoding', { encoding: 'SQL_ASCII' }],
      ['collation', { collationVersion: '2.36', collationVersionNow: '2.41' }],
      ['clock', { clockSkewMs: -2500 }],
      ['writing', { isReplica: true }],
      ['writing', { isReadOnly: true }],
      ['rights', { schemaName: null }],
      ['rights to serve', { tables: 20, ownTables: 20, writableTables: 19 }],
      ['rights to revise', { mayCreateTables: false }],
      ['rights to revise', { mayCreateSchemas: false }],
      ['rights to revise', { mayUseTemporaryTables: false }],
      ['superuser', { isSuperuser: true }],
      ['latency', { roundTripsMs: [9, 9, 9] }],
      ['connections', { maxConnections: 30 }],
      ['connections', { roleLimit: 10 }],
      ['pg_stat_statements', { hasStatements: false }],
      ...[
        'fsync',
        'full_page_writes',
        'synchronous_commit',
        'autovacuum',
        'track_counts',
        'standard_conforming_strings',
        'data_checksums',
      ].map((name) => [name, { settings: { ...settings, [name]: 'off' } }] as const),
      ...['zero_damaged_pages', 'ignore_checksum_failure'].map(
        (name) => [name, { settings: { ...settings, [name]: 'on' } }] as const,
      ),
      ['archiving', { settings: { ...settings, archive_mode: 'off' } }],
      ['session_replication_role', { settings: { ...settings, session_replication_role: 'replica' } }],
      ['statement_timeout', { settings: { ...settings, statement_timeout: '5000' } }],
      ['idle_in_transaction_session_timeout', { settings: { ...settings, idle_in_transaction_session_timeout: '60000' } }],
    ];
    for (const [check, change] of wrong) {
      const found = judgeServer({ ...sound, ...change }, DEMAND);
      const named = notGood(found);
      assert.ok(named.includes(check), `${check} is not found with ${JSON.stringify(change)}: ${named.join(', ')}`);
      for (const { level, next } of found) assert.equal(next !== undefined, level !== 'good', check);
    }
  });
});

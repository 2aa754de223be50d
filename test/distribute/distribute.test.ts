// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import type { Database } from '../../src/db/database.ts';
import type { Connection } from '../../src/engine/engine.ts';
import { LEDGER_TABLE } from '../../src/engine/schema-form.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { digestOf, readPlacements } from '../../src/ops/distribute/cluster.ts';
import { type DistributeOptions, distribute } from '../../src/ops/distribute/distribute.ts';
import { LAYOUT } from '../../src/ops/distribute/layout.ts';
import { planDistribution } from '../../src/ops/distribute/plan.ts';
import { verifyDistribution } from '../../src/ops/distribute/verify.ts';
import { storeAs } from '../../src/ops/partition/build.ts';
import { REVIEWS } from '../../src/ops/partition/partitioned.ts';
import { project } from '../../src/versions/project.ts';
import { startService } from '../conformance/client.ts';
import { filling } from '../partition/studied.ts';
import { childEnv } from '../support/child-env.ts';
import { type CitusCluster, citusDatabase, noCitus, nodeUrl, sharedCitus } from '../support/citus.ts';
import { engines, type Place, type Target } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';

const optionsOf = ({ engine }: Database, more: Partial<DistributeOptions> = {}): DistributeOptions => ({
  engine,
  project,
  clock: systemClock(),
  say: () => {},
  ...more,
});

const digests = ({ engine }: Database): Promise<Record<string, unknown>> =>
  engine.dedicated(async (connection) => {
    const found: Record<string, unknown> = {};
    // The trail of operators tells of each command that is typed meanwhile.
    for (const { name } of LAYOUT) if (name !== 'audit_event') found[name] = await digestOf(connection, name);
    return found;
  });

const misplaced = ({ engine }: Database): Promise<string[]> =>
  engine.dedicated(async (connection) =>
    (await readPlacements(connection)).filter(({ now, placement }) => now !== placement).map(({ name }) => name),
  );

const verdictOf = ({ engine }: Database) => engine.dedicated((connection) => verifyDistribution(connection, engine, project));

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

/** Types `flashcase db distribute …`. @param killedAt the command is killed when it has said this on standard error; its code is then null */
async function flashcase(
  url: string,
  words: readonly string[],
  killedAt?: RegExp,
): Promise<{ code: number | null; out: string; err: string }> {
  const running = spawn(process.execPath, [entry, 'db', 'distribute', ...words], { env: childEnv({ DATABASE_URL: url }) });
  let out = '';
  let err = '';
  running.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  running.stderr.on('data', (chunk) => {
    err += String(chunk);
    if (killedAt?.test(err)) running.kill('SIGKILL');
  });
  const [code] = (await once(running, 'close')) as [number | null];
  return { code, out, err };
}

const sessionOf = async (connection: Connection): Promise<unknown> =>
  (await connection.query('SELECT pg_backend_pid() AS d_pid'))[0]?.d_pid;

/** How Citus writes; `null` on a server that has no such setting, unless somebody made one up. */
const modeOf = async (connection: Connection): Promise<unknown> =>
  (await connection.query("SELECT current_setting('citus.multi_shard_modify_mode', true) AS d_mode"))[0]?.d_mode;

const refusal = (code: string, says: RegExp) => (error: unknown) =>
  error instanceof FlashcaseError && error.code === code && says.test(error.message);

describe('a database spread over several nodes', { skip: noCitus }, () => {
  let cluster: CitusCluster;
  let place: Place;
  let database: Database;
  before(async () => {
    cluster = await sharedCitus();
    place = await citusDatabase(cluster.folder);
    // Its tables stay on the coordinator: the tests spread them.
    database = await openFresh({ url: place.url });
    await database.engine.dedicated((connection) => connection.script(filling(2000)));
  });
  after(async () => {
    await database?.close();
    await place?.drop();
    await cluster?.stop();
  });

  test('the plan names every table, its place and how long it waits, and changes nothing', async () => {
    const plan = await database.engine.dedicated((connection) => planDistribution(connection, database.engine, project));
    assert.deepEqual(plan.hindrances, []);
    assert.equal(plan.cluster?.nodes.length, 3);
    assert.deepEqual(
      plan.tables.map(({ name }) => name),
      LAYOUT.filter(({ placement }) => placement !== 'coordinator').map(({ name }) => name),
    );
    assert.equal((await verdictOf(database)).isDistributed, false);
    // As a table is that nobody has analysed: its rows are not known, and not none.
    const unknown = await database.engine.dedicated(async (connection) => {
      await connection.script("BEGIN; UPDATE pg_class SET reltuples = -1 WHERE relname = 'study_log'");
      return planDistribution(connection, database.engine, project);
    });
    const log = unknown.tables.find(({ name }) => name === 'study_log');
    assert.deepEqual([log?.rows, log?.pauseSeconds], [undefined, undefined]);
    assert.ok((log?.bytes ?? 0) > 0);
  });

  test('what is in the way is named before anything is moved: a trigger, an identity column, a publication, a lock', async () => {
    await database.engine.dedicated((connection) =>
      connection.script(`CREATE PUBLICATION of_all FOR ALL TABLES;
        CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER theirs AFTER INSERT ON card FOR EACH ROW EXECUTE FUNCTION nothing();
        ALTER TABLE size_sample ADD COLUMN extra bigint GENERATED ALWAYS AS IDENTITY`),
    );
    await assert.rejects(
      distribute(optionsOf(database)),
      refusal('FC_DISTRIBUTE_UNFIT', /card\.theirs.*size_sample\.extra.*of_all: .*Nothing was changed/),
    );
    assert.equal((await verdictOf(database)).isDistributed, false);
    await database.engine.dedicated((connection) =>
      connection.script(
        'DROP PUBLICATION of_all; DROP TRIGGER theirs ON card; DROP FUNCTION nothing(); ALTER TABLE size_sample DROP COLUMN extra',
      ),
    );
    await database.engine.dedicated(async (reader) => {
      await reader.script('BEGIN; LOCK TABLE "user" IN ACCESS SHARE MODE');
      const blocked = distribute(optionsOf(database, { patience: { waitMs: 0, lockTimeoutMs: 50 } }));
      await assert.rejects(
        blocked,
        (error) =>
          error instanceof FlashcaseError &&
          error.code === 'FC_REVISION_BLOCKED' &&
          /run flashcase db distribute run again/.test(String(error.hint)),
      );
    });
  });

  test('a run that is broken off goes on where it was; in between everything works; nothing is lost or changed', async () => {
    const before = await digests(database);
    let moved = 0;
    const broken = distribute(
      optionsOf(database, {
        onMoved: () => {
          if (++moved === 5) throw new Error('broken off');
        },
      }),
    );
    await assert.rejects(broken, /broken off/);
    assert.equal((await misplaced(database)).length, LAYOUT.filter(({ placement }) => placement !== 'coordinator').length - 5);
    assert.deepEqual(await digests(database), before);
    const rest = await distribute(optionsOf(database));
    assert.equal(rest.length, LAYOUT.filter(({ placement }) => placement !== 'coordinator').length - 5);
    assert.deepEqual(await digests(database), before);
    assert.deepEqual(await distribute(optionsOf(database)), []);
    const verdict = await verdictOf(database);
    assert.deepEqual(verdict.problems, []);
    assert.equal(verdict.proved.length, 3);
  });

  test('a row that one node has otherwise is found', async () => {
    const [shard] = await database.engine.dedicated((connection) =>
      connection.query("SELECT shardid::text AS d_shard FROM pg_dist_shard WHERE logicalrelid = 'card'::regclass"),
    );
    const client = new pg.Client({ connectionString: nodeUrl(cluster.folder, 'worker1', new URL(place.url).pathname.slice(1)) });
    await client.connect();
    try {
      await client.query('SET citus.enable_manual_changes_to_shards = on');
      const table = `card_${String(shard?.d_shard)}`;
      await client.query(`UPDATE ${table} SET back = back || '!' WHERE id = 1`);
      const { problems } = await verdictOf(database);
      assert.equal(problems.length, 1);
      assert.match(problems[0] as string, /^card is not the same on every node: .*400 rows/);
      // A write that was not seen on all nodes yet is, a moment later: what differs is looked at again, and not at once.
      let pauses = 0;
      const verdict = await database.engine.dedicated((connection) =>
        verifyDistribution(connection, database.engine, project, async () => {
          pauses++;
          await client.query(`UPDATE ${table} SET back = rtrim(back, '!') WHERE id = 1`);
        }),
      );
      assert.deepEqual([verdict.problems, pauses], [[], 1]);
    } finally {
      await client.end();
    }
  });

  test('studying asks one node: no statement of it goes to several', async () => {
    const name = new URL(place.url).pathname.slice(1);
    await database.engine.dedicated((connection) =>
      connection.script(`ALTER DATABASE ${name} SET citus.multi_task_query_log_level = 'error'`),
    );
    const service = await startService(place);
    try {
      const token = await service.signUp('anna');
      const ok = async (method: string, url: string, json?: unknown, headers: Record<string, string> = {}) => {
        const answer = await service.call(method, `/api/v1${url}`, { token, headers, ...(json === undefined ? {} : { json }) });
        assert.equal(answer.status < 300, true, `${method} ${url}: ${answer.text}`);
        return answer.body;
      };
      const deck = await ok('POST', '/decks/', { name: 'Torts' });
      const card = await ok('POST', '/cards/', { deck_id: deck.id, front: 'Duty', back: 'of care' });
      const key = { 'idempotency-key': 'one' };
      const first = await ok('POST', `/study/review/${card.id}`, { grade: 3 }, key);
      assert.deepEqual(await ok('POST', `/study/review/${card.id}`, { grade: 3 }, key), first, 'a retry gets its first answer');
      await ok('POST', `/study/undo/${card.id}`, {});
      for (const url of [`/study/queue/${deck.id}`, '/study/settings', `/decks/${deck.id}`, '/decks/']) await ok('GET', url);
    } finally {
      await service.close();
      await database.engine.dedicated((connection) =>
        connection.script(`ALTER DATABASE ${name} RESET citus.multi_task_query_log_level`),
      );
    }
  });

  test('a node that is lost while it commits leaves the write unknown, and the connection as good as it was', async () => {
    const name = new URL(place.url).pathname.slice(1);
    const { engine } = database;
    const shards = await engine.dedicated((connection) =>
      connection.query(
        `SELECT n.nodeport::int AS d_port, min(u.id)::int AS d_user FROM "user" u
           JOIN pg_dist_placement p ON p.shardid = get_shard_id_for_distribution_column('study_log', u.id) JOIN pg_dist_node n USING (groupid) GROUP BY 1`,
      ),
    );
    const url = nodeUrl(cluster.folder, 'worker1', name);
    const theirs = shards.find(({ d_port }) => String(d_port) === new URL(url).port)?.d_user;
    assert.notEqual(theirs, undefined, 'everybody is on one node');
    const users = shards.map(({ d_user }) => d_user);
    const worker = new pg.Client({ connectionString: url });
    await worker.connect();
    try {
      // One node commits by itself, two of them in two phases.
      for (const written of [[theirs], users]) {
        let session: unknown;
        const work = engine.write(async (connection) => {
          session = await sessionOf(connection);
          assert.equal(await modeOf(connection), 'sequential');
          for (const user of written) await connection.query('UPDATE study_log SET grade = grade WHERE user_id = $1', [user]);
          await worker.query(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name LIKE 'citus_internal%' AND datname = current_database()",
          );
        });
        await assert.rejects(work, refusal('FC_DB_WRITE_UNKNOWN', /may or may not have been kept/));
        const after = await engine.write(async (connection) => {
          await connection.query('UPDATE study_log SET grade = grade WHERE user_id = $1', [theirs]);
          return sessionOf(connection);
        });
        assert.equal(after, session);
      }
    } finally {
      await worker.end();
    }
  });

  test('what is written on the coordinator and on one node is committed in two phases', async () => {
    const said: string[] = [];
    const client = new pg.Client({ connectionString: place.url });
    client.on('notice', ({ message }) => said.push(String(message)));
    await client.connect();
    try {
      // As marks on cards are written: who can take them back, and the states themselves.
      await client.query('SET citus.log_remote_commands = on; BEGIN');
      await client.query('UPDATE operation SET undone_at = undone_at WHERE user_id = 1');
      await client.query('UPDATE study_log SET grade = grade WHERE user_id = 1');
      await client.query('COMMIT');
    } finally {
      await client.end();
    }
    assert.ok(
      said.some((line) => /issuing PREPARE TRANSACTION/.test(line)),
      said.join('\n'),
    );
  });

  test('what cannot be done with it is refused by name: another shape of its tables, a backup by one snapshot, a backup or a restore of one node', async () => {
    const { copyPostgres } = await import('../../src/ops/backup/copy-postgres.ts');
    await assert.rejects(
      storeAs({ engine: database.engine, clock: systemClock(), project, partitioned: REVIEWS, say: () => {} }, 'months'),
      refusal('FC_DISTRIBUTED', /spread over several nodes/),
    );
    await assert.rejects(
      copyPostgres(place.url, '/nonexistent/file.db', { project, ownTables: [], clock: systemClock(), say: () => {} } as never),
      refusal('FC_DISTRIBUTED', /no snapshot shows at one moment/),
    );
    const { archiveNow } = await import('../../src/ops/physical/archive-now.ts');
    await assert.rejects(
      archiveNow({ database: { engine: 'postgres', url: place.url }, say: () => {} } as never),
      refusal('FC_DISTRIBUTED', /a physical backup is of the coordinator alone/),
    );
    // This is how the coordinator of a restored set looks.
    const { checkCluster } = await import('../../src/ops/physical/check-cluster.ts');
    await assert.rejects(
      checkCluster(database, { stateProblem: async () => undefined }, { project, say: () => {} }),
      refusal('FC_DISTRIBUTED', /the coordinator alone: at that moment the tables were spread/),
    );
  });

  test('by the command: everything comes back as it was, also when a revision is pending, ids go on; a run that is killed goes on when it is typed again', async () => {
    const before = await digests(database);
    const away = LAYOUT.filter(({ placement }) => placement !== 'coordinator').length;
    const say = async (expected: RegExp, ...words: string[]): Promise<string> => {
      const { code, out, err } = await flashcase(place.url, words);
      assert.equal(code, 0, `${words.join(' ')}\n${err}`);
      assert.match(out, expected, words.join(' '));
      return err;
    };
    await say(
      /^ok {5}\d+ tables are where the layout has them\nok {5}study data of one user is on one node\nok {5}10 tables/,
      'verify',
    );
    await say(/Every table is in its place: nothing is left to do/, 'plan');
    // As behind a new release: a revision is pending, and none can be applied while the tables are spread.
    const [entry] = await database.engine.dedicated((connection) =>
      connection.query(
        `DELETE FROM ${LEDGER_TABLE} l WHERE revision_id = (SELECT max(revision_id) FROM ${LEDGER_TABLE}) RETURNING row_to_json(l)::text AS d_entry`,
      ),
    );
    const pending = await flashcase(place.url, ['plan']);
    assert.equal(pending.code, 0, pending.err);
    assert.match(pending.out, /IN THE WAY {2}Revisions are pending\.\n +flashcase db distribute undo, then flashcase db upgrade/);
    assert.equal((await flashcase(place.url, ['run'])).code, 1);
    const undone = await say(
      new RegExp(`study_log +on the coordinator +2.0\\d\\d rows, the same before and after[\\s\\S]*${away} tables moved`),
      'undo',
    );
    // It stayed on the coordinator, and is written anew with those it refers to.
    assert.match(undone, /^operation: \d+ rows, the same before and after/m);
    await database.engine.dedicated((connection) =>
      connection.query(`INSERT INTO ${LEDGER_TABLE} SELECT * FROM json_populate_record(NULL::${LEDGER_TABLE}, $1::text::json)`, [
        entry?.d_entry,
      ]),
    );
    assert.deepEqual(await digests(database), before);
    await say(/The database is on one server: not distributed/, 'verify');
    const [row] = await database.engine.dedicated((connection) =>
      connection.query(
        "SELECT (SELECT max(id) FROM card) AS d_max, nextval(pg_get_serial_sequence('card', 'id')) AS d_next, (SELECT count(*)::int FROM pg_constraint WHERE contype = 'f' AND NOT convalidated) AS d_unproved",
      ),
    );
    assert.ok(Number(row?.d_next) > Number(row?.d_max));
    assert.equal(row?.d_unproved, 0);
    await say(
      /^Citus 13\.\d+\.\d+: 127\.0\.0\.1:\d+ \(coordinator\), [\s\S]*study_log +in shards by user +about [\s\S]*To do it: /,
      'plan',
    );

    const killed = await flashcase(place.url, ['run'], /^note: .* the same before and after/m);
    assert.equal(killed.code, null);
    const wrong = await flashcase(place.url, ['verify', '--json']);
    assert.equal(wrong.code, 3);
    assert.match(
      wrong.out,
      /not where they belong: .*study_log \(coordinator, not by user\).*flashcase db distribute run goes on/,
    );
    await say(/tables moved\. The longest wait was /, 'run');
    await say(/^ok/, 'verify');
    assert.deepEqual(await digests(database), before);
  });
});

test('an SQLite file and a PostgreSQL without Citus are refused in plain words, and written without a word of Citus', async (t) => {
  const [sqlite, postgres] = engines() as [Target, Target];
  const file = await openFresh(await sqlite.withTables());
  await assert.rejects(distribute(optionsOf(file)), refusal('FC_DISTRIBUTE_UNFIT', /SQLite file is on one machine/));
  await file.close();
  if (postgres.skip !== false) return t.diagnostic(String(postgres.skip));
  const place = await postgres.withTables();
  const server = await openFresh(place);
  t.after(async () => {
    await server.close();
    await place.drop();
  });
  await assert.rejects(
    distribute(optionsOf(server)),
    refusal('FC_DISTRIBUTE_UNFIT', /The extension citus is not in this database/),
  );
  assert.equal(await server.engine.write(modeOf), null);
});

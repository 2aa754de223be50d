// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { REVIEWS } from '../../src/ops/partition/partitioned.ts';
import { partitionStatus } from '../../src/ops/partition/report.ts';
import { verifyPartition } from '../../src/ops/partition/verify-partition.ts';
import {
  addCheck,
  addColumn,
  addIndex,
  addUnique,
  alterTable,
  dropCheck,
  dropColumn,
  dropTable,
  renameTable,
} from '../../src/revisions/index.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { int32, text } from '../../src/schema/index.ts';
import { revisions } from '../../src/versions/index.ts';
import { engines, type Target } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { catalog, dedicated, reviews, server, servers, sql, store, storeInChild, studied } from './studied.ts';

const later = (upgradeSteps: Revision['upgrade'], downgradeSteps: Revision['downgrade'] = 'none'): Revision => ({
  id: '9001',
  name: 'later',
  upgrade: upgradeSteps,
  downgrade: downgradeSteps,
});

describe('a table stored by months, and what comes after', { skip: server().skip, concurrency: false }, () => {
  for (const target of servers().filter(({ name }) => !name.includes('pgbouncer'))) {
    test(`a revision that adds to it works as on a whole table, and goes back; what its form cannot follow is refused by name (${target.name})`, async (t) => {
      const { database, url } = await studied(t, target, 300);
      await store(database, 'months');
      const { engine, clock } = database;
      const before = await catalog(url);
      const rows = await reviews(url);
      const run = (revision: Revision) => ({ engine, clock, revisions: [...revisions, revision] });
      const adding = later(
        [
          alterTable(
            'study_log',
            addColumn('mood', text({ nullable: true, oneOf: ['good', 'bad'] })),
            addColumn('place', int32({ default: 7 })),
            addIndex('ix_study_log_mood', ['user_id', 'mood']),
            addCheck('ck_rating', 'last_rating <= 5'),
          ),
        ],
        [
          alterTable(
            'study_log',
            dropCheck('ck_rating'),
            { kind: 'dropIndex', name: 'ix_study_log_mood' },
            dropColumn('place'),
            dropColumn('mood'),
          ),
        ],
      );
      assert.equal((await upgrade(run(adding))).length, 1);
      await sql(url, "UPDATE study_log SET mood = 'good' WHERE user_id = 1");
      await assert.rejects(sql(url, "UPDATE study_log SET mood = 'odd' WHERE user_id = 1"), { code: '23514' });
      await downgrade(run(adding), revisions.at(-1)?.id as string);
      assert.equal(await catalog(url), before);
      assert.deepEqual(await reviews(url), rows);
      for (const steps of [
        [dropTable('study_log')],
        [renameTable('study_log', 'answer')],
        [alterTable('study_log', addUnique('uq_study_log', ['user_id', 'card_id']))],
        [alterTable('study_log', { kind: 'changePrimaryKey', columns: ['id'], partitionedKey: ['user_id', 'id'] })],
        [alterTable('study_log', dropColumn('reviewed_at'))],
      ] satisfies Revision['upgrade'][]) {
        await assert.rejects(upgrade(run(later(steps))), (error: { code: string; message: string; hint: string }) => {
          assert.equal(error.code, 'FC_PARTITIONED', String(error));
          assert.match(error.message, /9001 later was not run: study_log is stored by months/);
          assert.match(error.hint, /flashcase db partition undo/);
          return true;
        });
        assert.equal(await catalog(url), before);
      }
      await store(database, 'whole');
      assert.equal((await upgrade(run(later([alterTable('study_log', addColumn('mood', text({ nullable: true })))])))).length, 1);
    });
  }

  test('while it is built no revision runs, and none has to be waited for afterwards', async (t) => {
    const { database, url } = await studied(t, server(), 300);
    const { engine, clock } = database;
    await storeInChild(url, 'months', 'copied');
    const adding = later([alterTable('card', addColumn('mood', text({ nullable: true })))]);
    await assert.rejects(upgrade({ engine, clock, revisions: [...revisions, adding] }), { code: 'FC_PARTITION_UNDERWAY' });
    assert.deepEqual(await upgrade({ engine, clock, revisions }), [], 'a server that starts has nothing to do, and starts');
    await store(database, 'months');
    assert.equal((await upgrade({ engine, clock, revisions: [...revisions, adding] })).length, 1);
  });

  test('one partitioned by hand in another way is drift as ever', async (t) => {
    const { database, url } = await studied(t, server(), 10);
    const lines = () => dedicated(database, (connection) => database.engine.introspect(connection));
    const whole = await lines();
    await store(database, 'months');
    assert.deepEqual(await lines(), whole);
    await sql(url, "CREATE TABLE odd PARTITION OF study_log FOR VALUES FROM ('2040-01-15') TO ('2040-02-15')");
    assert.ok((await lines()).some((line) => line.startsWith('"study_log" table partitioned by')));
    await sql(url, 'DROP TABLE odd');
    assert.deepEqual(await lines(), whole);
    // The bounds are the same moments whatever the session calls them.
    await sql(
      url,
      "ALTER DATABASE CURRENT_DATABASE SET timezone = 'Europe/Berlin'".replace(
        'CURRENT_DATABASE',
        new URL(url).pathname.slice(1),
      ),
    );
    await sql(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET datestyle = 'SQL, DMY'`);
    assert.deepEqual(await lines(), whole);
  });

  test('the comparison can fail: a value, a row too few and a row too many are named, and nothing is exchanged', async (t) => {
    const { database, url } = await studied(t, server(), 300);
    const verify = () => dedicated(database, (c) => verifyPartition(c, database.engine, REVIEWS, database.clock.now()));
    await storeInChild(url, 'months', 'referenced');
    assert.deepEqual((await verify()).problems, []);
    const before = await reviews(url);
    const made = 'flashcase_partition.study_log';
    const damages = [
      [`UPDATE ${made} SET ease_factor = ease_factor + 1e-12 WHERE id = 17`, /17\).* is different/],
      [`DELETE FROM ${made} WHERE id = 17`, /17\).* is missing/],
      [
        `INSERT INTO ${made} SELECT (jsonb_populate_record(m, '{"id": 999999}')).* FROM ${made} m WHERE id = 18`,
        /999999\).* is too many/,
      ],
      [`UPDATE ${made} SET reviewed_at = reviewed_at - interval '1 microsecond' WHERE id = 19`, /19\).* is (missing|too many)/],
    ] as const;
    for (const [damage, named] of damages) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(damage);
      await client.end();
      assert.match((await verify()).problems.join('\n'), named, damage);
      await assert.rejects(store(database, 'months'), (error: { code: string; message: string }) => {
        assert.equal(error.code, 'FC_PARTITION_DIFFERS');
        assert.match(error.message, /Nothing was exchanged/);
        return true;
      });
      assert.deepEqual(await reviews(url), before);
      assert.equal((await store(database, 'whole')).outcome, 'given up');
      await storeInChild(url, 'months', 'referenced');
    }
  });

  test('a row that is damaged after the comparison is found when it is carried', async (t) => {
    const { database, url } = await studied(t, server(), 300);
    await storeInChild(url, 'months', 'verified');
    // A trigger of somebody else on the table that is built changes what is carried.
    await sql(
      url,
      `CREATE FUNCTION bend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.ease_factor := 9; RETURN NEW; END';
       CREATE TRIGGER bend BEFORE INSERT ON flashcase_partition.study_log FOR EACH ROW EXECUTE FUNCTION bend();
       UPDATE study_log SET last_rating = 1 WHERE id = 5`,
    );
    await assert.rejects(store(database, 'months'), { code: 'FC_PARTITION_DIFFERS' });
    assert.equal((await sql(url, 'SELECT last_rating FROM study_log WHERE id = 5'))[0]?.last_rating, 1);
    await store(database, 'whole');
  });

  test('whoever reads by an old snapshot, as a backup does, is waited for, and sees every row until it ends', async (t) => {
    const { database, url } = await studied(t, server(), 300);
    const [before] = await sql(url, 'SELECT count(*) AS n FROM study_log');
    const backup = new pg.Client({ connectionString: url });
    await backup.connect();
    // Cut off with its database where the test fails.
    backup.on('error', () => {});
    await backup.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Has a snapshot, and no lock on the table.
    await backup.query('SELECT 1 FROM deck LIMIT 1');
    const said: string[] = [];
    const storing = store(database, 'months', { say: (line) => said.push(line) });
    storing.catch(() => {});
    for (let i = 0; i < 400 && !said.some((line) => line.startsWith('waiting for process')); i++) await delay(50);
    assert.ok(
      said.some((line) => line.startsWith('waiting for process')),
      said.join('\n'),
    );
    await sql(url, 'UPDATE study_log SET last_rating = 2 WHERE id = 3');
    const { rows } = await backup.query('SELECT count(*) AS n FROM study_log');
    assert.equal(rows[0].n, before?.n);
    assert.equal(
      (await dedicated(database, (c) => partitionStatus(c, database.engine, REVIEWS, database.clock.now()))).form,
      'whole',
    );
    await backup.query('COMMIT');
    await backup.end();
    assert.equal((await storing).outcome, 'done');
    assert.equal((await sql(url, 'SELECT last_rating FROM study_log WHERE id = 3'))[0]?.last_rating, 2);
  });

  test('what hangs on the table is named, and nothing is begun; rights come with it', async (t) => {
    const { database, url } = await studied(t, server(), 50);
    const role = `reader_${Math.random().toString(36).slice(2)}`;
    await sql(
      url,
      `CREATE ROLE ${role}; GRANT SELECT, INSERT ON study_log TO ${role}; GRANT UPDATE (grade) ON study_log TO ${role} WITH GRANT OPTION`,
    );
    const before = await catalog(url);
    for (const [hang, take, named] of [
      ['CREATE VIEW hard AS SELECT id FROM study_log', 'DROP VIEW hard', /hard/],
      ['CREATE STATISTICS known (dependencies) ON user_id, card_id FROM study_log', 'DROP STATISTICS known', /known/],
      ['ALTER TABLE study_log SET (fillfactor = 70)', 'ALTER TABLE study_log RESET (fillfactor)', /settings of its own/],
      ['CREATE PUBLICATION told FOR TABLE study_log', 'DROP PUBLICATION told', /told/],
      ['ALTER TABLE study_log ENABLE ROW LEVEL SECURITY', 'ALTER TABLE study_log DISABLE ROW LEVEL SECURITY', /row security/i],
      ['ALTER TABLE study_log ADD COLUMN extra int', 'ALTER TABLE study_log DROP COLUMN extra', /not as its revisions say/],
    ] as const) {
      await sql(url, hang);
      await assert.rejects(store(database, 'months'), (error: { code: string; message: string }) => {
        assert.equal(error.code, 'FC_PARTITION_UNFIT', hang);
        assert.match(error.message, named);
        return true;
      });
      await sql(url, take);
      assert.equal(await catalog(url), before, hang);
    }
    await store(database, 'months');
    assert.equal(await catalog(url), before, 'rights, too');
    await store(database, 'whole');
    assert.equal(await catalog(url), before);
    await sql(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test('a TRUNCATE in the middle is refused by name', async (t) => {
    const { database, url } = await studied(t, server(), 50);
    await storeInChild(url, 'months', 'copied');
    await assert.rejects(sql(url, 'TRUNCATE study_log'), /may not be truncated/);
    await store(database, 'months');
    await storeInChild(url, 'whole', 'copied');
    await assert.rejects(sql(url, 'TRUNCATE study_log'), /may not be truncated/);
    await assert.rejects(sql(url, 'TRUNCATE study_log_older'), /may not be truncated/);
    assert.equal((await store(database, 'months')).outcome, 'given up');
    assert.deepEqual(await sql(url, "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'flashcase%'"), []);
  });
});

test('SQLite keeps the table whole, and says so', async (t) => {
  const [sqlite] = engines() as [Target];
  const place = await sqlite.fresh();
  const database = await openFresh(place);
  t.after(async () => {
    await database.close();
    await place.drop();
  });
  await assert.rejects(store(database, 'months'), (error: { code: string; message: string }) => {
    assert.equal(error.code, 'FC_PARTITION_UNFIT');
    assert.match(error.message, /SQLite file keeps study_log whole/);
    return true;
  });
  assert.ok(flashcase.tables.study_log.partitionedKey?.includes('reviewed_at'));
});

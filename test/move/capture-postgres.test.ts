// slow
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import {
  coverNewPartitions,
  installPostgresCapture,
  postgresCaptureProblems,
  removePostgresCapture,
} from '../../src/move/capture/postgres-capture.ts';
import { onTarget, servers } from './library.ts';
import { type Pair, pairOf } from './reverse-pair.ts';

const journal = async (pair: Pair): Promise<string[]> =>
  (
    await onTarget(
      pair.url,
      `SELECT table_no || CASE WHEN is_truncate THEN ' all' ELSE '' END || coalesce(' ' || concat_ws(' ', k1, k2, k3, k4), '') AS line FROM flashcase_move.journal ORDER BY seq`,
    )
  ).map((row) => (row.line as string).trim());

const code = async (work: Promise<unknown>): Promise<string | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

const fence = (pair: Pair, isWritable: boolean): Promise<void> =>
  pair.run(`UPDATE flashcase_move.side SET is_writable = ${isWritable}`);

const addMember = "INSERT INTO member (email) VALUES ('a')";

for (const target of servers()) {
  const only = { skip: target.skip };

  test(
    `${target.name}: insert, update and delete are journalled by key, a changed key by both, and what is rolled back is not`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      await pair.run(addMember);
      await pair.run("UPDATE member SET nick = 'x'");
      await pair.run('UPDATE member SET id = 7');
      await pair.run('BEGIN; DELETE FROM member; ROLLBACK');
      await pair.run("BEGIN; SAVEPOINT s; INSERT INTO member (email) VALUES ('b'); ROLLBACK TO s; COMMIT");
      await pair.run('DELETE FROM member');
      assert.deepEqual(await journal(pair), ['0 1', '0 1', '0 7', '0 1', '0 7']);
    },
  );

  test(
    `${target.name}: keys are journalled in one spelling, whatever the session's time zone, date style and other settings are`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      await pair.run(
        "SET TimeZone = 'Asia/Kolkata'; SET DateStyle = 'German'; SET extra_float_digits = -10; SET bytea_output = 'escape'; SET search_path = pg_temp, public",
      );
      await pair.run(
        "INSERT INTO reading VALUES ('\\x00ff5c', '2026-03-29 02:30:00.000001+00', 0.30000000000000004, true, 1), ('\\x', '-infinity', 'NaN', false, 1)",
      );
      assert.deepEqual(await journal(pair), [
        '3 \\x00ff5c 2026-03-29 02:30:00.000001+00 0.30000000000000004 true',
        '3 \\x -infinity NaN false',
      ]);
    },
  );

  test(`${target.name}: T-52 TRUNCATE is journalled as such, and so is what a replication role writes`, only, async (t) => {
    const pair = await pairOf(t, target);
    await pair.run(`SET session_replication_role = replica; ${addMember}; TRUNCATE member CASCADE`);
    assert.deepEqual(await journal(pair), ['0 1', '0 all', '1 all', '2 all']);
  });

  for (const partitioning of ['hash', 'range'] as const) {
    test(
      `${target.name}: a ${partitioning} partition is captured and fenced when it is written directly, also one made later`,
      only,
      async (t) => {
        const pair = await pairOf(t, target, { partitioning });
        await pair.run(addMember);
        await pair.run("INSERT INTO member (id, email) VALUES (2, 'b'), (3, 'c'), (4, 'd')");
        await pair.run("INSERT INTO visit (member_id, seen_at) SELECT n, '2025-06-01+00' FROM generate_series(1, 4) AS n");
        await pair.run("UPDATE visit SET seen_at = '2026-06-01+00', member_id = member_id % 4 + 1");
        await pair.run('DELETE FROM visit_0; DELETE FROM visit_1');
        const lines = (await journal(pair)).filter((line) => line.startsWith('2 '));
        for (const n of [1, 2, 3, 4]) {
          assert.ok(lines.includes(`2 ${n} ${n} 2025-06-01 00:00:00+00`));
          assert.ok(lines.includes(`2 ${n} ${(n % 4) + 1} 2026-06-01 00:00:00+00`));
        }
        await pair.run('TRUNCATE visit_1');
        assert.equal((await journal(pair)).at(-1), '2 all');
        if (partitioning === 'range') {
          await pair.run(
            "ALTER TABLE visit DETACH PARTITION visit_1; DROP TABLE visit_1; CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM ('2026-01-01+00') TO (MAXVALUE)",
          );
          await pair.run(
            "SET session_replication_role = replica; INSERT INTO visit_2 VALUES (9, 1, '2027-01-01+00', NULL); RESET session_replication_role",
          );
          assert.equal((await journal(pair)).at(-1), '2 9 1 2027-01-01 00:00:00+00');
          assert.equal(await pair.onTarget((connection) => coverNewPartitions(connection, pair.tables)), 1);
          assert.equal(await pair.onTarget((connection) => coverNewPartitions(connection, pair.tables)), 0);
          assert.match(
            (await pair.onTarget((connection) => postgresCaptureProblems(connection, pair.tables))).join(),
            /partition was dropped/,
          );
          await pair.run('TRUNCATE visit_2');
          assert.equal((await journal(pair)).at(-1), '2 all');
          await pair.run('ALTER TABLE visit_2 RENAME TO visit_1');
        }
        await fence(pair, false);
        const before = await journal(pair);
        for (const sql of [
          "INSERT INTO visit_1 VALUES (10, 1, '2027-01-01+00', NULL)",
          "INSERT INTO visit (member_id, seen_at) VALUES (1, '2027-01-01+00')",
          'TRUNCATE visit_1',
          'TRUNCATE visit',
        ])
          assert.equal(await code(pair.run(sql)), 'FC001', sql);
        assert.deepEqual(await journal(pair), before);
      },
    );
  }

  test(
    `${target.name}: T-57 while the side is not writable every write is refused with the next step, by COPY and TRUNCATE too, and a carrier passes`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      await pair.run(addMember);
      await fence(pair, false);
      const before = await journal(pair);
      for (const sql of [
        addMember,
        "UPDATE member SET nick = 'x'",
        'DELETE FROM member',
        'TRUNCATE nest',
        'TRUNCATE member CASCADE',
        `SET session_replication_role = replica; ${addMember}`,
        `BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; ${addMember}; COMMIT`,
        "INSERT INTO member (id, email) VALUES (1, 'z') ON CONFLICT (id) DO UPDATE SET nick = 'z'",
        "MERGE INTO member USING (SELECT 1 AS id) AS s ON member.id = s.id WHEN MATCHED THEN UPDATE SET nick = 'z'",
      ]) {
        assert.equal(await code(pair.run(sql)), 'FC001', sql);
        await pair.run('ROLLBACK');
      }
      await assert.rejects(pair.run(addMember), (error: pg.DatabaseError) => {
        assert.match(error.message, /member may not be written here: in the move mv-1/);
        assert.match(error.hint ?? '', /flashcase move status/);
        return true;
      });
      const client = await pair.client();
      const stream = client.query(copyFrom('COPY member (id, email) FROM STDIN'));
      stream.end('5\tcopied\n');
      const [error] = (await once(stream, 'error')) as [pg.DatabaseError];
      assert.equal(error.code, 'FC001');
      await pair.run(
        `BEGIN; SET LOCAL flashcase_move.pass = 'on'; INSERT INTO member (email) VALUES ('carried'); UPDATE member SET nick = 'y'; TRUNCATE nest; COMMIT`,
      );
      assert.deepEqual(await journal(pair), before);
      assert.equal(await code(pair.run(addMember)), 'FC001');
    },
  );

  test(`${target.name}: a transaction with a snapshot from before the fence cannot write behind it`, only, async (t) => {
    const pair = await pairOf(t, target);
    const old = await pair.client();
    await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await old.query('SELECT * FROM member');
    await fence(pair, false);
    assert.equal(await code(old.query(addMember)), '40001');
    await old.query('ROLLBACK');
    assert.equal(await code(old.query(addMember)), 'FC001');
  });

  test(
    `${target.name}: a role without any right on flashcase_move writes as before, and cannot write the journal or use its functions`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const role = `app_${Math.abs(Math.trunc(Math.sin(Date.now()) * 1e9))}`;
      await pair.run(
        `CREATE ROLE ${role}; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO ${role}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}; GRANT TEMPORARY ON DATABASE ${new URL(pair.url).pathname.slice(1)} TO ${role}`,
      );
      try {
        await pair.run(`SET ROLE ${role}`);
        await pair.run(
          `CREATE FUNCTION pg_temp.pg_current_xact_id() RETURNS xid8 LANGUAGE sql AS $$ SELECT '1'::xid8 $$; CREATE TEMP TABLE side (id int)`,
        );
        await pair.run(`${addMember}; UPDATE member SET nick = 'x'; TRUNCATE nest`);
        assert.deepEqual(await journal(pair), ['0 1', '0 1', '1 all']);
        assert.equal(await code(pair.run('SELECT * FROM flashcase_move.journal')), '42501');
        assert.equal(
          await code(
            pair.run(
              'CREATE TEMP TABLE own (id bigint); CREATE TRIGGER x AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION flashcase_move.journal_0()',
            ),
          ),
          '42501',
        );
        await pair.run('RESET ROLE');
        await fence(pair, false);
        await pair.run(`SET ROLE ${role}`);
        assert.equal(await code(pair.run(addMember)), 'FC001');
      } finally {
        await pair.run(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    },
  );

  test(
    `${target.name}: the capture is installed again without losing what it holds, and removed without a trace`,
    only,
    async (t) => {
      const pair = await pairOf(t, target, { partitioning: 'hash' });
      const catalog = (): Promise<unknown> =>
        onTarget(
          pair.url,
          `SELECT (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) AS triggers, (SELECT count(*) FROM pg_proc WHERE pronamespace = 'flashcase_move'::regnamespace) AS functions,
           (SELECT count(*) FROM pg_class WHERE relnamespace = 'flashcase_move'::regnamespace) AS relations`,
        );
      await pair.run(addMember);
      const installed = await catalog();
      const begin = { runId: 'mv-1', epoch: 9, position: 9n };
      await pair.onTarget((connection) => installPostgresCapture(connection, pair.tables, begin));
      assert.deepEqual(await catalog(), installed);
      assert.deepEqual(await journal(pair), ['0 1']);
      assert.deepEqual(await onTarget(pair.url, 'SELECT epoch, is_writable, position FROM flashcase_move.side'), [
        { epoch: '2', is_writable: 't', position: '0' },
      ]);
      await assert.rejects(
        pair.onTarget((connection) => installPostgresCapture(connection, pair.tables, { ...begin, runId: 'mv-2' })),
        { code: 'FC_MOVE_TARGET_UNFIT' },
      );
      for (let run = 0; run < 2; run++) await pair.onTarget((connection) => removePostgresCapture(connection));
      assert.deepEqual(await catalog(), [{ triggers: '0', functions: '0', relations: '0' }]);
      await pair.run("INSERT INTO member (email) VALUES ('later')");
    },
  );

  test(`${target.name}: what somebody changes in the capture or the tables is named`, only, async (t) => {
    const pair = await pairOf(t, target, { partitioning: 'hash' });
    const problems = (): Promise<string[]> => pair.onTarget((connection) => postgresCaptureProblems(connection, pair.tables));
    assert.deepEqual(await problems(), []);
    const cases: [string, RegExp, string][] = [
      [
        'ALTER TABLE member DISABLE TRIGGER flashcase_move_journal',
        /^member: the trigger flashcase_move_journal was changed$/,
        'ALTER TABLE member ENABLE ALWAYS TRIGGER flashcase_move_journal',
      ],
      [
        'ALTER TABLE visit_1 DISABLE TRIGGER flashcase_move_fence',
        /^visit_1: the trigger flashcase_move_fence was changed$/,
        'ALTER TABLE visit_1 ENABLE ALWAYS TRIGGER flashcase_move_fence',
      ],
      ['ALTER TABLE nest ADD COLUMN more text', /^nest: the column more was added$/, 'ALTER TABLE nest DROP COLUMN more'],
      [
        'ALTER TABLE member ALTER COLUMN level TYPE bigint',
        /^member: the column level was changed$/,
        'ALTER TABLE member ALTER COLUMN level TYPE integer',
      ],
      [
        'ALTER FUNCTION flashcase_move.fence() SECURITY INVOKER',
        /^member: the trigger flashcase_move_fence was changed/,
        'ALTER FUNCTION flashcase_move.fence() SECURITY DEFINER',
      ],
      ['DROP TRIGGER flashcase_move_truncate ON visit_0', /^visit_0: the trigger flashcase_move_truncate is missing$/, ''],
    ];
    for (const [sql, expected, undo] of cases) {
      await pair.run(sql);
      assert.match((await problems()).join('\n'), expected, sql);
      if (undo !== '') {
        await pair.run(undo);
        assert.deepEqual(await problems(), [], undo);
      }
    }
    await pair.run('DROP TABLE reading');
    assert.ok((await problems()).includes('reading: the table is gone'));
    await pair.onTarget((connection) => removePostgresCapture(connection));
    assert.match((await problems()).join(), /journal of the move is not in this database/);
  });

  test(`${target.name}: installing waits for a table in use, and nobody who writes waits for it long`, only, async (t) => {
    const pair = await pairOf(t, target);
    await pair.onTarget((connection) => removePostgresCapture(connection));
    const busy = await pair.client();
    await busy.query('BEGIN; LOCK TABLE nest IN ROW EXCLUSIVE MODE');
    const installed = pair.onTarget((connection) =>
      installPostgresCapture(connection, pair.tables, { runId: 'mv-1', epoch: 1, position: 0n }),
    );
    await pair.run(addMember);
    setTimeout(() => void busy.query('COMMIT'), 2500);
    await installed;
    assert.deepEqual(await pair.onTarget((connection) => postgresCaptureProblems(connection, pair.tables)), []);
  });
}

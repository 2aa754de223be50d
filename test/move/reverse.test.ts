// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { FlashcaseError } from '../../src/errors/index.ts';
import type { Carrier } from '../../src/move/follow/carrier.ts';
import { openReverse } from '../../src/move/follow/reverse.ts';
import { waitForWriters } from '../../src/move/follow/wait-for-writers.ts';
import { rowToJson } from '../../src/schema/stored-cell.ts';
import { onTarget, servers } from './library.ts';
import { type Pair, pairOf, rowsOn } from './reverse-pair.ts';

const child = fileURLToPath(new URL('./reverse-child.ts', import.meta.url));

async function carrierOf(t: TestContext, pair: Pair, name = 'test'): Promise<Carrier> {
  const carrier = await openReverse(pair.options);
  t.after(() => carrier.close());
  await carrier.claim(name);
  await carrier.prepare();
  return carrier;
}

async function assertEqual(pair: Pair): Promise<void> {
  assert.deepEqual(await rowsOn(pair, 'sqlite'), await rowsOn(pair, 'postgres'));
}

const members = (n: number, from = 1): string =>
  `INSERT INTO member (email, nick, level) SELECT 'm' || n, 'n' || n, 1 FROM generate_series(${from}, ${from + n - 1}) AS n`;

const journalRows = async (pair: Pair): Promise<number> =>
  Number((await onTarget(pair.url, 'SELECT count(*) AS n FROM flashcase_move.journal'))[0]?.n);

/** A connection to the database every server has beside that of the test. */
async function otherDatabase(t: TestContext, url: string): Promise<pg.Client> {
  const other = new URL(url);
  other.pathname = '/postgres';
  const client = new pg.Client({ connectionString: other.toString() });
  await client.connect();
  t.after(() => client.end());
  return client;
}

/** A row of `member` the move set aside: in the SQLite file as it was, in quarantine on PostgreSQL. */
async function quarantine(pair: Pair, id: number, email: string): Promise<void> {
  pair.sqlite.exec(`INSERT INTO member (id, email, level) VALUES (${id}, '${email}', -7)`);
  await pair.run(
    'CREATE TABLE IF NOT EXISTS flashcase_move.quarantine (run_id text, table_name text, source_rowid bigint, row_key text, cells text)',
  );
  await pair.run("INSERT INTO flashcase_move.quarantine VALUES ('mv-1', 'member', $1, $2, '{}')", [
    id,
    rowToJson({ id: { kind: 'integer', value: BigInt(id) } }),
  ]);
}

for (const target of servers()) {
  const only = { skip: target.skip };

  test(
    `${target.name}: inserts, updates, key changes and deletes on PostgreSQL are in the SQLite file after a carry, value by value`,
    only,
    async (t) => {
      const pair = await pairOf(t, target, { partitioning: 'hash' });
      const carrier = await carrierOf(t, pair);
      await pair.run(
        `INSERT INTO member (email, nick, is_active, weight, visits, level, joined_at, photo) VALUES
         ('a', NULL, false, 0.1::float8 + 0.2, 9223372036854775807, -2147483648, '2026-03-29 02:30:00.123456+02', '\\x00ff'),
         ('b''"\\', E'\\u20ac \\U0001F600', true, 5e-324, -9223372036854775808, 2147483647, '0001-01-01 00:00:00+00', ''),
         ('c', '', true, -0.0, 9007199254740993, 0, '9999-12-31 23:59:59.999999+00', NULL), ('d', NULL, true, 3, 0, 0, NULL, NULL)`,
      );
      await pair.run("INSERT INTO visit (member_id, seen_at) SELECT n, '2026-01-01+00' FROM generate_series(1, 4) AS n");
      await pair.run("INSERT INTO reading VALUES ('\\x00', '2026-03-29 02:30:00.000001+00', 0.30000000000000004, true, 1)");
      assert.deepEqual(await carrier.lag(), { keys: 9 });
      assert.equal((await carrier.carry()).keys, 9);
      await assertEqual(pair);
      assert.deepEqual(await carrier.verifyKeys(), { checked: 9, differences: [] });
      await pair.run(
        "UPDATE member SET nick = 'x' WHERE id = 1; DELETE FROM visit WHERE id IN (1, 3, 4); UPDATE visit SET member_id = 1, seen_at = '2027-01-01+00'",
      );
      await pair.run(
        'UPDATE member SET id = id + 100 WHERE id = 4; UPDATE reading SET factor = 1.5; DELETE FROM member WHERE id = 3',
      );
      await carrier.carry();
      await assertEqual(pair);
      assert.deepEqual((await carrier.verifyKeys()).differences, []);
      assert.deepEqual(await carrier.lag(), { keys: 0 });
    },
  );

  test(`${target.name}: T-51 a transaction that took its number first and committed last is carried`, only, async (t) => {
    const pair = await pairOf(t, target);
    const carrier = await carrierOf(t, pair);
    const first = await pair.client();
    await first.query("BEGIN; INSERT INTO member (email) VALUES ('first')");
    await pair.run("INSERT INTO member (email) VALUES ('second')");
    assert.equal((await carrier.carry()).keys, 1);
    await assertEqual(pair);
    await first.query('COMMIT');
    assert.equal((await carrier.carry()).keys, 1);
    await assertEqual(pair);
    assert.equal((await carrier.carry()).keys, 0);
  });

  test(
    `${target.name}: a transaction that runs for long does not make the same rows be carried again, not even by the next process`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const long = await pair.client();
      await long.query("BEGIN; SAVEPOINT s; INSERT INTO member (email) VALUES ('long')");
      const carrier = await carrierOf(t, pair);
      await pair.run(members(5000));
      assert.equal((await carrier.carry()).keys, 5000);
      await pair.run(members(1, 6000));
      assert.equal((await carrier.carry()).keys, 1);
      assert.deepEqual(await carrier.lag(), { keys: 0 });
      const next = await carrierOf(t, pair);
      assert.deepEqual(await next.lag(), { keys: 0 });
      assert.equal((await next.carry()).keys, 0);
      // All that was carried goes, although the long transaction keeps xmin below it; what is not carried stays.
      assert.equal(await next.prune(), 5001);
      assert.equal(await journalRows(pair), 0);
      await long.query('COMMIT');
      assert.equal(await next.prune(), 0);
      assert.equal(await journalRows(pair), 1);
      assert.equal((await next.carry()).keys, 1);
      await assertEqual(pair);
      assert.deepEqual(await next.verifyKeys(), { checked: 1, differences: [] });
    },
  );

  test(
    `${target.name}: T-52 a table emptied by TRUNCATE is carried as it is then, and what a replication role wrote is carried`,
    only,
    async (t) => {
      const pair = await pairOf(t, target, { partitioning: 'range' });
      const carrier = await carrierOf(t, pair);
      await pair.run(`${members(2500)}; INSERT INTO visit (member_id, seen_at) SELECT id, '2025-01-01+00' FROM member`);
      await carrier.carry();
      await pair.run('TRUNCATE visit_0; INSERT INTO visit (member_id, seen_at) VALUES (1, now())');
      await carrier.carry();
      await assertEqual(pair);
      await pair.run(`TRUNCATE member CASCADE; ${members(2200, 9000)}; DELETE FROM member WHERE id % 2 = 0`);
      await pair.run(
        "SET session_replication_role = replica; INSERT INTO nest (parent_id, name) VALUES (77, 'orphan'); RESET session_replication_role",
      );
      await carrier.carry();
      await assertEqual(pair);
      const { checked, differences } = await carrier.verifyKeys();
      assert.deepEqual(differences, []);
      assert.equal(checked, 1100 + 1);
    },
  );

  test(
    `${target.name}: rows set aside on the way to PostgreSQL stay as they are in the SQLite file, also under TRUNCATE, until their key is written`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await quarantine(pair, 500, 'aside');
      await quarantine(pair, 501, 'other');
      pair.sqlite.exec("INSERT INTO nest (id, parent_id, member_id, name) VALUES (9, 9, 1, 'aside')");
      const aside = (): unknown => pair.sqlite.prepare('SELECT id, email, level FROM member WHERE level = -7 ORDER BY id').all();
      await pair.run(members(3));
      await carrier.carry();
      assert.equal((aside() as unknown[]).length, 2);
      await pair.run(`TRUNCATE member CASCADE; ${members(2, 70)}; UPDATE member SET id = id + 1000`);
      await carrier.carry();
      assert.equal((aside() as unknown[]).length, 2);
      assert.deepEqual((await carrier.verifyKeys()).differences, []);
      await pair.run("INSERT INTO member (id, email) VALUES (501, 'given back')");
      await carrier.carry();
      assert.deepEqual(JSON.stringify(aside()), '[{"id":500,"email":"aside","level":-7}]');
      assert.equal(pair.sqlite.prepare('SELECT email FROM member WHERE id = 501').get()?.email, 'given back');
      await pair.run("INSERT INTO member (id, email) VALUES (600, 'aside')");
      await assert.rejects(carrier.carry(), (error: FlashcaseError) => {
        assert.equal(error.code, 'FC_MOVE_DECISION_NEEDED');
        assert.match(error.message, /member id=600: the row: the row id=500 of the SQLite file has the same email/);
        return true;
      });
      await pair.run("UPDATE member SET email = 'mine' WHERE id = 600");
      await carrier.carry();
      assert.equal(pair.sqlite.prepare('SELECT email FROM member WHERE id = 600').get()?.email, 'mine');
    },
  );

  test(
    `${target.name}: values that change places between rows are carried, in unique columns, partial unique indexes and keys`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await pair.run(members(2500));
      await carrier.carry();
      await pair.run(
        "BEGIN; UPDATE member SET email = 'x' || id, nick = NULL; UPDATE member SET email = 'm' || (2501 - id), nick = 'n' || (id % 2500 + 1); COMMIT",
      );
      await pair.run(
        'BEGIN; UPDATE member SET id = -1 WHERE id = 1; UPDATE member SET id = 1 WHERE id = 2; UPDATE member SET id = 2 WHERE id = -1; COMMIT',
      );
      assert.equal((await carrier.carry()).keys, 2501);
      await assertEqual(pair);
      assert.deepEqual(await carrier.verifyKeys(), { checked: 2501, differences: [] });
    },
  );

  test(
    `${target.name}: actions of references are carried once, and a row that is deleted and made again keeps what refers to it`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await pair.run(
        "INSERT INTO member (email) VALUES ('a'), ('b'); INSERT INTO nest (parent_id, member_id, name) VALUES (NULL, 1, 'top'), (1, 1, 'child'), (2, 2, 'grandchild'), (NULL, 2, 'other')",
      );
      await carrier.carry();
      await pair.run(
        "BEGIN; UPDATE nest SET parent_id = 4 WHERE id = 3; DELETE FROM nest WHERE id = 1; DELETE FROM member WHERE id = 1; INSERT INTO member (id, email) VALUES (1, 'a'); COMMIT",
      );
      await carrier.carry();
      await assertEqual(pair);
      await pair.run('BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM nest WHERE id = 4; COMMIT');
      await pair.run("INSERT INTO nest (id, name) VALUES (4, 'again')");
      await carrier.carry();
      await assertEqual(pair);
    },
  );

  test(`${target.name}: triggers in the SQLite file do not fire for what is carried, and stay to the letter`, only, async (t) => {
    const pair = await pairOf(t, target);
    pair.sqlite.exec(
      'CREATE TABLE seen (id); CREATE TRIGGER "o\'dd ""name" AFTER INSERT ON member BEGIN INSERT INTO seen VALUES (NEW.id); /* ; */ END; CREATE TRIGGER second BEFORE DELETE ON Nest BEGIN SELECT RAISE(ABORT, \'no\'); END',
    );
    const schemaText = (): unknown =>
      JSON.stringify(pair.sqlite.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all());
    const before = schemaText();
    const carrier = await carrierOf(t, pair);
    await pair.run("INSERT INTO member (email) VALUES ('a'); INSERT INTO nest (name) VALUES ('x')");
    await carrier.carry();
    await pair.run('DELETE FROM nest; TRUNCATE member CASCADE');
    await carrier.carry();
    await assertEqual(pair);
    assert.deepEqual(pair.sqlite.prepare('SELECT * FROM seen').all(), []);
    assert.equal(schemaText(), before);
  });

  test(
    `${target.name}: a value SQLite cannot hold stops the carrier with table, key, column and value; nothing is applied, and it goes on when it is corrected`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await pair.run(members(2));
      await carrier.carry();
      const before = await rowsOn(pair, 'sqlite');
      await pair.run(members(2, 50));
      await pair.run(
        "UPDATE member SET weight = 'NaN' WHERE id = 1; UPDATE member SET weight = '-Infinity', joined_at = 'infinity' WHERE id = 2",
      );
      await pair.run(
        "INSERT INTO reading VALUES ('\\x01', '0044-03-15 12:00:00+00 BC', 1, true, 1), ('\\x01', '10000-01-01+00', 1, true, 1)",
      );
      await assert.rejects(carrier.carry(), (error: FlashcaseError) => {
        assert.equal(error.code, 'FC_MOVE_DECISION_NEEDED');
        for (const part of [
          'member id=1: weight NaN: it is not a finite number',
          'member id=2: weight -Infinity',
          'member id=2: joined_at infinity: it lies outside the years 0001 to 9999',
          'value_at 0044-03-15 12:00:00+00 BC',
          'value_at 10000-01-01 00:00:00+00',
        ])
          assert.ok(error.message.includes(part), `${part} in ${error.message}`);
        return true;
      });
      assert.deepEqual(await rowsOn(pair, 'sqlite'), before);
      await pair.run(
        "UPDATE member SET weight = 1, joined_at = NULL WHERE id < 3; DELETE FROM reading WHERE value_at > '9999-12-31+00'; UPDATE reading SET value_at = '2026-01-01+00'",
      );
      await carrier.carry();
      await assertEqual(pair);
    },
  );

  test(
    `${target.name}: of two carriers the older one stops, and neither carries into a file that became the primary again`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const older = await carrierOf(t, pair, 'older');
      await pair.run(members(1));
      await older.carry();
      const newer = await carrierOf(t, pair, 'newer');
      await pair.run(members(1, 2));
      for (const call of [() => older.carry(), () => older.setSequences(), () => older.verifyKeys()])
        await assert.rejects(call(), { code: 'FC_MOVE_TAKEN_OVER' });
      assert.equal((await newer.carry()).keys, 1);
      await assert.rejects(older.carry(), { code: 'FC_MOVE_TAKEN_OVER' });
      await pair.run(members(1, 3));
      pair.sqlite.exec("UPDATE flashcase_move SET phase = 'forward'");
      await assert.rejects(newer.carry(), { code: 'FC_MOVE_STATE' });
      assert.equal(pair.sqlite.prepare('SELECT count(*) AS n FROM member').get()?.n, 2);
    },
  );

  test(`${target.name}: a carrier killed in the middle leaves all or nothing, and the next one goes on`, only, async (t) => {
    const pair = await pairOf(t, target);
    await pair.run(members(10_000));
    let killed = 0;
    for (let round = 0; round < 3; round++) {
      const process_ = spawn(process.execPath, [child, pair.file, pair.url], { stdio: ['ignore', 'pipe', 'inherit'] });
      const closed = once(process_, 'close');
      await once(process_.stdout, 'data');
      const timer = setTimeout(() => process_.kill('SIGKILL'), 20 + 120 * round);
      if (((await closed) as unknown[])[1] === 'SIGKILL') killed++;
      clearTimeout(timer);
      const state = pair.sqlite.prepare('SELECT pass, carried_snapshot IS NOT NULL AS is_carried FROM flashcase_move').get();
      assert.equal(state?.pass, 0);
      assert.equal(pair.sqlite.prepare('SELECT count(*) AS n FROM member').get()?.n, state?.is_carried === 1 ? 10_000 : 0);
      if (state?.is_carried === 1) break;
    }
    assert.ok(killed > 0);
    const carrier = await carrierOf(t, pair);
    await carrier.carry();
    await assertEqual(pair);
    assert.equal(pair.sqlite.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
  });

  test(
    `${target.name}: a carrier whose connection breaks or whose caller gives up has changed nothing, and goes on with the next call`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await pair.run(members(20_000));
      await assert.rejects(carrier.carry(AbortSignal.abort()), { name: 'AbortError' });
      // While the file is locked, the carrier has read its first keys and waits.
      pair.sqlite.exec('BEGIN IMMEDIATE');
      const controller = new AbortController();
      const given = assert.rejects(carrier.carry(controller.signal), { name: 'AbortError' });
      setTimeout(() => controller.abort(), 300);
      await given;
      const broken = assert.rejects(carrier.carry(), { code: 'FC_DB_UNREACHABLE' });
      for (let ended = 0; ended === 0; ) {
        const rows = await onTarget(
          pair.url,
          "SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'flashcase move' AND query LIKE 'FETCH%'",
        );
        ended = Number(rows[0]?.n);
      }
      pair.sqlite.exec('ROLLBACK');
      await broken;
      assert.deepEqual((await rowsOn(pair, 'sqlite')).member, []);
      assert.equal((await carrier.carry()).keys, 20_000);
      await assertEqual(pair);
    },
  );

  test(
    `${target.name}: what is carried is on the disk of PostgreSQL, also when its writer did not wait for that`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      const hasty = await pair.client();
      await hasty.query('SET synchronous_commit = off');
      for (let n = 1; n < 6; n++) {
        await hasty.query(members(1, n));
        const written = (await hasty.query('SELECT pg_current_wal_insert_lsn() AS place')).rows[0].place as string;
        assert.equal((await carrier.carry()).keys, 1);
        const isFlushed = await hasty.query('SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS flushed', [written]);
        assert.equal(isFlushed.rows[0].flushed, true);
      }
    },
  );

  test(`${target.name}: a snapshot is not disturbed by a TRUNCATE that comes while it is read`, only, async (t) => {
    const pair = await pairOf(t, target);
    const carrier = await carrierOf(t, pair);
    await pair.run(members(20_000));
    const carried = carrier.carry();
    const emptied = pair.run('TRUNCATE reading; TRUNCATE member CASCADE');
    const { keys } = await carried;
    await emptied;
    const count = pair.sqlite.prepare('SELECT count(*) AS n FROM member').get()?.n;
    assert.equal(count, keys === 20_000 ? 20_000 : 0);
    await carrier.carry();
    await assertEqual(pair);
  });

  test(
    `${target.name}: after a carry both sides can be compared at the same moment, whatever is written meanwhile`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await pair.run(members(3));
      for (const expected of [3, 4, 5]) {
        let seen: unknown[] = [];
        await carrier.carry(undefined, async ({ postgresSnapshot }) => {
          await pair.run(members(1, 100 + expected));
          const reader = await pair.client();
          await reader.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '${postgresSnapshot}'`);
          seen = (await reader.query('SELECT id::int AS id FROM member ORDER BY id')).rows;
          await reader.end();
        });
        assert.equal(seen.length, expected);
        assert.equal(JSON.stringify(seen), JSON.stringify(pair.sqlite.prepare('SELECT id FROM member ORDER BY id').all()));
      }
      await assert.rejects(
        carrier.carry(undefined, () => Promise.reject(new Error('the comparison failed'))),
        /the comparison failed/,
      );
      assert.deepEqual(await carrier.lag(), { keys: 0 });
    },
  );

  test(
    `${target.name}: T-22 the file's id counters end past every id PostgreSQL handed out, kept or not, and never go back`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await pair.run(
        `${members(5)}; BEGIN; INSERT INTO member (email) VALUES ('gone'); ROLLBACK; DELETE FROM member WHERE id = 5`,
      );
      pair.sqlite.exec("INSERT INTO sqlite_sequence (name, seq) VALUES ('nest', 900)");
      await pair.run("INSERT INTO nest (name) VALUES ('one')");
      await carrier.carry();
      assert.equal(await carrier.setSequences(), 3);
      await carrier.setSequences();
      const counters = pair.sqlite.prepare('SELECT name, seq FROM sqlite_sequence ORDER BY name').all();
      assert.equal(JSON.stringify(counters), '[{"name":"member","seq":6},{"name":"nest","seq":900}]');
    },
  );

  test(
    `${target.name}: verification finds a value, a missing row and a row too many, and no difference where PostgreSQL has gone on`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await pair.run(members(10));
      await pair.run(
        "INSERT INTO reading VALUES ('\\x01', '2026-01-01+00', 1, true, 1), ('\\x02', '2026-01-01+00', 1, false, 1)",
      );
      await pair.run('DELETE FROM member WHERE id = 9');
      await carrier.carry();
      await pair.run("UPDATE member SET nick = 'later' WHERE id = 5; DELETE FROM member WHERE id = 6");
      assert.deepEqual((await carrier.verifyKeys()).differences, []);
      await carrier.carry();
      assert.deepEqual(await carrier.verifyKeys(), { checked: 2, differences: [] });
      await pair.run('UPDATE member SET level = level; UPDATE reading SET amount = 2');
      await carrier.carry();
      pair.sqlite.exec(
        "UPDATE member SET nick = 'n1 ' WHERE id = 1; DELETE FROM member WHERE id = 2; UPDATE reading SET factor = 1.0000000000000002 WHERE sensor = x'01'; PRAGMA foreign_keys = OFF",
      );
      assert.deepEqual((await carrier.verifyKeys()).differences, [
        { table: 'member', key: 'id=1', column: 'nick', primary: 'n1', follower: 'n1 ' },
        { table: 'member', key: 'id=2', column: undefined, primary: 'a row', follower: undefined },
        {
          table: 'reading',
          key: 'sensor=\\x01,value_at=2026-01-01 00:00:00+00,factor=1,is_good=true',
          column: undefined,
          primary: 'a row',
          follower: undefined,
        },
      ]);
      await pair.run('DELETE FROM member WHERE id = 3');
      await carrier.carry();
      pair.sqlite.exec("INSERT INTO member (id, email) VALUES (3, 'back')");
      assert.deepEqual((await carrier.verifyKeys()).differences, [
        { table: 'member', key: 'id=3', column: undefined, primary: undefined, follower: 'a row' },
      ]);
    },
  );

  test(
    `${target.name}: journal rows are removed once they are carried, and no others, without another write and whatever transaction another database has open`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      const elsewhere = await otherDatabase(t, pair.url);
      // A transaction of another database of the server, which holds back what every snapshot here has for sure.
      await elsewhere.query('BEGIN; SELECT pg_current_xact_id()');
      await pair.run(members(12_000));
      await carrier.carry();
      assert.equal(await carrier.prune(), 12_000);
      await pair.run(members(3, 20_000));
      assert.equal(await carrier.prune(), 0);
      assert.equal(await journalRows(pair), 3);
      await carrier.carry();
      // Nothing is written any more, and that transaction is still open.
      assert.equal((await carrier.carry()).keys, 0);
      // On a server that was set back, such numbers may be those of rows nobody carried.
      await pair.run("UPDATE flashcase_move.witness SET word = word || 'x'");
      assert.equal(await carrier.prune(), 0);
      await pair.run('UPDATE flashcase_move.witness SET word = left(word, -1)');
      assert.equal(await carrier.prune(), 3);
      assert.equal(await journalRows(pair), 0);
      await elsewhere.query('COMMIT');
      await assertEqual(pair);
    },
  );

  test(
    `${target.name}: a carrier that was taken over removes nothing from the journal, and whoever took over compares all it carried`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const older = await carrierOf(t, pair, 'older');
      await pair.run(members(3));
      await older.carry();
      const newer = await carrierOf(t, pair, 'newer');
      await pair.run(members(5, 100));
      assert.equal((await newer.carry()).keys, 5);
      await assert.rejects(older.prune(), { code: 'FC_MOVE_TAKEN_OVER' });
      assert.equal(await journalRows(pair), 8);
      pair.sqlite.exec("UPDATE member SET nick = 'other' WHERE id = 4");
      const { checked, differences } = await newer.verifyKeys();
      assert.equal(checked, 5);
      assert.deepEqual(differences, [{ table: 'member', key: 'id=4', column: 'nick', primary: 'n100', follower: 'other' }]);
      assert.equal(await newer.prune(), 8);
    },
  );

  test(
    `${target.name}: T-10 the settings of the PostgreSQL database and its roles change nothing that is carried`,
    only,
    async (t) => {
      const pair = await pairOf(t, target, { partitioning: 'range' });
      const database = new URL(pair.url).pathname.slice(1);
      for (const setting of [
        "TimeZone = 'America/New_York'",
        "DateStyle = 'SQL, DMY'",
        "bytea_output = 'escape'",
        'extra_float_digits = -15',
        "IntervalStyle = 'iso_8601'",
      ])
        await pair.run(`ALTER DATABASE ${database} SET ${setting}`);
      const carrier = await carrierOf(t, pair);
      const client = await pair.client();
      await client.query(
        "INSERT INTO member (email, weight, joined_at, photo) VALUES ('a', 0.30000000000000004, '2026-03-29 07:30:00.123456+00', '\\x00ff5c')",
      );
      await client.query(
        "INSERT INTO visit (member_id, seen_at) VALUES (1, '2025-11-02 05:30:00+00'), (1, '2025-11-02 06:30:00+00'), (1, '2026-03-08 07:30:00+00')",
      );
      await client.query("INSERT INTO reading VALUES ('\\x00ff', '2025-11-02 05:30:00.000001+00', 0.1::float8 + 0.2, true, 1)");
      await carrier.carry();
      await assertEqual(pair);
      await client.query("DELETE FROM visit WHERE id = 2; UPDATE visit SET note = 'x' WHERE id = 1; DELETE FROM reading");
      await carrier.carry();
      await assertEqual(pair);
      assert.deepEqual((await carrier.verifyKeys()).differences, []);
    },
  );

  test(
    `${target.name}: a changed capture is refused before anything is carried, and so is a PostgreSQL whose numbers were set back`,
    only,
    async (t) => {
      const pair = await pairOf(t, target);
      const carrier = await carrierOf(t, pair);
      await carrier.carry();
      await pair.run('ALTER TABLE nest DISABLE TRIGGER flashcase_move_journal');
      await assert.rejects(carrier.prepare(), {
        code: 'FC_MOVE_SCHEMA_CHANGED',
        message: /nest: the trigger flashcase_move_journal was changed/,
      });
      pair.sqlite.exec("UPDATE flashcase_move SET position = '99999999999'");
      await pair.run('ALTER TABLE nest ENABLE ALWAYS TRIGGER flashcase_move_journal');
      await pair.run(members(3));
      await assert.rejects(carrier.carry(), { code: 'FC_MOVE_SET_BACK' });
    },
  );

  test(
    `${target.name}: behind the fence, those who were writing are waited for without a lock, and named when they do not end`,
    only,
    async (t) => {
      const pair = await pairOf(t, target, { partitioning: 'hash' });
      await pair.run(members(2));
      const writer = await pair.client();
      await writer.query("BEGIN; INSERT INTO visit_0 SELECT 1, id, now() FROM member WHERE false; UPDATE nest SET name = 'x'");
      await pair.run('UPDATE flashcase_move.side SET is_writable = false');
      await assert.rejects(
        pair.onTarget((connection) => waitForWriters(connection, pair.tables, 100)),
        { code: 'FC_DB_LOCK_TIMEOUT', message: /still writing: process \d+/ },
      );
      const waited = pair.onTarget((connection) => waitForWriters(connection, pair.tables, 10_000));
      await assert.rejects(writer.query("UPDATE member SET nick = 'late'"), { code: 'FC001' });
      await writer.query('ROLLBACK');
      await waited;
      await pair.onTarget((connection) => waitForWriters(connection, pair.tables, 0));
    },
  );
}

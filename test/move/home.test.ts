// slow
import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import pg from 'pg';
import { planHome } from '../../src/move/home/plan-home.ts';
import { abortHome, runHome } from '../../src/move/home/run-home.ts';
import { homeOptions, libraryServer, storedIn } from './home-pair.ts';
import { bookSource } from './kill-move.ts';
import { contentOf, freshTarget, moved, onTarget, server, servers } from './library.ts';

const isFenced = async (url: string): Promise<boolean> =>
  (await onTarget(url, "INSERT INTO author (pen_name) VALUES ('stranger') ON CONFLICT DO NOTHING").catch(
    (error: pg.DatabaseError) => error,
  )) instanceof Error;

describe('a move home', { concurrency: false }, () => {
  for (const target of servers()) {
    test(`SQLite to PostgreSQL and home: every stored bit and every counter is what it was (${target.name})`, {
      skip: target.skip,
    }, async (t) => {
      const source = await bookSource(t, 3000);
      const url = await freshTarget(t, target);
      const db = new DatabaseSync(source);
      db.exec("INSERT INTO author VALUES (900, 'gone', NULL); DELETE FROM author WHERE id = 900");
      db.close();
      await moved(source, url);
      const file = `${source}.home`;
      const plan = await planHome(homeOptions(url, file));
      assert.deepEqual([plan.open, plan.source.rows, plan.sessions], [[], 4003, []]);
      const run = await runHome(homeOptions(url, file, { isParanoid: true }));
      assert.equal(run.wasDone, false);
      assert.ok(run.tables.every(({ rowsIn, rowsOut }) => rowsIn === rowsOut));
      assert.ok(Object.values(run.digests).every((digest) => digest !== undefined && digest.sqlite === digest.postgres));
      assert.equal(storedIn(file), storedIn(source));
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.deepEqual(
        readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file))),
        [basename(file)],
      );
      const schemas = [source, file].map((one) => {
        const opened = new DatabaseSync(one, { readOnly: true });
        const found = opened
          .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
          .all()
          .map((row) => ({ ...row }));
        opened.close();
        return found;
      });
      assert.deepEqual(schemas[1], schemas[0], 'the schema is the same to the letter');
    });
  }

  test('a database that never was SQLite comes home; ids that were handed out are not handed out again', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    await runHome(homeOptions(url, file));
    const db = new DatabaseSync(file);
    const { id } = db.prepare('INSERT INTO book (author_id) VALUES (1) RETURNING id').get() as { id: number };
    assert.equal(id, 51, 'the 50th was deleted on PostgreSQL');
    assert.equal(db.prepare('PRAGMA foreign_key_check').all().length, 0);
    const row = db.prepare('SELECT copies, printed_at, typeof(is_lent) AS t, hex(cover) AS h FROM book WHERE id = 1');
    row.setReadBigInts(true);
    assert.deepEqual(
      { ...row.get() },
      { copies: 9007199254740994n, printed_at: '2024-03-01 00:00:00.000000', t: 'integer', h: '00FF00' },
    );
    db.close();
  });

  test('PostgreSQL refuses every write afterwards, also of a program that was connected, by TRUNCATE and by replication', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    const stranger = new pg.Client({ connectionString: url });
    stranger.on('error', () => {});
    await stranger.connect();
    t.after(() => stranger.end());
    await assert.rejects(runHome(homeOptions(url, file)), {
      code: 'FC_MOVE_SOURCE_UNFIT',
      message: /another program is connected|Another program is connected/,
    });
    assert.equal(existsSync(file), false);
    await stranger.query("INSERT INTO shelf VALUES ('before', 'it', NULL)");
    await runHome(homeOptions(url, file, { isFencing: true }));
    for (const sql of [
      "INSERT INTO shelf VALUES ('late', 'row', NULL)",
      "UPDATE shelf SET note = 'late'",
      'DELETE FROM placed',
      'TRUNCATE placed',
      "SET session_replication_role = replica; INSERT INTO shelf VALUES ('late', 'row', NULL)",
    ])
      await assert.rejects(stranger.query(sql), { code: 'FC001' }, sql);
    const db = new DatabaseSync(file, { readOnly: true });
    assert.equal(db.prepare("SELECT count(*) AS n FROM shelf WHERE room = 'before'").get()?.n, 1);
    db.close();
    await assert.rejects(planHome(homeOptions(url, file)), { code: 'FC_MOVE_STATE' });
  });

  test('a transaction that is open when the fence goes up is waited for, and its row comes home', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    const writer = new pg.Client({ connectionString: url });
    writer.on('error', () => {});
    await writer.connect();
    t.after(() => writer.end());
    await writer.query("BEGIN; INSERT INTO shelf VALUES ('open', 'transaction', NULL)");
    const running = runHome(homeOptions(url, file, { isFencing: true }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(existsSync(file), false);
    await writer.query('COMMIT');
    await running;
    assert.match(storedIn(file), /transaction/);
  });

  test('what SQLite cannot hold is named before anything is written: NaN, infinity, minus zero, times, orphans, tables nobody knows', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    await onTarget(
      url,
      `UPDATE book SET score = 'NaN' WHERE id = 1; UPDATE book SET score = '-Infinity' WHERE id = 2; UPDATE book SET score = '-0' WHERE id = 3;
       UPDATE book SET printed_at = 'infinity' WHERE id = 4; UPDATE book SET bound_at = '0044-03-15 00:00:00+00 BC' WHERE id = 5; UPDATE book SET bound_at = '10000-01-01 00:00:00+00' WHERE id = 6;
       SET session_replication_role = replica; UPDATE book SET editor_id = 777 WHERE id = 7; RESET session_replication_role;
       CREATE TABLE cron_notes (x int); INSERT INTO cron_notes VALUES (1), (2)`,
    );
    const before = await contentOfLibrary(url);
    const plan = await planHome(homeOptions(url, file));
    assert.deepEqual(
      plan.open.map(({ table, column, kind, rows, examples }) => [table, column, kind, rows, examples[0]?.key]),
      [
        ['book', 'score', 'not_finite', 2, 'id=1'],
        ['book', 'score', 'negative_zero', 1, 'id=3'],
        ['book', 'printed_at', 'time_out_of_range', 1, 'id=4'],
        ['book', 'bound_at', 'time_out_of_range', 2, 'id=5'],
        ['book', 'editor_id', 'orphan', 1, 'id=7'],
        ['cron_notes', '*', 'unknown_table', 2, undefined],
      ],
    );
    for (const { find, rows } of plan.open) assert.equal((await onTarget(url, find)).length, rows, find);
    await assert.rejects(runHome(homeOptions(url, file)), { code: 'FC_MOVE_DECISION_NEEDED', message: /book id=1, score NaN/ });
    assert.equal(await contentOfLibrary(url), before);
    assert.equal(await isFenced(url), false);
    await onTarget(
      url,
      `UPDATE book SET score = NULL WHERE id < 4; UPDATE book SET printed_at = NULL, bound_at = NULL WHERE id < 7; UPDATE book SET editor_id = NULL WHERE id = 7`,
    );
    await assert.rejects(runHome(homeOptions(url, file)), { code: 'FC_MOVE_DECISION_NEEDED', message: /cron_notes \(2 rows\)/ });
    await runHome(homeOptions(url, file, { isLeavingUnknown: true }));
    assert.match(storedIn(file), /^author/);
  });

  test('a place that is taken, or has the log of an old file, is refused; nothing is overwritten', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    for (const end of ['', '-wal', '-journal']) {
      const taken = `${file}${end === '' ? '' : `2${end}`}`;
      writeFileSync(taken, 'mine');
      const to = end === '' ? file : `${file}2`;
      await assert.rejects(planHome(homeOptions(url, to)), { code: 'FC_MOVE_TARGET_UNFIT' });
      await assert.rejects(runHome(homeOptions(url, to)), { code: 'FC_MOVE_TARGET_UNFIT' });
      assert.equal(statSync(taken).size, 4);
    }
    // Somebody makes a file of that name while the rows are copied.
    const late = `${file}.late`;
    const onStep = (step: string): void => {
      if (step === 'publishing') writeFileSync(late, 'mine');
    };
    await assert.rejects(runHome(homeOptions(url, late, { onStep })), { code: 'FC_MOVE_TARGET_UNFIT' });
    assert.equal(statSync(late).size, 4);
    assert.equal(await isFenced(url), false, 'PostgreSQL takes writes again');
    assert.equal(existsSync(`${late}.coming-home`), false);
  });

  test('an error on the way opens PostgreSQL again and leaves nothing of the file', { skip: server().skip }, async (t) => {
    const { url, file } = await libraryServer(t);
    for (const at of ['fenced', 'tables', 'table book', 'copied', 'made', 'verified', 'publishing']) {
      const onStep = (step: string): void => {
        if (step === at) throw new Error(`planted at ${at}`);
      };
      await assert.rejects(runHome(homeOptions(url, file, { onStep })), /planted/);
      assert.deepEqual(readdirSync(dirname(file)), [], at);
      assert.equal(await isFenced(url), false, at);
    }
    const stop = new AbortController();
    const onStep = (step: string): void => {
      if (step === 'table book') stop.abort();
    };
    await assert.rejects(runHome(homeOptions(url, file, { onStep, signal: stop.signal })), { name: 'AbortError' });
    assert.deepEqual(readdirSync(dirname(file)), []);
    assert.equal(await isFenced(url), false);
  });

  test('a row written past the fence while the file is made is found: the file does not get its name', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    const onStep = async (step: string): Promise<void> => {
      if (step === 'copied')
        await onTarget(
          url,
          "ALTER TABLE shelf DISABLE TRIGGER USER; INSERT INTO shelf VALUES ('past', 'the fence', NULL); ALTER TABLE shelf ENABLE ALWAYS TRIGGER flashcase_move_home",
        );
    };
    await assert.rejects(runHome(homeOptions(url, file, { onStep })), {
      code: 'FC_MOVE_FAILED',
      message: /shelf room="past",label="the fence"/,
    });
    assert.equal(existsSync(file), false);
  });

  test('a schema changed by hand and missing revisions are refused; an index more is named', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t);
    await onTarget(url, 'ALTER TABLE shelf ADD COLUMN extra text');
    await assert.rejects(planHome(homeOptions(url, file)), { code: 'FC_MOVE_SOURCE_UNFIT', message: /extra/ });
    await onTarget(url, 'ALTER TABLE shelf DROP COLUMN extra; CREATE INDEX by_hand ON shelf (note)');
    assert.match((await planHome(homeOptions(url, file))).source.leftBehind.join(), /by_hand/);
    await onTarget(url, 'DELETE FROM schema_revision');
    await assert.rejects(planHome(homeOptions(url, file)), { code: 'FC_ADOPTION_NEEDED' });
  });

  test('abort opens PostgreSQL only while the file has not its name', { skip: server().skip }, async (t) => {
    const { url, file } = await libraryServer(t);
    assert.equal((await abortHome(homeOptions(url, file), false)).runId, undefined);
    await runHome(homeOptions(url, file));
    await assert.rejects(abortHome(homeOptions(url, file), true), { code: 'FC_MOVE_STATE', message: /has its name/ });
    const again = await runHome(homeOptions(url, file));
    assert.equal(again.wasDone, true);
    renameSync(file, `${file}.away`);
    await assert.rejects(runHome(homeOptions(url, file)), { code: 'FC_MOVE_STATE', message: /not there any more/ });
    await assert.rejects(abortHome(homeOptions(url, file), false), { code: 'FC_MOVE_STATE', message: /not in PostgreSQL/ });
    await abortHome(homeOptions(url, file), true);
    assert.equal(await isFenced(url), false);
    assert.equal((await onTarget(url, "SELECT 1 FROM pg_trigger WHERE tgname LIKE 'flashcase%'")).length, 0);
  });
});

const contentOfLibrary = async (url: string): Promise<string> => {
  await onTarget(
    url,
    'CREATE SCHEMA IF NOT EXISTS flashcase_move; CREATE TABLE IF NOT EXISTS flashcase_move.quarantine (table_name text, row_key text, reason text, cells text)',
  );
  const content = await contentOf(url);
  await onTarget(url, 'DROP SCHEMA flashcase_move CASCADE');
  return content;
};

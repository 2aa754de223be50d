// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { FlashcaseError } from '../../src/errors/index.ts';
import { settleForward } from '../../src/move/follow/forward.ts';
import { openTarget } from '../../src/move/target/connect.ts';
import { generatedId, int64, schema, table, text, timestamp } from '../../src/schema/index.ts';
import { differing, pair, positionOf, quarantineOf, rowsOf, tamper } from './forward-pair.ts';
import { insert, onTarget, server, servers } from './library.ts';

const refusal =
  (code: string, ...says: RegExp[]) =>
  (error: FlashcaseError): true => {
    assert.equal(error.code, code, error.message);
    for (const pattern of says) assert.match(error.toText(), pattern);
    return true;
  };

/** References that act, refer to themselves and to each other; unique keys of every form. */
const staff = table('staff', {
  columns: {
    id: generatedId(),
    name: text(),
    badge: text({ nullable: true }),
    boss_id: int64({ nullable: true }),
    team_id: int64({ nullable: true }),
  },
  primaryKey: ['id'],
  uniques: { uq_staff_name: ['name'] },
  uniqueIndexes: { ix_staff_badge: { columns: ['(lower(badge))'], where: 'badge IS NOT NULL' } },
  references: { boss_id: { to: 'staff.id', onDelete: 'set null' }, team_id: 'team.id' },
});
const team = table('team', {
  columns: { id: generatedId(), code: text(), lead_id: int64({ nullable: true }) },
  primaryKey: ['id'],
  uniques: { uq_team_code: ['code'] },
  references: { lead_id: 'staff.id' },
});
const task = table('task', {
  columns: { id: generatedId(), team_code: text({ nullable: true }), parent_id: int64({ nullable: true }), title: text() },
  primaryKey: ['id'],
  references: {
    team_code: { to: 'team.code', onUpdate: 'cascade', onDelete: 'cascade' },
    parent_id: { to: 'task.id', onDelete: 'cascade' },
  },
});
const log = table('log', {
  columns: { id: generatedId(), task_id: int64(), at_time: timestamp() },
  primaryKey: ['id'],
  partitionedKey: ['task_id', 'id'],
  references: { task_id: { to: 'task.id', onDelete: 'restrict' } },
});
const office = schema({ staff, team, task, log });

for (const target of servers()) {
  const on = { skip: target.skip, timeout: 120_000 };

  test(
    `T-43: inserts, updates, deletes and changed keys on SQLite arrive in PostgreSQL, and carrying again changes nothing (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target);
      const { db } = made;
      const carrier = await made.carrier();
      insert(db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
      insert(db, 'author', { id: 2, pen_name: 'Bob', mentor_id: 1 });
      for (let i = 1; i <= 5; i++)
        insert(db, 'book', {
          id: i,
          author_id: 1,
          body: `text ${i}`,
          stars: i,
          score: i / 3,
          is_lent: i % 2,
          pages: i,
          cover: new Uint8Array([i]),
          printed_at: `2026-11-26 04:05:06.00000${i}`,
        });
      insert(db, 'shelf', { room: 'a', label: 'x', note: 'first' });
      insert(db, 'placed', { book_id: 1, room: 'a', label: 'x' });
      assert.ok((await carrier.lag()).keys > 0);
      const first = await carrier.carry();
      assert.equal(first.keys, 9);
      assert.deepEqual(await differing(made), []);
      assert.equal(await positionOf(made), first.position);
      db.exec(`UPDATE book SET body = 'changed', score = 0.1 + 0.2 WHERE id = 2; DELETE FROM book WHERE id = 5;
      UPDATE author SET pen_name = 'Ada L.' WHERE id = 1; UPDATE book SET id = 30 WHERE id = 3; DELETE FROM placed;
      UPDATE shelf SET label = 'y'; UPDATE book SET author_id = 2; UPDATE book SET author_id = 1 WHERE id = 4`);
      await carrier.carry();
      assert.deepEqual(await differing(made), []);
      assert.deepEqual((await carrier.verifyKeys()).differences, []);
      assert.deepEqual(await carrier.carry(), { keys: 0, position: await positionOf(made) });
      assert.equal((await carrier.lag()).keys, 0);
    },
  );

  test(
    `rows of tables that refer to themselves and to each other, cascades, and unique values that change places arrive as SQLite left them (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target, { of: office });
      const { db } = made;
      const carrier = await made.carrier();
      const step = async (sql: string): Promise<void> => {
        db.exec(`BEGIN; PRAGMA defer_foreign_keys = ON; ${sql}; COMMIT`);
        await carrier.carry();
        assert.deepEqual(await differing(made), [], sql);
      };
      await step(`INSERT INTO staff (id, name, badge, boss_id, team_id) VALUES (1, 'a', 'x', 2, 1), (2, 'b', 'y', NULL, 2), (3, 'c', NULL, 1, NULL);
      INSERT INTO team (id, code, lead_id) VALUES (1, 'red', 2), (2, 'blue', 1);
      INSERT INTO task (id, team_code, parent_id, title) VALUES (1, 'red', 3, 'one'), (2, 'red', 1, 'two'), (3, 'blue', NULL, 'three'), (4, 'blue', 3, 'four')`);
      await step(
        `UPDATE staff SET name = 't' WHERE id = 1; UPDATE staff SET name = 'a' WHERE id = 2; UPDATE staff SET name = 'b' WHERE id = 1`,
      );
      await step(
        `UPDATE staff SET badge = NULL WHERE id = 1; UPDATE staff SET badge = 'X' WHERE id = 2; UPDATE staff SET badge = 'Y' WHERE id = 1`,
      );
      await step(
        `UPDATE team SET code = 't' WHERE id = 1; UPDATE team SET code = 'red' WHERE id = 2; UPDATE team SET code = 'blue' WHERE id = 1`,
      );
      await step(`UPDATE staff SET boss_id = 3 WHERE id = 2; DELETE FROM staff WHERE id = 3`);
      await step(
        `DELETE FROM staff WHERE id = 1 AND 0; INSERT INTO staff (id, name, boss_id) VALUES (9, 'z', 1); UPDATE staff SET id = 10 WHERE id = 9`,
      );
      await step(
        `INSERT INTO log (id, task_id, at_time) VALUES (1, 1, '2026-01-01 00:00:00.000001'), (2, 3, '2026-01-01 00:00:00.000002')`,
      );
      await step(`UPDATE log SET task_id = 3 WHERE id = 1`);
      await step(
        `UPDATE task SET parent_id = NULL WHERE id = 1; UPDATE task SET team_code = NULL WHERE id = 3; DELETE FROM log; DELETE FROM task WHERE id = 3`,
      );
      await step(`DELETE FROM team WHERE code = 'red' AND 0; UPDATE team SET lead_id = NULL; DELETE FROM task WHERE id = 1`);
      await step(
        `INSERT INTO task (id, team_code, title) VALUES (5, 'red', 'five'), (6, 'blue', 'six'); UPDATE staff SET team_id = NULL; DELETE FROM team WHERE id = 2`,
      );
      await step(`DELETE FROM staff; DELETE FROM team; INSERT INTO team (id, code) VALUES (7, 'red')`);
      assert.deepEqual((await carrier.verifyKeys()).differences, []);
    },
  );

  test(`T-53: a writer that never stops loses nothing, however the batches fall (${target.name})`, on, async (t) => {
    const made = await pair(t, target);
    const { db } = made;
    const carrier = await made.carrier();
    insert(db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
    let isOver = false;
    let written = 0;
    const writer = (async () => {
      for (let i = 1; !isOver; i++) {
        db.exec(`BEGIN; INSERT INTO book (author_id, body, pages) VALUES (1, 'book ${i}', ${i}); UPDATE book SET stars = ${i} WHERE id = ${Math.ceil(i / 2)};
          DELETE FROM book WHERE id = ${i - 7} AND id % 3 = 0; COMMIT`);
        written++;
        await delay(0);
      }
    })();
    for (let i = 0; i < 40 || written < 200; i++) {
      await carrier.carry();
      if (i % 5 === 0) {
        assert.deepEqual((await carrier.verifyKeys()).differences, []);
        await carrier.prune();
      }
    }
    isOver = true;
    await writer;
    await carrier.carry();
    assert.deepEqual(await differing(made), []);
    assert.equal((await carrier.lag()).keys, 0);
  });

  test(
    `T-54: what is carried last is compared value by value, and a value changed on the other side is named with its key and column (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target);
      const { db } = made;
      const carrier = await made.carrier();
      insert(db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
      insert(db, 'shelf', { room: 'a', label: 'x', note: 'n' });
      for (let i = 1; i <= 3; i++)
        insert(db, 'book', { id: i, author_id: 1, score: 0.1, printed_at: '2026-01-01 00:00:00.000001' });
      await carrier.carry();
      assert.deepEqual(await carrier.verifyKeys(), { checked: 5, differences: [] });
      db.exec('UPDATE book SET pages = 7');
      await carrier.carry();
      await tamper(
        made,
        `UPDATE book SET score = 0.10000000000000002 WHERE id = 1; UPDATE book SET printed_at = printed_at + interval '1 microsecond' WHERE id = 2; DELETE FROM book WHERE id = 3`,
      );
      const { checked, differences } = await carrier.verifyKeys();
      assert.equal(checked, 3);
      assert.deepEqual(differences, [
        { table: 'book', key: 'id=1', column: 'score', primary: '0.1', follower: '0.10000000000000002' },
        {
          table: 'book',
          key: 'id=2',
          column: 'printed_at',
          primary: '2026-01-01 00:00:00.000001',
          follower: '2026-01-01 00:00:00.000002',
        },
        { table: 'book', key: 'id=3', column: undefined, primary: 'a row', follower: undefined },
      ]);
      assert.deepEqual(await carrier.verifyKeys(), { checked: 0, differences: [] }, 'each key is compared once');
    },
  );

  test(`of two carriers the older one is refused and changes nothing (${target.name})`, on, async (t) => {
    const made = await pair(t, target);
    const older = await made.carrier();
    const newer = await made.carrier();
    insert(made.db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
    await assert.rejects(older.carry(), refusal('FC_MOVE_TAKEN_OVER', /a test/));
    assert.equal(await positionOf(made), 0n);
    await newer.carry();
    insert(made.db, 'author', { id: 2, pen_name: 'Bob', mentor_id: null });
    await newer.carry();
    await assert.rejects(older.prune(), refusal('FC_MOVE_TAKEN_OVER', /a test/));
    assert.equal((await newer.verifyKeys()).checked, 2);
    assert.deepEqual(await differing(made), []);
    await older.claim('again');
    await assert.rejects(newer.carry(), refusal('FC_MOVE_TAKEN_OVER', /again/));
  });

  test(
    `a connection cut in the middle leaves position and rows as they were, and the next call goes on (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target);
      const carrier = await made.carrier();
      insert(made.db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
      await carrier.carry();
      const position = await positionOf(made);
      const other = new pg.Client({ connectionString: made.url });
      other.on('error', () => {});
      await other.connect();
      t.after(() => other.end());
      // A lock the carrier has to wait for: it is in the middle of its transaction.
      await other.query('BEGIN; LOCK TABLE book IN ACCESS EXCLUSIVE MODE');
      insert(made.db, 'author', { id: 2, pen_name: 'Bob', mentor_id: 1 });
      insert(made.db, 'book', { id: 1, author_id: 2 });
      const carrying = carrier.carry();
      const waiting = `SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'book'::regclass`;
      while ((await other.query(waiting)).rows.length === 0) await delay(5);
      await other.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS w`);
      await assert.rejects(carrying, refusal('FC_DB_UNREACHABLE'));
      await other.query('ROLLBACK');
      assert.equal(await positionOf(made), position);
      assert.deepEqual((await rowsOf(made, 'author')).postgres.length, 1);
      await carrier.carry();
      assert.deepEqual(await differing(made), []);
    },
  );

  test(
    `a carrier that is told to stop while it waits stops at once, and nothing of its batch is kept (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target);
      const carrier = await made.carrier();
      const other = new pg.Client({ connectionString: made.url });
      other.on('error', () => {});
      await other.connect();
      t.after(() => other.end());
      await other.query('BEGIN; LOCK TABLE author IN ACCESS EXCLUSIVE MODE');
      insert(made.db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
      const stop = new AbortController();
      const carrying = carrier.carry(stop.signal);
      while (
        (await other.query(`SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'author'::regclass`)).rows.length === 0
      )
        await delay(5);
      stop.abort(new Error('the limit is over'));
      await assert.rejects(carrying, /the limit is over/);
      await other.query('ROLLBACK');
      await carrier.carry();
      assert.deepEqual(await differing(made), []);
    },
  );

  test(
    `T-10: times keep their microseconds in a session of New York, and so does the comparison (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target, { urlOptions: 'options=-c%20TimeZone%3DAmerica/New_York' });
      const carrier = await made.carrier();
      insert(made.db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
      const times = [
        '0001-01-01 00:00:00.000000',
        '2026-03-08 02:30:00.000001',
        '2026-11-01 01:30:00.999999',
        '9999-12-31 23:59:59.999999',
      ];
      for (const [i, printed_at] of times.entries()) insert(made.db, 'book', { id: i + 1, author_id: 1, printed_at });
      await carrier.carry();
      assert.deepEqual(await differing(made), []);
      assert.deepEqual(await carrier.verifyKeys(), { checked: 5, differences: [] });
    },
  );

  test(
    `id counters stand past every id SQLite handed out, also of rows that are gone, and never go back (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target);
      const carrier = await made.carrier();
      insert(made.db, 'author', { id: 500, pen_name: 'Ada', mentor_id: null });
      made.db.exec('DELETE FROM author');
      insert(made.db, 'author', { id: 7, pen_name: 'Bob', mentor_id: null });
      await carrier.carry();
      assert.equal(await carrier.setSequences(), 2);
      const next = async (): Promise<unknown> =>
        (await onTarget(made.url, `SELECT nextval('author_id_seq') AS n, nextval('book_id_seq') AS b`))[0];
      assert.deepEqual({ ...((await next()) as object) }, { n: '501', b: '1' });
      await carrier.setSequences();
      assert.deepEqual({ ...((await next()) as object) }, { n: '502', b: '2' });
    },
  );

  test(
    `the journal is pruned up to the position but never its newest row, and not while somebody writes (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target);
      const carrier = await made.carrier();
      for (let i = 1; i <= 1200; i++) insert(made.db, 'shelf', { room: 'a', label: `${i}`, note: null });
      const seqs = (): unknown => ({
        ...made.db.prepare('SELECT min(seq) AS least, max(seq) AS most FROM flashcase_move_journal').get(),
      });
      await carrier.carry();
      insert(made.db, 'shelf', { room: 'b', label: 'x', note: null });
      made.db.exec('BEGIN IMMEDIATE');
      assert.equal(await carrier.prune(), 0);
      made.db.exec('COMMIT');
      // PostgreSQL knows this journal by the row at its position.
      assert.equal(await carrier.prune(), 1199);
      assert.deepEqual(seqs(), { least: 1200, most: 1201 });
      await carrier.carry();
      assert.equal(await carrier.prune(), 1);
      insert(made.db, 'shelf', { room: 'b', label: 'y', note: null });
      assert.deepEqual(seqs(), { least: 1201, most: 1202 });
      await carrier.carry();
      assert.deepEqual(await differing(made), []);
    },
  );

  test(
    `foreign keys of the target wait for the end of a carried batch, and are as the schema declares them afterwards (${target.name})`,
    on,
    async (t) => {
      const made = await pair(t, target, { of: office });
      const deferrable = async (): Promise<string[]> =>
        (await onTarget(made.url, `SELECT conname FROM pg_constraint WHERE contype = 'f' AND condeferrable ORDER BY 1`)).map(
          (row) => row.conname as string,
        );
      const carrier = await made.carrier();
      assert.equal((await deferrable()).length, 6);
      await carrier.prepare();
      const engine = openTarget(made.url);
      t.after(() => engine.close());
      await engine.dedicated((connection) => settleForward(connection, made.tables));
      assert.deepEqual(await deferrable(), []);
    },
  );
}

// Rules, quarantine and orphans do not depend on the version of the server.
const target = server();
const on = { skip: target.skip, timeout: 120_000 };

test(
  'a value PostgreSQL cannot hold stops the batch with its table, key, column and kind, and nothing of it is applied',
  on,
  async (t) => {
    const made = await pair(t, target);
    const carrier = await made.carrier();
    made.db.exec(
      `INSERT INTO author (id, pen_name) VALUES (1, 'Ada'); INSERT INTO author (id, pen_name) VALUES (2, 'a' || char(0) || 'b')`,
    );
    await assert.rejects(carrier.carry(), (error: FlashcaseError) => {
      refusal('FC_MOVE_DECISION_NEEDED', /author id=2/, /pen_name nul_character/)(error);
      const [open] = error.details.open as Record<string, unknown>[];
      assert.equal(open?.rows, 1);
      return true;
    });
    assert.equal(await positionOf(made), 0n);
    assert.equal((await rowsOf(made, 'author')).postgres.length, 0);
    made.db.exec(`UPDATE author SET pen_name = 'ab' WHERE id = 2`);
    await carrier.carry();
    assert.deepEqual(await differing(made), []);
  },
);

test(
  'values are carried as the rules decide: replaced, converted, rounded, or the row in quarantine until a good version of it comes',
  on,
  async (t) => {
    const rules = [
      { table: 'book', column: 'body', kind: 'nul_character', remedy: 'replace' },
      { table: 'book', column: 'score', kind: 'negative_zero', remedy: 'convert' },
      { table: 'book', column: 'stars', kind: 'fraction', remedy: 'round' },
      { table: 'book', column: 'printed_at', kind: 'impossible_time', remedy: 'quarantine' },
      { table: 'book', column: 'state', kind: 'value_not_allowed', remedy: 'set_null' },
      { table: 'book', column: 'book_pages_positive', kind: 'check_failed', remedy: 'quarantine' },
      { table: 'placed', column: 'book_id', kind: 'orphan', remedy: 'quarantine' },
    ] as const;
    const made = await pair(t, target, { isLoose: true, rules });
    const { db } = made;
    const carrier = await made.carrier();
    insert(db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
    const book = { author_id: 1, pages: 1n };
    insert(db, 'book', { ...book, id: 1, body: 'a\0b', score: -0, stars: 2.5 });
    insert(db, 'book', { ...book, id: 2, printed_at: 'yesterday' });
    insert(db, 'book', { ...book, id: 3, state: 'torn' });
    insert(db, 'book', { ...book, id: 4, pages: -1n });
    insert(db, 'shelf', { room: 'a', label: 'x', note: null });
    insert(db, 'placed', { book_id: 2n, room: 'a', label: 'x' });
    db.exec(`UPDATE book SET author_id = CAST(author_id AS INTEGER), id = id`);
    await carrier.carry();
    assert.deepEqual(
      await onTarget(made.url, 'SELECT id, body, score, stars, state FROM book ORDER BY id').then((rows) =>
        rows.map((row) => ({ ...row })),
      ),
      [
        { id: '1', body: 'a␀b', score: '0', stars: '2', state: null },
        { id: '3', body: null, score: null, stars: null, state: null },
      ],
    );
    assert.deepEqual(await quarantineOf(made), [
      'book {"id":{"integer":"2"}} impossible_time',
      'book {"id":{"integer":"4"}} check_failed',
      'placed {"book_id":{"integer":"2"},"room":{"text":"a"},"label":{"text":"x"}} orphan',
    ]);
    assert.deepEqual((await carrier.verifyKeys()).differences, []);
    db.exec(
      `UPDATE book SET printed_at = '2026-01-01 00:00:00.000000' WHERE id = 2; UPDATE placed SET room = room; UPDATE book SET pages = -2 WHERE id = 4`,
    );
    await carrier.carry();
    assert.deepEqual(await quarantineOf(made), ['book {"id":{"integer":"4"}} check_failed']);
    assert.match(
      (await onTarget(made.url, 'SELECT cells FROM flashcase_move.quarantine'))[0]?.cells as string,
      /"pages":\{"integer":"-2"\}/,
    );
    assert.equal((await rowsOf(made, 'placed')).postgres.length, 1);
    assert.deepEqual((await carrier.verifyKeys()).differences, []);
    db.exec('DELETE FROM book WHERE id = 4; UPDATE book SET printed_at = 5 WHERE id = 3');
    await assert.rejects(carrier.carry(), refusal('FC_MOVE_DECISION_NEEDED', /book id=3, printed_at epoch_number/));
    db.exec('UPDATE book SET printed_at = NULL WHERE id = 3');
    await carrier.carry();
    assert.deepEqual(await quarantineOf(made), []);
  },
);

test(
  'orphans that a stranger left behind are named, and go as the rules decide; none is dropped by an action of a reference',
  on,
  async (t) => {
    const made = await pair(t, target, { of: office });
    const { db } = made;
    const carrier = await made.carrier();
    db.exec(`INSERT INTO team (id, code) VALUES (1, 'red'), (2, 'blue'); INSERT INTO staff (id, name, team_id) VALUES (1, 'a', 1);
    INSERT INTO task (id, team_code, title) VALUES (1, 'red', 'one'), (2, 'blue', 'two')`);
    await carrier.carry();
    db.exec('PRAGMA foreign_keys = OFF; DELETE FROM team WHERE id = 1');
    // PostgreSQL alone would remove task 1 with its team.
    await assert.rejects(carrier.carry(), refusal('FC_MOVE_DECISION_NEEDED', /staff id=1, team_id orphan/));
    assert.equal((await rowsOf(made, 'task')).postgres.length, 2);
    await carrier.close();
    const decided = await made.carrier([
      { table: 'staff', column: 'team_id', kind: 'orphan', remedy: 'set_null' },
      { table: 'task', column: 'team_code', kind: 'orphan', remedy: 'quarantine' },
    ]);
    await decided.carry();
    assert.deepEqual(await quarantineOf(made), ['task {"id":{"integer":"1"}} orphan']);
    assert.deepEqual(
      (await onTarget(made.url, 'SELECT team_id FROM staff')).map((row) => row.team_id),
      [null],
    );
    assert.deepEqual((await decided.verifyKeys()).differences, []);
    // The row they lost comes again, and they are not written: both are whole again.
    db.exec(`INSERT INTO team (id, code) VALUES (1, 'red')`);
    await decided.carry();
    assert.deepEqual(await quarantineOf(made), []);
    assert.deepEqual(await differing(made), []);
  },
);

test('triggers of the schema do not fire for carried rows, and fire for everybody else', on, async (t) => {
  const entry = table('entry', {
    columns: { id: generatedId(), body: text() },
    primaryKey: ['id'],
    triggers: {
      tr_entry: {
        timing: 'before',
        event: 'insert',
        body: { sqlite: `SELECT 1;`, postgres: `NEW.body := NEW.body || '!'; RETURN NEW;` },
      },
    },
  });
  const made = await pair(t, target, { of: schema({ entry }) });
  const carrier = await made.carrier();
  made.db.exec(`INSERT INTO entry (id, body) VALUES (1, 'a')`);
  await carrier.carry();
  assert.deepEqual(await differing(made), []);
  await tamper(made, `INSERT INTO entry (id, body) VALUES (2, 'b')`);
  assert.deepEqual(
    (await onTarget(made.url, 'SELECT body FROM entry ORDER BY id')).map(({ body }) => body),
    ['a', 'b!'],
  );
});

test('-0 on PostgreSQL is not taken for the 0 of the file', on, async (t) => {
  const made = await pair(t, target);
  const carrier = await made.carrier();
  insert(made.db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
  insert(made.db, 'book', { id: 1, author_id: 1, score: 0, pages: 1n });
  await carrier.carry();
  await onTarget(made.url, "BEGIN; SET LOCAL flashcase_move.pass = 'on'; UPDATE book SET score = '-0'; COMMIT");
  const { differences } = await carrier.verifyKeys();
  assert.deepEqual(differences, [{ table: 'book', key: 'id=1', column: 'score', primary: '0', follower: '-0' }]);
});

test('a file whose journal ends before what PostgreSQL has is refused', on, async (t) => {
  const made = await pair(t, target);
  const carrier = await made.carrier();
  insert(made.db, 'author', { id: 1, pen_name: 'Ada', mentor_id: null });
  await carrier.carry();
  made.db.exec('DELETE FROM flashcase_move_journal');
  await assert.rejects(carrier.carry(), refusal('FC_MOVE_SET_BACK', /SQLite file is an older one/));
});

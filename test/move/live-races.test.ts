// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { abortMove } from '../../src/move/live/abort.ts';
import { openCarrier } from '../../src/move/live/carrying.ts';
import { finishMove } from '../../src/move/live/finish.ts';
import { withSqlite } from '../../src/move/live/sides.ts';
import { startMove } from '../../src/move/live/start.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import type { Gate, GateState } from '../../src/move/state/gate.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { freshTarget } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, PATIENT, runVerb } from './live.ts';

const TARGET_LOCK = '7378413942531123';

const starsOf = (file: string): unknown => onSqlite(file, (db) => db.prepare('SELECT stars FROM book WHERE id = 1').get()?.stars);

test('T-59: a rollback that slept and wakes in the pause of another one does not open PostgreSQL under it: no acknowledged write is lost', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  await cutover(options, PATIENT);
  const { promise: asleep, resolve: fallAsleep } = Promise.withResolvers<void>();
  const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
  const first = rollback({
    ...options,
    onStep: async (step) => {
      if (step !== 'registered') return;
      fallAsleep();
      await awake;
    },
  });
  const firstEnd = assert.rejects(first, { code: 'FC_MOVE_GIVEN_UP' });
  await asleep;
  const clock = systemClock();
  const later = { ...clock, now: () => ({ ...clock.now(), micros: clock.now().micros + 60_000_000n }) } as typeof clock;
  await withSqlite(file, (sqlite) => recover(sqlite, { ...options, clock: later }));
  let isAcknowledged = false;
  await rollback(
    {
      ...options,
      onStep: async (step) => {
        if (step !== 'verified') return;
        wake();
        await firstEnd;
        isAcknowledged = await onPostgres(url, (client) => client.query('UPDATE book SET stars = 4 WHERE id = 1')).then(
          () => true,
          () => false,
        );
      },
    },
    { limitMs: 9000 },
  );
  assert.equal(isAcknowledged, false, 'PostgreSQL took a write in the pause');
  assert.notEqual(starsOf(file), 4);
});

test('an abort and a cutover typed at once: the database that becomes the primary is not removed', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  let aborting: Promise<unknown> = Promise.resolve();
  const other = await onPostgres(url, async (client) => {
    await client.query(`SELECT pg_advisory_lock(${TARGET_LOCK})`);
    aborting = abortMove(options);
    for (;;) {
      const { rows } = await client.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()",
      );
      if (rows.length > 0) break;
    }
    return cutover(options).then(
      () => 'postgres',
      () => 'sqlite',
    );
  });
  await aborting.catch(() => {});
  if (other === 'postgres') await onPostgres(url, (client) => client.query('SELECT 1 FROM book'));
  else onSqlite(file, (db) => db.exec('UPDATE book SET stars = 4 WHERE id = 1'));
});

test('a PostgreSQL that was set back to before what the journal still has is not carried on to as if nothing were missing', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  const { state } = await startMove(options);
  onSqlite(file, (db) => db.exec('UPDATE book SET stars = 4 WHERE id <= 20'));
  const carrier = await openCarrier(options, 'forward', state.runId);
  t.after(() => carrier.close());
  await carrier.claim('test');
  await carrier.prepare();
  await carrier.carry();
  await carrier.prune();
  // As a standby that took over would have it.
  await onPostgres(url, async (client) => {
    await client.query("BEGIN; SET LOCAL flashcase_move.pass = 'on'; UPDATE book SET stars = 0 WHERE id <= 20");
    await client.query('UPDATE flashcase_move.side SET position = 3; COMMIT');
  });
  onSqlite(file, (db) => db.exec('UPDATE book SET stars = 3 WHERE id = 30'));
  await assert.rejects(carrier.carry(), { code: 'FC_MOVE_SET_BACK' });
});

test('a new move does not go on with the unfinished copy of one that was aborted: what was written between them is not missing', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  assert.equal((await runVerb('start', file, url, { step: 'began' })).wasKilled, true);
  await abortMove(options, true);
  onSqlite(file, (db) => db.exec('UPDATE book SET stars = 4 WHERE id = 1'));
  await assert.rejects(startMove(options), { code: 'FC_MOVE_TARGET_UNFIT' });
  await startMove({ ...options, isStartingOver: true });
  const { rows } = await onPostgres(url, (client) => client.query('SELECT stars FROM book WHERE id = 1'));
  assert.equal(rows[0].stars, 4);
});

test('T-36: a cutover killed before it put the foreign keys back is equal in all when the other side follows', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  assert.equal((await runVerb('cutover', file, url, { step: 'opened' })).wasKilled, true);
  const { schemaDifferences } = await verifyLive(options, { events: options.events, isParanoid: false });
  assert.deepEqual(schemaDifferences, []);
});

test('a trigger dropped while a switch prepares makes it give up: what no journal has is not lost', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  const name = onSqlite(
    file,
    (db) =>
      db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'book' AND name LIKE '%before_update'")
        .get()?.name as string,
  );
  const sql = onSqlite(file, (db) => db.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(name)?.sql as string);
  const unseen = (step: string): void => {
    if (step === 'prepared')
      onSqlite(file, (db) => db.exec(`DROP TRIGGER ${name}; UPDATE book SET stars = 4 WHERE id = 1; ${sql}`));
  };
  await assert.rejects(cutover({ ...options, onStep: unseen }), { code: 'FC_MOVE_GIVEN_UP' });
  onSqlite(file, (db) => db.exec('UPDATE book SET stars = 4 WHERE id = 1'));
  await cutover(options, PATIENT);
  const dropped = async (step: string): Promise<void> => {
    if (step !== 'prepared') return;
    await onPostgres(url, (client) =>
      client.query('ALTER TABLE book DISABLE TRIGGER flashcase_move_journal; UPDATE book SET stars = 2 WHERE id = 1'),
    );
  };
  await assert.rejects(rollback({ ...options, onStep: dropped }), { code: 'FC_MOVE_GIVEN_UP' });
  const { rows } = await onPostgres(url, (client) => client.query('UPDATE book SET pages = 7 WHERE id = 2 RETURNING id'));
  assert.equal(rows.length, 1, 'PostgreSQL serves on');
});

test('a rollback that slept and wakes in a finish leaves no gate closed', { timeout: 120_000 }, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  let last: GateState | undefined;
  const gate: Gate = {
    turn: async (_, side, { state }) => {
      if (side === 'postgres') last = state;
    },
  };
  const options = { ...liveOptionsFor(file, url), gate };
  await startMove(options);
  await cutover(options, PATIENT);
  const { promise: asleep, resolve: fallAsleep } = Promise.withResolvers<void>();
  const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
  const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
  const { promise: isCleared, resolve: clear } = Promise.withResolvers<void>();
  const slept = rollback({
    ...options,
    onStep: async (step) => {
      if (step === 'registered') {
        fallAsleep();
        await awake;
      }
      if (step === 'held') {
        hold();
        await isCleared;
      }
    },
  });
  const end = assert.rejects(slept);
  await asleep;
  const clock = systemClock();
  const later = { ...clock, now: () => ({ ...clock.now(), micros: clock.now().micros + 60_000_000n }) } as typeof clock;
  await withSqlite(file, (sqlite) => recover(sqlite, { ...options, clock: later }));
  await finishMove({
    ...options,
    onStep: async (step) => {
      if (step === 'decided') {
        wake();
        await isHeld;
      }
    },
  });
  clear();
  await end;
  assert.equal(last, 'open');
});

test('verify names a fence that somebody took away, on either side, also when no row differs', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  const verify = () => verifyLive(options, { events: options.events, isParanoid: false });
  await startMove(options);
  assert.deepEqual((await verify()).fenceProblems, []);
  await onPostgres(url, (client) => client.query('ALTER TABLE book DISABLE TRIGGER flashcase_move_fence'));
  const forward = await verify();
  assert.equal(forward.isEqual, false);
  assert.match(forward.fenceProblems.join(), /book: the trigger flashcase_move_fence was changed/);
  await onPostgres(url, (client) => client.query('ALTER TABLE book ENABLE ALWAYS TRIGGER flashcase_move_fence'));
  await cutover(options, PATIENT);
  assert.equal((await verify()).isEqual, true);
  onSqlite(file, (db) => db.exec('UPDATE flashcase_move SET is_writable = 1'));
  const open = await verify();
  assert.equal(open.isEqual, false);
  assert.match(open.fenceProblems.join(), /The SQLite file takes writes, although PostgreSQL is the primary/);
  onSqlite(file, (db) => {
    const { name } = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'book'").get() as {
      name: string;
    };
    db.exec(`UPDATE flashcase_move SET is_writable = 0; DROP TRIGGER ${name}`);
  });
  assert.match((await verify()).fenceProblems.join(), /Trigger flashcase_move_\d+_\w+ of table book is gone/);
});

test('a PostgreSQL whose move state somebody keeps locked after a cutover was decided is not waited for without end: the next command opens it', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  await onPostgres(url, async (client) => {
    const locked = async (step: string): Promise<void> => {
      if (step === 'decided') await client.query('BEGIN; SELECT 1 FROM flashcase_move.side FOR UPDATE');
    };
    await assert.rejects(cutover({ ...options, onStep: locked }), /The cutover is decided, but PostgreSQL could not be opened/);
    await client.query('ROLLBACK');
  });
  const { done } = await withSqlite(file, (sqlite) => recover(sqlite, options));
  assert.match(done.join(), /PostgreSQL was opened/);
  const { rows } = await onPostgres(url, (client) => client.query('UPDATE book SET stars = 3 WHERE id = 1 RETURNING id'));
  assert.equal(rows.length, 1);
});

test('an application whose SQLite file has triggers of its own goes there, back and there again: they stay behind those of the move', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const triggers = (): unknown =>
    onSqlite(file, (db) =>
      db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY tbl_name, rowid").all(),
    ).map((row) => ({ ...row }));
  onSqlite(file, (db) =>
    db.exec(`CREATE TABLE seen (id); CREATE TRIGGER first AFTER UPDATE ON book BEGIN INSERT INTO seen VALUES (NEW.id); END;
      CREATE TRIGGER second BEFORE UPDATE ON book WHEN NEW.stars = 99 BEGIN SELECT RAISE(FAIL, 'no'); END`),
  );
  const options = liveOptionsFor(file, url);
  const { state } = await startMove(options);
  const before = triggers();
  await cutover(options, PATIENT);
  await onPostgres(url, (client) => client.query('UPDATE book SET stars = 3 WHERE id = 1'));
  const carrier = await openCarrier(options, 'reverse', state.runId);
  await carrier.claim('test');
  await carrier.prepare();
  assert.equal((await carrier.carry()).keys, 1);
  await carrier.close();
  assert.deepEqual(triggers(), before, 'the same triggers in the same order');
  await rollback(options, PATIENT);
  onSqlite(file, (db) => db.exec('UPDATE book SET stars = 4 WHERE id = 1'));
  assert.equal(
    onSqlite(file, (db) => db.prepare('SELECT count(*) AS n FROM seen').get()?.n),
    1,
  );
  assert.equal((await cutover(options, PATIENT)).primary, 'postgres');
  const { rows } = await onPostgres(url, (client) => client.query('SELECT stars FROM book WHERE id = 1'));
  assert.equal(rows[0].stars, 4);
});

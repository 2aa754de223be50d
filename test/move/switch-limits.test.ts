// slow
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { withSqlite } from '../../src/move/live/sides.ts';
import { type StartOptions, startMove } from '../../src/move/live/start.ts';
import { readMoveState } from '../../src/move/state/sqlite-state.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { startPostgres } from '../support/servers.ts';
import { freshTarget, server } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, PATIENT } from './live.ts';
import { writableSides } from './live-kill.ts';

const stateOf = async (file: string): Promise<unknown[]> => {
  const state = await withSqlite(file, readMoveState);
  return [state?.phase, state?.epoch, state?.attempt];
};

/** Does something at a named step of a switch. */
const atStep = (options: StartOptions, at: string, work: () => unknown): StartOptions => ({
  ...options,
  onStep: (async (step: string) => {
    if (step === at) await work();
  }) as StartOptions['onStep'] & {},
});

const started = async (t: TestContext, url: string): Promise<StartOptions> => {
  const options = liveOptionsFor(await librarySource(t), url);
  await startMove(options);
  return options;
};

const lockSequence = (client: pg.Client): Promise<unknown> =>
  client.query('BEGIN; ALTER SEQUENCE book_id_seq RENAME TO somebody_changes_it');

test('T-58: a PostgreSQL that dies right before a cutover is decided makes it give up: SQLite serves on', {
  timeout: 120_000,
}, async (t) => {
  const own = await startPostgres();
  t.after(() => own.stop());
  const options = await started(t, own.url);
  const { sqliteFile: file } = options;
  await assert.rejects(
    cutover(
      atStep(options, 'sequences', () => own.kill()),
      PATIENT,
    ),
    { code: 'FC_MOVE_GIVEN_UP', why: /SQLite serves on/ },
  );
  assert.deepEqual(await stateOf(file), ['forward', 1, undefined]);
  onSqlite(file, (db) => db.exec('UPDATE book SET stars = 4 WHERE id = 1'));
});

test('a PostgreSQL that dies right before a rollback is decided does not stop it: SQLite has everything, and serves', {
  timeout: 120_000,
}, async (t) => {
  const own = await startPostgres();
  t.after(() => own.stop());
  const options = await started(t, own.url);
  const { sqliteFile: file } = options;
  await cutover(options, PATIENT);
  await onPostgres(own.url, (client) => client.query('UPDATE book SET stars = 4 WHERE id = 1'));
  await rollback(
    atStep(options, 'sequences', () => own.kill()),
    PATIENT,
  );
  onSqlite(file, (db) => {
    assert.equal(db.prepare('SELECT stars FROM book WHERE id = 1').get()?.stars, 4);
    db.exec('UPDATE book SET stars = 3 WHERE id = 1');
  });
});

test('T-58: a PostgreSQL whose move state somebody keeps locked right before the decision makes a cutover give up at its limit', {
  skip: server().skip,
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const options = await started(t, url);
  await onPostgres(url, async (client) => {
    const locked = atStep(options, 'sequences', () => client.query('BEGIN; SELECT 1 FROM flashcase_move.side FOR UPDATE'));
    await assert.rejects(cutover(locked, { limitMs: 3000 }), { code: 'FC_MOVE_GIVEN_UP', why: /SQLite serves on/ });
    await client.query('ROLLBACK');
  });
  assert.deepEqual(await stateOf(options.sqliteFile), ['forward', 1, undefined]);
  assert.deepEqual(await writableSides(options.sqliteFile, url), ['sqlite']);
  assert.equal((await cutover(options, PATIENT)).primary, 'postgres');
});

test('T-58: an id counter that somebody keeps locked is waited for no longer than the pause may last, in both directions', {
  skip: server().skip,
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const options = await started(t, url);
  const { sqliteFile: file } = options;
  const late = { code: 'FC_MOVE_GIVEN_UP', message: /The pause reached its limit of 3000 ms/ };
  await onPostgres(url, async (client) => {
    const locked = atStep(options, 'verified', () => lockSequence(client));
    await assert.rejects(cutover(locked, { limitMs: 3000 }), late);
    await client.query('ROLLBACK');
    assert.deepEqual(await writableSides(file, url), ['sqlite']);
    await cutover(options, PATIENT);
    await assert.rejects(rollback(locked, { limitMs: 3000 }), late);
    await client.query('ROLLBACK');
  });
  assert.deepEqual(await stateOf(file), ['reverse', 2, undefined]);
  assert.deepEqual(await writableSides(file, url), ['postgres']);
  assert.equal((await rollback(options, PATIENT)).primary, 'sqlite');
});

test('a switch that took long to prepare is not taken for one whose process stands still, in both directions', {
  skip: server().skip,
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const options = await started(t, url);
  const { sqliteFile: file } = options;
  // Limit and grace together are 5 s.
  const limit = { limitMs: 2000 };
  const found: unknown[] = [];
  const slow = (seen: string): StartOptions => ({
    ...options,
    onStep: (async (step: string) => {
      if (step === 'prepared') await delay(6000);
      // What a server does.
      if (step === seen) found.push((await withSqlite(file, (sqlite) => recover(sqlite, options))).done);
    }) as StartOptions['onStep'] & {},
  });
  // On a machine with too much to do it gives up by itself.
  await cutover(slow('held'), limit).catch((error: unknown) => assert.match(String(error), /reached its limit/));
  if (!(await writableSides(file, url)).includes('postgres')) await cutover(options, PATIENT);
  await rollback(slow('registered'), limit).catch((error: unknown) => assert.match(String(error), /reached its limit/));
  assert.deepEqual(found, [[], []]);
});

// slow
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { abortMove } from '../../src/move/live/abort.ts';
import { finishMove } from '../../src/move/live/finish.ts';
import { follow } from '../../src/move/live/follow.ts';
import { setPaused } from '../../src/move/live/pause.ts';
import { startMove } from '../../src/move/live/start.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { type LiveVerdict, verifyLive } from '../../src/move/live/verify-live.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { freshTarget, servers } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, PATIENT, runVerb, startWriter } from './live.ts';

const schemaOf = (file: string): string =>
  onSqlite(file, (db) =>
    (db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all() as { name: string; sql: string }[])
      .map(({ name, sql }) => `${name}: ${sql}`)
      .join('|'),
  );

async function booksOn(url: string): Promise<Map<string, number>> {
  const { rows } = await onPostgres(url, (client) => client.query("SELECT body, stars FROM book WHERE body LIKE 'w%'"));
  return new Map(rows.map(({ body, stars }) => [body, stars]));
}

const shown = ({ tables, schemaDifferences, sequenceProblems }: LiveVerdict): string =>
  JSON.stringify([tables.filter(({ differing }) => differing > 0), schemaDifferences, sequenceProblems]);

const sorted = (books: ReadonlyMap<string, number>): [string, number][] => [...books].sort(([a], [b]) => (a < b ? -1 : 1));

for (const target of servers()) {
  test(`T-53 T-54 T-61 T-62: rows written all through a live move, its cutover, rollback and second cutover are where they belong, none lost, none doubled (${target.name})`, {
    skip: target.skip,
    timeout: 240_000,
  }, async (t) => {
    const url = await freshTarget(t, target);
    const file = await librarySource(t, 2000);
    const options = liveOptionsFor(file, url, { rowsPerCheckpoint: 200 });
    const writers = [await startWriter(t, file, url, 'w1'), await startWriter(t, file, url, 'w2')];
    const { state } = await startMove(options);
    assert.equal(state.phase, 'forward');
    const stop = new AbortController();
    t.after(() => stop.abort());
    const following = follow(options, stop.signal);
    const silent = { events: options.events, isParanoid: false };
    const first = await verifyLive(options, silent);
    assert.deepEqual([first.isEqual, first.primary], [true, 'sqlite'], shown(first));
    const there = await cutover(options, PATIENT);
    assert.deepEqual([there.primary, there.epoch], ['postgres', 2]);
    const second = await verifyLive(options, silent);
    assert.deepEqual([second.isEqual, second.primary], [true, 'postgres'], shown(second));
    const back = await rollback(options, PATIENT);
    assert.deepEqual([back.primary, back.epoch], ['sqlite', 3]);
    const again = await cutover(options, PATIENT);
    assert.deepEqual([again.primary, again.epoch], ['postgres', 4]);
    const acknowledged = new Map<string, number>();
    for (const writer of writers) for (const [body, stars] of await writer.stop()) acknowledged.set(body, stars);
    assert.ok(acknowledged.size > 50, `${acknowledged.size} books`);
    assert.deepEqual(sorted(await booksOn(url)), sorted(acknowledged));
    assert.equal((await verifyLive(options, silent)).isEqual, true);
    stop.abort();
    await following;
    const status = await moveStatus(options);
    assert.deepEqual([status.primary, status.problems], ['postgres', []]);
    const finished = await finishMove(options);
    assert.deepEqual([existsSync(file), existsSync(finished.keptFile)], [false, true]);
    assert.equal(
      onSqlite(finished.keptFile, (db) => db.prepare('PRAGMA journal_mode').get()?.journal_mode),
      'delete',
      'the kept file is one by itself',
    );
    assert.deepEqual(
      sorted(
        new Map(
          onSqlite(
            finished.keptFile,
            (db) => db.prepare("SELECT body, stars FROM book WHERE body LIKE 'w%'").all() as { body: string; stars: number }[],
          ).map(({ body, stars }) => [body, stars]),
        ),
      ),
      sorted(acknowledged),
    );
  });
}

test('abort takes everything of the move out of the file and off the target, and a new start begins anew', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const before = schemaOf(file);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  assert.match(schemaOf(file), /flashcase_move/);
  const aborted = await abortMove(options);
  assert.equal(aborted.isTargetCleared, true);
  assert.equal(schemaOf(file), before);
  const { rows } = await onPostgres(url, (client) =>
    client.query(
      "SELECT count(*)::int AS n FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
    ),
  );
  assert.equal(rows[0].n, 0);
  assert.deepEqual((await abortMove(options)).runId, undefined, 'typed twice');
  assert.equal((await startMove(options)).state.phase, 'forward');
  await cutover(options, PATIENT);
  await assert.rejects(abortMove(options), { code: 'FC_MOVE_STATE' });
});

test('a copy that is paused stops between two pieces, and goes on when the move does', async (t) => {
  const file = await librarySource(t, 1000);
  const options = liveOptionsFor(file, await freshTarget(t), { rowsPerCheckpoint: 100 });
  const notes: string[] = [];
  const steps: string[] = [];
  const paused = Promise.withResolvers<void>();
  const copying = startMove({
    ...options,
    events: { ...options.events, note: (text: string) => notes.push(text) },
    async onStep(step: string) {
      steps.push(step);
      if (step !== 'range book 3') return;
      await setPaused(options, true);
      paused.resolve();
    },
  });
  await paused.promise;
  while (notes.length === 0) await delay(20);
  const before = steps.length;
  await delay(1000);
  assert.equal(steps.length, before, 'nothing goes on');
  assert.equal((await moveStatus(options)).state?.phase, 'copying');
  await setPaused(options, false);
  const { state } = await copying;
  assert.equal(state.phase, 'forward');
  assert.match(notes.join('\n'), /The copy is paused.*resume\nThe copy goes on/);
  assert.equal((await verifyLive(options, { events: options.events, isParanoid: false })).isEqual, true);
});

test('T-57: after the cutover the file refuses a writer that knows nothing of the move, and PostgreSQL refuses one after the rollback', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  await assert.rejects(
    onPostgres(url, (client) => client.query('DELETE FROM placed')),
    /FlashCase/,
  );
  await cutover(options, PATIENT);
  assert.throws(() => onSqlite(file, (db) => db.exec('DELETE FROM placed')), /FlashCase/);
  await onPostgres(url, (client) => client.query('DELETE FROM placed WHERE book_id = 3'));
  await rollback(options, PATIENT);
  await assert.rejects(
    onPostgres(url, (client) => client.query('DELETE FROM placed')),
    /FlashCase/,
  );
  onSqlite(file, (db) => db.exec('DELETE FROM placed WHERE book_id = 6'));
  await cutover(options, PATIENT);
  const { rows } = await onPostgres(url, (client) => client.query('SELECT count(*)::int AS n FROM placed'));
  assert.equal(rows[0].n, 98);
});

test('T-36: a finish killed at each of its steps is finished by the same command; PostgreSQL takes writes all the time, the file is kept as it was', {
  timeout: 180_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  await cutover(options, PATIENT);
  for (const step of ['decided', 'postgres cleared', 'copied', 'kept']) {
    assert.equal((await runVerb('finish', file, url, { step })).wasKilled, true, step);
    await onPostgres(url, (client) => client.query("UPDATE shelf SET note = 'written'"));
    if (step === 'decided') await assert.rejects(rollback(options), { code: 'FC_MOVE_STATE' });
  }
  const finished = await finishMove(options);
  assert.deepEqual([existsSync(file), existsSync(finished.keptFile)], [false, true]);
  assert.doesNotMatch(schemaOf(finished.keptFile), /flashcase_move/);
  assert.ok(finished.events.some(({ kind }) => kind === 'finished'));
  assert.equal(statSync(finished.keptFile).mode & 0o777, 0o400);
  assert.deepEqual(
    readdirSync(dirname(file)).filter((name) => name.includes('making')),
    [],
  );
});

test('a program that keeps the file open over a finish cannot write what is kept, and is told where writes go', {
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  await cutover(options, PATIENT);
  const program = new DatabaseSync(file);
  t.after(() => program.close());
  const write = program.prepare('UPDATE book SET stars = 4 WHERE id = 1');
  assert.throws(() => write.run(), /FlashCase/);
  const { keptFile, sha256 } = await finishMove(options);
  assert.throws(() => write.run(), /FlashCase: this file is fenced/);
  program.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  assert.equal(createHash('sha256').update(readFileSync(keptFile)).digest('hex'), sha256);
  assert.deepEqual(
    readdirSync(dirname(keptFile))
      .filter((name) => name.startsWith(basename(file)))
      .toSorted(),
    [basename(keptFile)],
  );
});

// slow
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { liveOptions } from '../../src/cli/move/live-options.ts';
import { withSqlite } from '../../src/move/live/sides.ts';
import { startMove } from '../../src/move/live/start.ts';
import { readEvents } from '../../src/move/state/events.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { LedgerInstallation } from '../support/ledger-installation.ts';
import { startPostgres } from '../support/servers.ts';
import { freshTarget, server } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, PATIENT, runVerb } from './live.ts';
import { writableSides } from './live-kill.ts';

const decisions = (file: string): Promise<number> =>
  withSqlite(file, async (sqlite) => (await readEvents(sqlite, 'decided')).length);

test('T-59: a switch that was killed and carried through by recover says, typed again, that it is done, and switches nothing', {
  skip: server().skip,
  timeout: 120_000,
}, async (t) => {
  const url = await freshTarget(t);
  const file = await librarySource(t);
  const options = liveOptionsFor(file, url);
  await startMove(options);
  await assert.rejects(rollback(options), { code: 'FC_MOVE_STATE' }, 'there is nothing to go back from');
  for (const [verb, again, primary] of [
    ['cutover', cutover, 'postgres'],
    ['rollback', rollback, 'sqlite'],
  ] as const) {
    assert.equal((await runVerb(verb, file, url, { step: 'decided' })).wasKilled, true);
    await withSqlite(file, (sqlite) => recover(sqlite, options));
    const before = await decisions(file);
    const report = await again(options, PATIENT);
    assert.deepEqual(
      [report.wasDone, report.primary, report.epoch, report.pauseMs],
      [true, primary, verb === 'cutover' ? 2 : 3, 0],
    );
    assert.equal(await decisions(file), before, 'nothing more was decided');
    assert.deepEqual(await writableSides(file, url), [primary]);
  }
  // Given up by recover, it is still to be done.
  assert.equal((await runVerb('cutover', file, url, { step: 'verified' })).wasKilled, true);
  assert.equal((await cutover(options, PATIENT)).wasDone, undefined);
  await assert.rejects(cutover(options, { ...PATIENT, isPractice: true }), { code: 'FC_MOVE_STATE' });
});

test('a rollback typed again is done also while PostgreSQL cannot be reached: SQLite serves', {
  timeout: 120_000,
}, async (t) => {
  const own = await startPostgres();
  t.after(() => own.stop());
  const file = await librarySource(t);
  const options = liveOptionsFor(file, own.url);
  await startMove(options);
  await cutover(options, PATIENT);
  assert.equal((await runVerb('rollback', file, own.url, { step: 'decided' })).wasKilled, true);
  await own.kill();
  assert.equal((await rollback(options, PATIENT)).wasDone, true);
  onSqlite(file, (db) => db.exec('UPDATE book SET stars = 4 WHERE id = 1'));
});

test('the command says that a killed switch was carried through before, with exit code 0, and .env follows', {
  skip: server().skip,
  timeout: 240_000,
}, async (t) => {
  const installation = await LedgerInstallation.create(server(), 1);
  t.after(() => installation.end());
  const { file, folder, targetUrl } = installation;
  await installation.done('start', '--to', targetUrl);
  await installation.done('verify');
  const died = {
    ...liveOptions(file, targetUrl),
    onStep(step: string) {
      if (step === 'decided') throw new Error('it died here');
    },
  };
  const setting = (): string => readFileSync(join(folder, '.env'), 'utf8');
  for (const [verb, switched, name, url] of [
    ['cutover', cutover, 'PostgreSQL', targetUrl],
    ['rollback', rollback, 'SQLite', `sqlite:///${file}`],
  ] as const) {
    await assert.rejects(switched(died, PATIENT), /it died here/);
    await installation.done('recover');
    const { code, out, err } = await installation.move(verb);
    assert.equal(code, 0, err);
    assert.match(out, new RegExp(`^Already done: ${name} is primary \\(epoch \\d\\)\\. Nothing was changed`));
    assert.match(setting(), new RegExp(`^DATABASE_URL=${url}$`, 'm'));
    const { event, wasDone } = JSON.parse(await installation.done(verb, '--json')) as { event: string; wasDone: boolean };
    assert.deepEqual([event, wasDone], [verb, true]);
  }
  await onPostgres(installation.postgres.url, async (client) => {
    const { rows } = await client.query('SELECT state FROM write_gate');
    assert.equal(rows[0].state, 'moved');
  });
});

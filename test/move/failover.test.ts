// slow
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nextSteps } from '../../src/cli/move/live-report.ts';
import type { FlashcaseError } from '../../src/errors/index.ts';
import { abortMove } from '../../src/move/live/abort.ts';
import { acceptSetBack } from '../../src/move/live/accept-set-back.ts';
import { withCarrier } from '../../src/move/live/carrying.ts';
import { repairAll } from '../../src/move/live/repair-rows.ts';
import { withSqlite } from '../../src/move/live/sides.ts';
import { type StartOptions, startMove } from '../../src/move/live/start.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { readMoveState } from '../../src/move/state/sqlite-state.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { embeddedPostgresBin, startPostgres, type TestServer } from '../support/servers.ts';
import { type Standby, startStandby } from '../support/standby.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, PATIENT } from './live.ts';

const oldest = process.env.FLASHCASE_PG15_BIN;
const LONG = { timeout: 180_000 };

interface Failing {
  readonly options: StartOptions;
  run(sql: string): Promise<unknown>;
  carry(): Promise<number>;
  /** What a standby that is made now will lack is what comes after `cut`. */
  readonly standby: Standby;
  cut(): Promise<void>;
  /** The primary dies, the standby takes over; the move is given its address. */
  failOver(): Promise<void>;
}

/** A move to a server with an asynchronous standby. */
async function failing(t: TestContext, bin: string, books = 40): Promise<Failing> {
  const primary: TestServer = await startPostgres({ bin });
  t.after(() => primary.stop());
  let options = liveOptionsFor(await librarySource(t, books), primary.url);
  await startMove(options);
  const standby = await startStandby(primary, bin);
  t.after(() => standby.stop());
  return {
    get options() {
      return options;
    },
    standby,
    run: (sql) => onPostgres(options.postgresUrl, (client) => client.query(sql)),
    carry: () => withCarrier(options, async ({ keys }) => keys),
    async cut() {
      await standby.caughtUp();
      await standby.cutOff();
    },
    async failOver() {
      await primary.kill();
      await standby.promote();
      options = { ...options, postgresUrl: standby.url };
    },
  };
}

const BOOKS = 'SELECT CAST(id AS TEXT) AS id, body, stars FROM book ORDER BY book.id';
const onFile = (options: StartOptions): unknown =>
  onSqlite(options.sqliteFile, (db) =>
    db
      .prepare(BOOKS)
      .all()
      .map((row) => ({ ...row })),
  );
const onServer = async (options: StartOptions): Promise<unknown> =>
  (await onPostgres(options.postgresUrl, (client) => client.query(BOOKS))).rows.map((row) => ({ ...row }));
const verify = (options: StartOptions) => verifyLive(options, { events: options.events, isParanoid: false });
const isSetBack =
  (side: 'sqlite' | 'postgres') =>
  (error: FlashcaseError): boolean => {
    assert.equal(error.code, 'FC_MOVE_SET_BACK', error.message);
    assert.equal(error.details?.setBack, side);
    assert.ok(error.hint !== undefined);
    return true;
  };

for (const [name, bin] of [
  ['postgres 18', embeddedPostgresBin()],
  ['postgres 15', oldest],
] as const) {
  const only = { ...LONG, skip: bin === undefined ? 'not run: no PostgreSQL 15 here' : (false as const) };

  test(
    `${name}: after a standby took over that lacks carried transactions, those that get their numbers are carried, no rollback is made blindly, and what was lost is named`,
    only,
    async (t) => {
      const at = await failing(t, bin as string);
      await cutover(at.options, PATIENT);
      await at.run('UPDATE book SET stars = 1 WHERE id = 1');
      await at.carry();
      await at.cut();
      // Acknowledged, carried, and then lost by the server: one transaction for each of those that will get their numbers.
      for (let id = 2; id <= 6; id++) await at.run(`UPDATE book SET body = 'lost', stars = 9 WHERE id = ${id}`);
      // Once more: a row the journal of the standby names, since it was carried before.
      await at.run("UPDATE book SET body = 'lost' WHERE id = 1");
      await at.run("INSERT INTO book (author_id, body, stars, pages) VALUES (1, 'lost too', 5, 1)");
      assert.equal(await at.carry(), 7);
      await at.failOver();
      const { options } = at;
      const before = onFile(options);
      for (let id = 11; id <= 24; id++) await at.run(`UPDATE book SET body = 'new', stars = 7 WHERE id = ${id}`);
      await assert.rejects(at.carry(), isSetBack('postgres'));
      await assert.rejects(rollback(options, PATIENT), isSetBack('postgres'));
      await assert.rejects(repairAll(options, options.events), isSetBack('postgres'));
      const status = await moveStatus(options);
      assert.match(status.problems.join(), /PostgreSQL lost what it had.*flashcase move verify/s);
      assert.deepEqual(nextSteps(status), ['flashcase move verify', 'flashcase move recover --accept-loss']);
      const found = await verify(options);
      assert.equal(found.isEqual, false);
      assert.equal(found.setBack?.code, 'FC_MOVE_SET_BACK');
      const named = new Set(found.tables.flatMap(({ differences }) => differences.map(({ key }) => key)));
      for (const id of [1, 2, 3, 4, 5, 6, 41]) assert.ok(named.has(`id=${id}`), `id=${id} is named`);
      assert.deepEqual(onFile(options), before, 'nothing was changed in the file');

      const accepted = await acceptSetBack(options, options.events);
      assert.equal(accepted?.primary, 'postgres');
      const kept = readFileSync(String(accepted?.file), 'utf8')
        .trim()
        .split('\n')
        .map(
          (line) => JSON.parse(line) as { key: { id: { integer: string } }; was: { body: { text: string } }; onPostgres: string },
        );
      assert.equal(statSync(String(accepted?.file)).mode & 0o777, 0o600);
      assert.deepEqual(
        kept.filter(({ was }) => was.body.text.startsWith('lost')).map(({ key }) => Number(key.id.integer)),
        [1, 2, 3, 4, 5, 6, 41],
      );
      assert.deepEqual(
        kept.filter(({ onPostgres }) => onPostgres === 'no row').map(({ was }) => was.body.text),
        ['lost too'],
      );
      assert.deepEqual(onFile(options), await onServer(options));
      assert.deepEqual((await moveStatus(options)).problems, []);
      assert.deepEqual(await acceptSetBack(options, options.events), { ...accepted, wasDone: true });
      // The id of the lost row stays its own.
      const { rows } = (await at.run('INSERT INTO book (author_id, pages) VALUES (1, 1) RETURNING id::int')) as {
        rows: { id: number }[];
      };
      assert.equal(rows[0]?.id, 42);
      assert.equal((await verify(options)).isEqual, true);
      await at.run("UPDATE book SET body = 'last' WHERE id = 9");
      await rollback(options, PATIENT);
      assert.deepEqual(onFile(options), await onServer(options));
    },
  );

  test(
    `${name}: after a standby took over that has all that was carried everything goes on, and nothing is missed`,
    only,
    async (t) => {
      const at = await failing(t, bin as string);
      await cutover(at.options, PATIENT);
      await at.run('UPDATE book SET stars = 1 WHERE id = 1');
      await at.carry();
      await at.run('UPDATE book SET stars = 2 WHERE id = 2');
      await at.cut();
      await at.failOver();
      for (let id = 11; id <= 18; id++) await at.run(`UPDATE book SET body = 'new' WHERE id = ${id}`);
      assert.equal(await at.carry(), 9);
      assert.equal((await verify(at.options)).isEqual, true);
      await rollback(at.options, PATIENT);
      assert.deepEqual(onFile(at.options), await onServer(at.options));
    },
  );
}

const newest = embeddedPostgresBin();

test(
  'a standby that takes over between the decision of a cutover and its opening is not opened when it lacks rows: SQLite, which has them, serves again',
  LONG,
  async (t) => {
    const at = await failing(t, newest);
    await at.cut();
    onSqlite(at.options.sqliteFile, (db) => db.exec("UPDATE book SET body = 'acknowledged' WHERE id = 1"));
    await assert.rejects(
      cutover({
        ...at.options,
        onStep: async (step) => {
          if (step === 'decided') throw new Error('the server went away');
        },
      }),
      /the server went away/,
    );
    await at.failOver();
    const { options } = at;
    await assert.rejects(
      withSqlite(options.sqliteFile, (sqlite) => recover(sqlite, options)),
      isSetBack('postgres'),
    );
    await assert.rejects(at.run('UPDATE book SET stars = 1 WHERE id = 2'), /may not be written/);
    assert.equal((await acceptSetBack(options, options.events))?.primary, 'sqlite');
    onSqlite(options.sqliteFile, (db) => db.exec("UPDATE book SET body = 'again' WHERE id = 2"));
    assert.deepEqual(
      onSqlite(options.sqliteFile, (db) => db.prepare('SELECT body FROM book WHERE id < 3 ORDER BY id').all()).map(
        ({ body }) => body,
      ),
      ['acknowledged', 'again'],
    );
    await assert.rejects(at.carry(), isSetBack('postgres'));
    assert.equal((await abortMove(options)).isTargetCleared, true);
  },
);

test(
  'a standby that takes over after a cutover and lacks what that brought is not opened again, though it was written in an earlier epoch',
  LONG,
  async (t) => {
    const at = await failing(t, newest);
    await cutover(at.options, PATIENT);
    await at.run('UPDATE book SET stars = 1 WHERE id = 1');
    await rollback(at.options, PATIENT);
    await at.cut();
    onSqlite(at.options.sqliteFile, (db) => db.exec("UPDATE book SET body = 'acknowledged' WHERE id = 1"));
    await cutover(at.options, PATIENT);
    await at.failOver();
    await assert.rejects(
      withSqlite(at.options.sqliteFile, (sqlite) => recover(sqlite, at.options)),
      isSetBack('postgres'),
    );
  },
);

test('a PostgreSQL that follows and lacks what was carried back from it is not carried on to', LONG, async (t) => {
  const at = await failing(t, newest);
  await cutover(at.options, PATIENT);
  await at.cut();
  await at.run("UPDATE book SET body = 'carried back' WHERE id = 1");
  await rollback(at.options, PATIENT);
  await at.failOver();
  onSqlite(at.options.sqliteFile, (db) => db.exec("UPDATE book SET body = 'new' WHERE id = 2"));
  await assert.rejects(at.carry(), isSetBack('postgres'));
  await assert.rejects(cutover(at.options), isSetBack('postgres'));
  const status = await moveStatus(at.options);
  assert.match(status.problems.join(), /flashcase move abort/);
  assert.deepEqual(nextSteps(status), ['flashcase move abort']);
});

test('a copy of its files that is started again, in the same course of events, is known as an earlier point', LONG, async (t) => {
  const first = await startPostgres({ bin: newest });
  const { dataDir, port, url } = first;
  let running = first;
  t.after(async () => {
    await running.stop();
    await first.stop();
  });
  const options = liveOptionsFor(await librarySource(t, 40), url);
  const run = (sql: string) => onPostgres(url, (client) => client.query(sql));
  const carry = () => withCarrier(options, async ({ keys }) => keys);
  const again = async (): Promise<void> => {
    running = await startPostgres({ bin: newest, dataDir, port });
  };
  await startMove(options);
  await cutover(options, PATIENT);
  await run('UPDATE book SET stars = 1 WHERE id = 1');
  await carry();
  await run('CHECKPOINT');
  await running.kill();
  execFileSync('cp', ['-a', dataDir, `${dataDir}.kept`]);
  await again();
  await run("UPDATE book SET body = 'lost' WHERE id = 2");
  await carry();
  await running.kill();
  rmSync(dataDir, { recursive: true });
  execFileSync('mv', [`${dataDir}.kept`, dataDir]);
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
  await again();
  // The same rows, the same numbers, and further on in the log than before.
  for (let n = 0; n < 20; n++) await run(`UPDATE book SET body = 'new ${n}' WHERE id = 2`);
  await assert.rejects(carry(), isSetBack('postgres'));
  const accepted = await acceptSetBack(options, options.events);
  assert.match(readFileSync(String(accepted?.file), 'utf8'), /"body":\{"text":"lost"\}/);
  assert.deepEqual(onFile(options), await onServer(options));
  assert.equal((await verify(options)).isEqual, true);
});

test('a dump that was loaded into another cluster is not taken for the same server', LONG, async (t) => {
  const at = await failing(t, newest, 10);
  await cutover(at.options, PATIENT);
  await at.run('UPDATE book SET stars = 1 WHERE id = 1');
  await at.carry();
  // Rows come along with a dump; the cluster is another one.
  await at.run('UPDATE flashcase_move.witness SET system = system + 1');
  await at.run('UPDATE book SET stars = 2 WHERE id = 1');
  await assert.rejects(at.carry(), isSetBack('postgres'));
  assert.equal((await acceptSetBack(at.options, at.options.events))?.rows, 1);
  assert.deepEqual(onFile(at.options), await onServer(at.options));
  assert.equal(await at.carry(), 0);
  assert.equal((await withSqlite(at.options.sqliteFile, readMoveState))?.phase, 'reverse');
});

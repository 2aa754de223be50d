// slow
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type FollowEvents, follow } from '../../src/move/live/follow.ts';
import { withSqlite } from '../../src/move/live/sides.ts';
import { type StartOptions, startMove } from '../../src/move/live/start.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { readMoveState } from '../../src/move/state/sqlite-state.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { type Proxy as Network, startProxy } from '../support/proxy.ts';
import { freshTarget, server } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite, PATIENT } from './live.ts';
import { writableSides } from './live-kill.ts';

const LIMIT = { limitMs: 3000 };
/** A command that is still there then waits for the network; how fast it is says nothing. */
const HANGING_MS = 25_000;

interface Place {
  readonly file: string;
  readonly network: Network;
  /** The command's way to the server, through the network that fails. */
  readonly options: StartOptions;
  /** That of others, which does not. */
  readonly others: StartOptions;
}

async function placeOf(t: TestContext): Promise<Place> {
  const direct = await freshTarget(t);
  const network = await startProxy(direct);
  t.after(() => network.close());
  const file = await librarySource(t);
  const place = { file, network, options: liveOptionsFor(file, network.url), others: liveOptionsFor(file, direct) };
  await startMove(place.others);
  return place;
}

/** From a named step on, the network swallows every byte and tells nobody. */
const silentFrom = ({ options, network }: Place, at: string): StartOptions => ({
  ...options,
  onStep: ((step: string) => {
    if (step === at) network.stall();
  }) as StartOptions['onStep'] & {},
});

/** The command ends without the network coming back. */
async function endsUnaided<T>(command: Promise<T>): Promise<T> {
  const end = new AbortController();
  const hangs = delay(HANGING_MS, undefined, { signal: end.signal }).then(() => {
    throw new Error('the command waits for a network that is gone');
  });
  hangs.catch(() => {});
  return Promise.race([command, hangs]).finally(() => end.abort());
}

const attemptOf = async (file: string): Promise<unknown> => (await withSqlite(file, readMoveState))?.attempt;

/** What every server does as long as writes are held. */
async function openByOthers({ file, others }: Place): Promise<void> {
  while (!(await writableSides(file, others.postgresUrl)).includes('postgres')) {
    await withSqlite(file, (sqlite) => recover(sqlite, others));
    await delay(50);
  }
}

describe('a network that falls silent in a switch', { skip: server().skip, concurrency: false }, () => {
  test('T-58: in the pause of a cutover, at each step: the switch is given up at its limit, and the file serves before anybody mends the network', {
    timeout: 240_000,
  }, async (t) => {
    const place = await placeOf(t);
    const { file, network, others } = place;
    for (const step of ['prepared', 'held', 'drained', 'verified', 'sequences']) {
      await assert.rejects(
        endsUnaided(cutover(silentFrom(place, step), LIMIT)),
        { code: 'FC_MOVE_GIVEN_UP', message: /The pause reached its limit of 3000 ms/, why: /SQLite serves on/ },
        step,
      );
      assert.equal(await attemptOf(file), undefined, step);
      assert.deepEqual(await writableSides(file, others.postgresUrl), ['sqlite'], step);
      onSqlite(file, (db) => db.exec(`INSERT INTO book (author_id, body, pages) VALUES (1, 'after ${step}', 1)`));
      network.restore();
    }
    assert.equal((await cutover(place.options, PATIENT)).primary, 'postgres');
  });

  test('T-58: in the pause of a rollback, at each step: PostgreSQL is opened by whoever reaches it, and the command ends, before anybody mends the network', {
    timeout: 240_000,
  }, async (t) => {
    const place = await placeOf(t);
    const { file, network, others } = place;
    await cutover(others, PATIENT);
    for (const step of ['registered', 'held', 'drained', 'verified']) {
      let isFenced = false;
      const options = silentFrom(place, step);
      const command = endsUnaided(
        rollback(
          {
            ...options,
            async onStep(at: string) {
              await options.onStep?.(at as never);
              isFenced ||= at === step;
            },
          },
          LIMIT,
        ),
      );
      const refused = assert.rejects(
        command,
        { code: 'FC_MOVE_GIVEN_UP', why: /PostgreSQL is the primary, as before, but could not be opened/ },
        step,
      );
      while (!isFenced) await delay(10);
      await openByOthers(place);
      await refused;
      assert.equal(await attemptOf(file), undefined, step);
      assert.deepEqual(await writableSides(file, others.postgresUrl), ['postgres'], step);
      await onPostgres(others.postgresUrl, (client) =>
        client.query(`INSERT INTO book (author_id, body, pages) VALUES (1, 'after ${step}', 1)`),
      );
      network.restore();
    }
    assert.equal((await rollback(place.options, PATIENT)).primary, 'sqlite');
  });

  test('once SQLite has everything, a rollback needs no network any more: the file serves, and the command ends', {
    timeout: 120_000,
  }, async (t) => {
    const place = await placeOf(t);
    await cutover(place.others, PATIENT);
    await onPostgres(place.others.postgresUrl, (client) => client.query('UPDATE book SET stars = 4 WHERE id = 1'));
    assert.equal((await endsUnaided(rollback(silentFrom(place, 'sequences'), PATIENT))).primary, 'sqlite');
    onSqlite(place.file, (db) => assert.equal(db.prepare('SELECT stars FROM book WHERE id = 1').get()?.stars, 4));
    assert.deepEqual(await writableSides(place.file, place.others.postgresUrl), ['sqlite']);
  });

  test('once a cutover is decided, its command ends with what is to be done, and whoever reaches PostgreSQL opens it', {
    timeout: 120_000,
  }, async (t) => {
    const place = await placeOf(t);
    await assert.rejects(endsUnaided(cutover(silentFrom(place, 'decided'), PATIENT)), {
      code: 'FC_DB_UNREACHABLE',
      message: /decided, but PostgreSQL could not be opened/,
    });
    await openByOthers(place);
    assert.deepEqual(await writableSides(place.file, place.others.postgresUrl), ['postgres']);
    assert.equal((await cutover(place.others, PATIENT)).wasDone, true);
  });

  test('before the pause a switch ends too, and nobody waited: when it begins, and while it waits for a lock', {
    timeout: 120_000,
  }, async (t) => {
    const place = await placeOf(t);
    const { file, network, options, others } = place;
    network.stall();
    await assert.rejects(endsUnaided(cutover(options, LIMIT)), { code: 'FC_DB_UNREACHABLE' });
    network.restore();
    await onPostgres(others.postgresUrl, async (client) => {
      await client.query('BEGIN; SELECT FROM flashcase_move.side FOR UPDATE');
      const refused = assert.rejects(endsUnaided(cutover(options, LIMIT)), {
        code: 'FC_MOVE_GIVEN_UP',
        message: /PostgreSQL has not answered for 10 s/,
      });
      const isWaiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
      while ((await onPostgres(others.postgresUrl, (other) => other.query(isWaiting))).rowCount === 0) await delay(20);
      network.stall();
      await client.query('ROLLBACK');
      await refused;
    });
    assert.deepEqual(await writableSides(file, others.postgresUrl), ['sqlite']);
    network.restore();
    assert.equal((await cutover(options, PATIENT)).primary, 'postgres');
  });

  test('somebody who keeps the file locked holds a rollback up no longer than its pause may last, and PostgreSQL serves although he still does', {
    timeout: 120_000,
  }, async (t) => {
    const { file, others } = await placeOf(t);
    await cutover(others, PATIENT);
    const stranger = new DatabaseSync(file);
    t.after(() => stranger.close());
    let isLocked = false;
    const options = {
      ...others,
      onStep: ((step: string) => {
        if (step !== 'sequences') return;
        stranger.exec('BEGIN IMMEDIATE');
        isLocked = true;
      }) as StartOptions['onStep'] & {},
    };
    const refused = assert.rejects(rollback(options, LIMIT), { code: 'FC_MOVE_GIVEN_UP' });
    while (!isLocked) await delay(10);
    const write = (): Promise<boolean> =>
      onPostgres(others.postgresUrl, (client) => client.query('UPDATE book SET stars = 4 WHERE id = 1')).then(
        () => true,
        () => false,
      );
    assert.equal(await write(), false);
    while (!(await write())) await delay(50);
    assert.notEqual(await attemptOf(file), undefined, 'nobody could write the file meanwhile');
    stranger.exec('ROLLBACK');
    await refused;
    assert.equal(await attemptOf(file), undefined);
    assert.equal((await rollback(others, PATIENT)).primary, 'sqlite');
    onSqlite(file, (db) => assert.equal(db.prepare('SELECT stars FROM book WHERE id = 1').get()?.stars, 4));
  });
});

describe('a network that falls silent while one side follows', { skip: server().skip, concurrency: false }, () => {
  for (const direction of ['forward', 'reverse'] as const)
    test(`T-58: ${direction}: the follower says so and carries on by itself afterwards, and the status ends too`, {
      timeout: 120_000,
    }, async (t) => {
      const { file, network, options, others } = await placeOf(t);
      if (direction === 'reverse') await cutover(others, PATIENT);
      const write = async (stars: number): Promise<unknown> =>
        direction === 'forward'
          ? onSqlite(file, (db) => db.exec(`UPDATE book SET stars = ${stars} WHERE id = 1`))
          : onPostgres(others.postgresUrl, (client) => client.query(`UPDATE book SET stars = ${stars} WHERE id = 1`));
      const carried = async (): Promise<unknown> =>
        direction === 'forward'
          ? onPostgres(
              others.postgresUrl,
              async (client) => (await client.query('SELECT stars FROM book WHERE id = 1')).rows[0]?.stars,
            )
          : onSqlite(file, (db) => db.prepare('SELECT stars FROM book WHERE id = 1').get()?.stars);
      const until = async (stars: number): Promise<void> => {
        while (Number(await carried()) !== stars) await delay(20);
      };
      const stop = new AbortController();
      const trouble: string[] = [];
      const events: FollowEvents = { onTrouble: ({ code, message }) => void trouble.push(`${code} ${message}`) };
      const following = follow(options, stop.signal, events);
      try {
        await write(2);
        await until(2);
        network.stall();
        await write(3);
        const status = await endsUnaided(moveStatus(options));
        assert.equal(status.side, undefined);
        assert.match(status.problems.join(' '), /PostgreSQL cannot be reached/);
        const told = async (): Promise<void> => {
          while (trouble.length === 0) await delay(20);
        };
        await endsUnaided(told());
        assert.match(trouble[0] ?? '', /^FC_DB_UNREACHABLE PostgreSQL has not answered for 8 s/);
        network.restore();
        await until(3);
      } finally {
        stop.abort();
        await following;
      }
    });
});

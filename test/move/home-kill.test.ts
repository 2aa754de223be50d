// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, linkSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../../src/engine/engine.ts';
import { capabilities } from '../../src/engine/postgres/capabilities.ts';
import { abortHome } from '../../src/move/home/run-home.ts';
import { abortStart } from '../../src/move/home/start-home.ts';
import { withPostgres } from '../../src/move/live/sides.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { refuseInMove } from '../../src/revisions/underway-move.ts';
import { newestServers } from '../support/database.ts';
import { homeOptions, libraryServer, storedIn } from './home-pair.ts';
import { onTarget, server, servers } from './library.ts';

const child = fileURLToPath(new URL('./home-child.ts', import.meta.url));

interface Ended {
  readonly wasKilled: boolean;
  readonly last: string;
}

/** Runs a move home in a child, killed at a step, or after some milliseconds, or not at all. */
async function runChild(
  url: string,
  file: string,
  kill: { step?: string; afterMs?: number; isLive?: boolean } = {},
): Promise<Ended> {
  const running = spawn(process.execPath, [child, url, file, kill.step ?? '', kill.isLive === true ? 'live' : ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  running.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const timer = kill.afterMs === undefined ? undefined : setTimeout(() => running.kill('SIGKILL'), kill.afterMs);
  const [, signal] = (await once(running, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return { wasKilled: signal === 'SIGKILL', last: output.trim().split('\n').at(-1) ?? '' };
}

const writes = (url: string): Promise<boolean> =>
  onTarget(url, "UPDATE shelf SET note = note WHERE room = 'r'").then(
    () => true,
    () => false,
  );

/** What a file of the same PostgreSQL is when nobody was killed. */
async function undisturbed(url: string, file: string): Promise<string> {
  const other = `${file}.undisturbed`;
  assert.equal((await runChild(url, other)).last, 'finished');
  const stored = storedIn(other);
  await usedAgain(url, other);
  return stored;
}

/** PostgreSQL and the name are free for the next move. */
async function usedAgain(url: string, file: string): Promise<void> {
  rmSync(file);
  await onTarget(url, 'DROP SCHEMA flashcase_home CASCADE');
}

const onlyFile = (file: string): void => assert.deepEqual(readdirSync(dirname(file)), [basename(file)]);

describe('a move home that is killed', { concurrency: false }, () => {
  test('at each named step: PostgreSQL stays closed, the file has its name only when it is whole, and the same command ends it', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t, 500);
    const whole = await undisturbed(url, file);
    for (const step of ['fenced', 'tables', 'table book', 'copied', 'made', 'verified', 'publishing', 'named', 'left']) {
      assert.equal((await runChild(url, file, { step })).wasKilled, true, step);
      const hasName = existsSync(file);
      assert.equal(hasName, step === 'named' || step === 'left', step);
      if (hasName) assert.equal(storedIn(file), whole, step);
      assert.equal(await writes(url), false, step);
      assert.equal((await runChild(url, file)).last, hasName ? 'was done' : 'finished', step);
      assert.equal(storedIn(file), whole, step);
      onlyFile(file);
      assert.equal(await writes(url), false, step);
      await usedAgain(url, file);
    }
  });

  test('between the two names of the file: it is the primary, and the same command only tells PostgreSQL so', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t, 500);
    await runChild(url, file, { step: 'publishing' });
    linkSync(`${file}.coming-home`, file);
    await assert.rejects(abortHome(homeOptions(url, file), false), { code: 'FC_MOVE_STATE' });
    assert.equal((await runChild(url, file)).last, 'was done');
    onlyFile(file);
  });

  test('before the file has its name, abort opens PostgreSQL again as it was', { skip: server().skip }, async (t) => {
    const { url, file } = await libraryServer(t, 500);
    for (const step of ['fenced', 'table book', 'made', 'publishing']) {
      await runChild(url, file, { step });
      assert.equal(await writes(url), false, step);
      await assert.rejects(
        withPostgres(url, (connection) => refuseInMove(connection, { capabilities, location: 'here' } as Engine)),
        { code: 'FC_MOVE_UNDERWAY' },
      );
      await abortHome(homeOptions(url, file), false);
      assert.equal(await writes(url), true, step);
      assert.deepEqual(readdirSync(dirname(file)), [], step);
    }
    assert.equal((await runChild(url, file)).last, 'finished');
  });

  test('live, at each step of its start: PostgreSQL serves all the time, and the same command goes on; abort leaves no trace', {
    skip: server().skip,
  }, async (t) => {
    const { url, file } = await libraryServer(t, 200);
    const options = homeOptions(url, file);
    for (const step of ['recorded', 'captured', 'table book', 'verified', 'following']) {
      assert.equal((await runChild(url, file, { step, isLive: true })).wasKilled, true, step);
      assert.equal(await writes(url), true, step);
      assert.equal(existsSync(file), false, step);
      await withPostgres(url, (postgres) => abortStart(postgres, options));
      assert.deepEqual(readdirSync(dirname(file)), [], step);
      assert.equal((await onTarget(url, "SELECT 1 FROM pg_trigger WHERE tgname LIKE 'flashcase%'")).length, 0, step);
      await runChild(url, file, { step, isLive: true });
      await onTarget(url, `INSERT INTO shelf VALUES ('between', '${step}', NULL)`);
    }
    await runChild(url, file, { step: 'named', isLive: true });
    await onTarget(url, "INSERT INTO shelf VALUES ('between', 'named', NULL)");
    assert.equal((await runChild(url, file, { isLive: true })).last, 'was done');
    onlyFile(file);
    assert.equal((await verifyLive(options, { events: options.events, isParanoid: true })).isEqual, true);
    assert.equal((await rollback(options, { limitMs: 9000 })).primary, 'sqlite');
    assert.match(storedIn(file), /named/);
  });

  for (const target of newestServers(servers())) {
    test(`at random moments, again and again: the file at the end is that of an undisturbed move (${target.name})`, {
      skip: target.skip,
    }, async (t) => {
      const rounds = Number(process.env.FLASHCASE_ROUNDS ?? 4);
      const { url, file } = await libraryServer(t, 20_000, target);
      const whole = await undisturbed(url, file);
      let killed = 0;
      for (;;) {
        const { wasKilled, last } = await runChild(url, file, killed < rounds ? { afterMs: 200 + randomInt(1500) } : {});
        if (wasKilled) {
          killed++;
          if (existsSync(file)) assert.equal(storedIn(file), whole);
        } else {
          assert.match(last, /finished|was done/);
          break;
        }
      }
      t.diagnostic(`killed ${killed} times`);
      assert.equal(storedIn(file), whole);
      onlyFile(file);
      assert.equal(await writes(url), false);
    });
  }
});

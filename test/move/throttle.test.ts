// slow
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/db/clock.ts';
import { installSqliteCapture } from '../../src/move/capture/sqlite-capture.ts';
import { carriedTables } from '../../src/move/carried-tables.ts';
import { appendLatency, latencyFolderOf, removeLatency } from '../../src/move/latency/latency-files.ts';
import { Gathered } from '../../src/move/latency/latency-record.ts';
import { readRestMarks } from '../../src/move/latency/rest-mark.ts';
import type { ThrottleSetting } from '../../src/move/latency/users-limit.ts';
import { follow } from '../../src/move/live/follow.ts';
import { withSqlite } from '../../src/move/live/sides.ts';
import { startMove } from '../../src/move/live/start.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { setThrottle, Throttle } from '../../src/move/live/throttle.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { recordEvent } from '../../src/move/state/events.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { Timestamp } from '../../src/schema/timestamp.ts';
import { LedgerInstallation } from '../support/ledger-installation.ts';
import { freshTarget, library, server } from './library.ts';
import { librarySource, liveOptionsFor, onSqlite, PATIENT } from './live.ts';

const SLOW_MS = 900;
const FAST_MS = 5;

/** What a server writes that has just answered requests, each in so many milliseconds. */
async function answered(file: string, nowMs: number, times: readonly number[]): Promise<void> {
  const [reads, writes] = [new Gathered(), new Gathered()];
  for (const ms of times) reads.record(ms, 'answered');
  const record = { from: nowMs - 2000, to: nowMs, reads: reads.take(), writes: writes.take() };
  await appendLatency(file, 'a-server', { fine: [record], minutes: [] });
}

/** A server that answers like that until the test ends. */
async function serving(t: TestContext, file: string, ms: number): Promise<void> {
  const answer = (): Promise<void> => answered(file, Date.now(), Array(50).fill(ms));
  await answer();
  // At the end of the test the folder goes before the timer does.
  const timer = setInterval(() => void answer().catch(() => {}), 500);
  t.after(() => clearInterval(timer));
}

interface Bench {
  readonly file: string;
  readonly told: string[];
  /** Times of requests that were answered just now; whatever was before is forgotten. */
  users(...times: number[]): Promise<void>;
  set(setting: ThrottleSetting): Promise<void>;
  /** Milliseconds rested after work of so many. @param inRest called at each slice of a rest. */
  rested(workedMs: number, mostMs?: number, inRest?: (throttle: Throttle, slept: number) => Promise<void>): Promise<number>;
  pass(ms: number): void;
}

/** A file in a move that began a minute ago, and a clock moved by hand. */
async function onBench(t: TestContext, work: (bench: Bench) => Promise<void>): Promise<void> {
  const file = await librarySource(t, 10);
  let ms = Date.now() - 3_600_000;
  const clock: Clock = { now: () => Timestamp.fromMicros(BigInt(ms) * 1000n) };
  await withSqlite(file, async (sqlite) => {
    await installSqliteCapture(sqlite, carriedTables(library, []), { runId: 'mv-1', target: 'here', epoch: 1 });
    await recordEvent(sqlite, clock, 'started');
    ms += 60_000;
    const options = { ...liveOptionsFor(file, 'postgresql://nowhere/'), clock };
    const told: string[] = [];
    await work({
      file,
      told,
      pass: (passed) => {
        ms += passed;
      },
      async users(...times) {
        rmSync(join(latencyFolderOf(file), 'a-server.fine'), { force: true });
        if (times.length > 0) await answered(file, ms, times);
      },
      set: async (setting) => void (await setThrottle(options, setting)),
      async rested(workedMs, mostMs = 60_000, inRest = async () => {}) {
        let slept = 0;
        const throttle = new Throttle(
          sqlite,
          options,
          'copy',
          (text) => told.push(text),
          async (slice) => {
            slept += slice;
            await inRest(throttle, slept);
          },
        );
        await throttle.rest(workedMs, mostMs);
        assert.equal(throttle.restedMs, slept);
        await throttle.end();
        return slept;
      },
    });
  });
}

const many = (ms: number): number[] => Array(50).fill(ms);

describe('a move rests while its users wait', () => {
  test('while users wait longer than they may, a tenth of the time is worked, and no rest is longer than it may be', async (t) => {
    await onBench(t, async ({ users, rested, told }) => {
      await users(...many(SLOW_MS));
      assert.equal(await rested(1000), 9000);
      assert.equal(await rested(20_000, 10_000), 10_000);
      assert.match(told[0] ?? '', /^The p99 of users’ requests is 9\d\d ms, above 200 ms: the move works a tenth of the time/);
    });
  });

  test('without load nothing rests: fast answers, no answers, nothing measured at all', async (t) => {
    await onBench(t, async ({ users, rested, told, file }) => {
      await users(...many(FAST_MS));
      assert.equal(await rested(1000), 0);
      await users();
      assert.equal(await rested(1000), 0);
      removeLatency(file);
      assert.equal(await rested(1000), 0);
      assert.deepEqual(told, []);
      assert.equal(existsSync(latencyFolderOf(file)), false);
    });
  });

  test('a rest ends as soon as users are served faster, and is shown while it lasts', async (t) => {
    await onBench(t, async ({ file, users, rested, told, pass }) => {
      await users(...many(SLOW_MS));
      let shown: unknown[] = [];
      const slept = await rested(1000, 60_000, async (throttle, soFar) => {
        if (soFar < 300) return;
        const nowMs = Date.now() - 3_600_000 + 60_000;
        shown = (await readRestMarks(file, nowMs)).map(({ doing, measure, limitMs }) => [doing, measure, limitMs]);
        pass(11_000);
        await users(...many(FAST_MS));
        await throttle.look();
      });
      assert.equal(slept, 300);
      assert.deepEqual(shown, [['copy', 'p99', 200]]);
      assert.match(told[1] ?? '', /^Users are served fast enough/);
      assert.deepEqual(await readRestMarks(file, 0), [], 'nothing is left of it');
    });
  });

  test('the limit is what was set, or twice what users felt before the move and never below 100 ms', async (t) => {
    await onBench(t, async ({ file, users, rested, set, pass, told }) => {
      await users(...many(SLOW_MS));
      for (const [setting, ms] of [
        ['off', 0],
        [1000, 0],
        [500, 9000],
        ['auto', 9000],
      ] as const) {
        await set(setting);
        assert.equal(await rested(1000), ms, String(setting));
      }
      // Of the hour before the move.
      const before = (ms: number): Promise<void> => answered(file, Date.now() - 3_700_000, many(ms));
      await before(600);
      assert.equal(await rested(1000), 0, 'twice 600 ms');
      await users(...many(150));
      await before(20);
      assert.equal(await rested(1000), 9000);
      assert.match(told.at(-1) ?? '', /is 1[45]\d ms, above 100 ms \(p99 before the move: 20 ms\)/);
      pass(1);
    });
  });

  test('one slow request among few, as a sign-in is, lets nothing rest; half of few do', async (t) => {
    await onBench(t, async ({ users, rested, told }) => {
      await users(SLOW_MS, FAST_MS, FAST_MS, FAST_MS);
      assert.equal(await rested(1000), 0);
      await users(SLOW_MS, SLOW_MS, SLOW_MS, FAST_MS);
      assert.equal(await rested(1000), 9000);
      assert.match(told[0] ?? '', /^The median of users’ few requests/);
    });
  });
});

const timeout = 180_000;

describe('a live move and the users’ latency', { skip: server().skip }, () => {
  for (const [users, ms] of [
    ['slow', SLOW_MS],
    ['fast', FAST_MS],
  ] as const)
    test(`a copy with ${users} users ${ms === SLOW_MS ? 'rests between its pieces, says so, and comes to its end all the same' : 'does not rest'}`, {
      timeout,
    }, async (t) => {
      const url = await freshTarget(t);
      const file = await librarySource(t, 1000);
      const notes: string[] = [];
      let seen: ReturnType<typeof moveStatus> | undefined;
      const options = liveOptionsFor(file, url, { rowsPerCheckpoint: 100 });
      const events = { ...options.events, note: (text: string) => notes.push(text) };
      const { copy } = await startMove({
        ...options,
        events,
        // What was measured before is what users were used to.
        whenBegun: () => serving(t, file, ms),
        onStep(step: string) {
          if (step === 'range book 5') seen = moveStatus(options);
        },
      });
      const rests = (await seen)?.rests ?? [];
      assert.equal((await verifyLive(options, { events: options.events, isParanoid: false })).isEqual, true);
      if (ms === FAST_MS) {
        assert.deepEqual([copy?.restedSeconds, notes, rests], [0, [], []]);
        return;
      }
      assert.ok((copy?.restedSeconds ?? 0) > 0);
      assert.match(notes.join(), /The p99 of users’ requests is \d+ ms, above 200 ms/);
      assert.deepEqual(
        rests.map(({ doing, by, limitMs }) => [doing, by, limitMs]),
        [['copy', options.by, 200]],
      );
      assert.deepEqual((await moveStatus(options)).rests, [], 'it is over');
    });

  for (const [users, ms] of [
    ['slow', SLOW_MS],
    ['fast', FAST_MS],
  ] as const)
    test(`a follower with ${users} users ${ms === SLOW_MS ? 'rests between its batches, and everything arrives; a switch does not rest' : 'does not rest'}`, {
      timeout,
    }, async (t) => {
      const url = await freshTarget(t);
      const file = await librarySource(t, 5000);
      const options = liveOptionsFor(file, url);
      await startMove(options);
      await serving(t, file, ms);
      const stop = new AbortController();
      t.after(() => stop.abort());
      const told: string[] = [];
      const following = follow(options, stop.signal, { onPhase: (text) => told.push(text) });
      const hasRested = (): boolean => told.some((text) => text.includes('p99'));
      for (let i = 0; i < 2 || (ms === SLOW_MS && !hasRested()); i++) {
        onSqlite(file, (db) => db.exec(`UPDATE book SET stars = ${i % 5}, pages = ${i}`));
        while ((await moveStatus(options)).behind !== 0) await delay(20);
      }
      assert.equal(hasRested(), ms === SLOW_MS, told.join());
      if (ms === SLOW_MS)
        assert.deepEqual(
          (await moveStatus(options)).rests.map(({ doing }) => doing),
          ['follow'],
        );
      assert.equal((await cutover(options, PATIENT)).primary, 'postgres');
      stop.abort();
      await following;
      assert.deepEqual((await moveStatus(options)).rests, []);
      assert.equal((await verifyLive(options, { events: options.events, isParanoid: false })).isEqual, true);
    });

  test('requests to a real server slow the move down; status says so; throttle shows and sets the limit', {
    timeout,
  }, async (t) => {
    const installation = await LedgerInstallation.create(server(), 2);
    t.after(() => installation.end());
    const { base } = await installation.serve();
    const token = installation.students[0]?.token;
    let isStudying = true;
    const studying = (async () => {
      while (isStudying) {
        const answer = await fetch(`${base}/api/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } });
        await answer.arrayBuffer();
        assert.equal(answer.status, 200);
        await delay(10);
      }
    })();
    await delay(3000);
    await installation.done('start', '--to', installation.targetUrl);
    const shown = async (...words: string[]): Promise<{ setting: unknown; limitMs?: number; beforeMs?: number }> =>
      JSON.parse(await installation.done('throttle', '--json', ...words));
    let auto = await shown();
    // The server writes what it knows of the time before within seconds.
    while (auto.beforeMs === undefined) auto = await shown();
    assert.equal(auto.setting, 'auto');
    assert.ok((auto.limitMs ?? 0) >= 100);
    assert.deepEqual(await shown('--p99', '1ms'), { event: 'throttle', setting: 1, limitMs: 1, beforeMs: auto.beforeMs });
    const written = (name: string): unknown =>
      onSqlite(installation.file, (db) =>
        db
          .prepare(
            `WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 3000)
             INSERT INTO deck (name, created_at, updated_at) SELECT ? || i, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000' FROM s`,
          )
          .run(name),
      );
    type Rests = { doing: string; since: string; ms: number; limitMs: number }[];
    const rests = async (): Promise<Rests> => (JSON.parse(await installation.done('status', '--json')) as { rests: Rests }).rests;
    let found: Rests = [];
    for (let i = 0; found.length === 0; i++) {
      written(`deck ${i} `);
      found = await rests();
    }
    assert.deepEqual(
      found.map(({ doing, limitMs, ms }) => [doing, limitMs, ms > 1]),
      [['follow', 1, true]],
    );
    assert.match(
      await installation.done('status'),
      /\n {2}rests {5}carrying since [\d-]+ [\d:]+: The p99 of users’ requests is [\d.]+ ms, above 1 ms; it works a tenth of the time\n/,
    );
    assert.match(await installation.done('throttle', '--off'), /^The move never rests/);
    while ((await rests()).length > 0) await delay(200);
    assert.match(await installation.done('status'), /\n {2}rests {5}never, whatever users feel/);
    for (const words of [
      ['--p99', 'fast'],
      ['--p99', '2m'],
      ['--p99', '0'],
      ['--p99', '200ms', '--off'],
    ]) {
      const { code, err } = await installation.move('throttle', ...words);
      assert.deepEqual([code, /FC_INPUT_INVALID/.test(err)], [1, true], words.join(' '));
    }
    isStudying = false;
    await studying;
    await installation.done('verify');
  });
});

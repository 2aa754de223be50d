import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';

const HOUR_MS = 3_600_000;

describe('the clock of a server', () => {
  test('follows a machine that slept or whose clock was set forward, in the same process', (t) => {
    const clock = systemClock();
    const before = clock.now().micros;
    const { now } = Date;
    t.mock.method(Date, 'now', () => now() + 8 * HOUR_MS);
    const slept = clock.now().micros - before;
    assert.ok(slept >= 28_800_000_000n - 1000n && slept < 28_800_000_000n + 60_000_000n, `${slept} µs later`);
  });

  test('rises by less than the time that passes after its machine’s was set back by seconds, and agrees again; by an hour, it is right at once', (t) => {
    const { now } = Date;
    let steady = 1000;
    let real = now();
    t.mock.method(Date, 'now', () => real);
    t.mock.method(performance, 'now', () => steady);
    const pass = (ms: number): void => {
      steady += ms;
      real += ms;
    };
    const clock = systemClock();
    const before = clock.now().micros;
    real -= 10_000;
    pass(1000);
    assert.ok(Math.abs(Number(clock.now().micros - before) - 500_000) <= 1000);
    pass(30_000);
    assert.ok(Math.abs(Number(clock.now().micros) / 1000 - real) <= 1);
    real += HOUR_MS;
    clock.now();
    real -= HOUR_MS;
    assert.ok(Math.abs(Number(clock.now().micros) / 1000 - real) <= 1);
  });

  test('two calls at once differ, and each is within the millisecond of the machine’s clock', () => {
    const clock = systemClock();
    let last = 0n;
    for (let i = 0; i < 20_000; i++) {
      const from = BigInt(Date.now()) * 1000n;
      const { micros } = clock.now();
      const to = BigInt(Date.now() + 1) * 1000n;
      assert.ok(micros > last);
      assert.ok(micros >= from && micros < to + 1000n, `${micros} is not between ${from} and ${to}`);
      last = micros;
    }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverRounds } from '../durability/server-rounds.ts';
import { engines } from '../support/database.ts';
import { chooseRounds, chooseSeed } from '../support/load.ts';

const rounds = chooseRounds(200);

for (const target of engines()) {
  test(`D1: ${rounds} kills of the server on ${target.name}: what clients were told stays, once`, {
    skip: target.skip,
    timeout: 36_000_000,
  }, async (context) => {
    const place = await target.fresh();
    const seed = chooseSeed();
    try {
      const { startMs, ...report } = await serverRounds(place, { rounds, seed });
      const slowest = startMs.toSorted((a, b) => a - b)[Math.floor(startMs.length * 0.95)];
      context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}; restart p95 ${slowest} ms`);
      assert.deepEqual(report.violations, []);
      assert.equal(report.rounds, rounds);
    } finally {
      await place.drop();
    }
  });
}

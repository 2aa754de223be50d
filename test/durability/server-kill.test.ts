// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { engines, newestServers } from '../support/database.ts';
import { chooseSeed } from '../support/load.ts';
import { ENOUGH, serverRounds } from './server-rounds.ts';

for (const target of newestServers(engines())) {
  describe(`kill -9 of the server on ${target.name}`, { skip: target.skip }, () => {
    test('D1: what clients were told stays, once: reviews, cards, sign-ups, states and counters; a repeated review is one review', async (context) => {
      const place = await target.fresh();
      const seed = chooseSeed();
      try {
        const report = await serverRounds(place, { rounds: target.name === 'sqlite' ? 8 : 4, seed, killAfterMs: [20, 500] });
        context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
        assert.deepEqual(report.violations, []);
        assert.ok(report.ok >= ENOUGH, 'the load wrote too little to show anything');
        assert.ok(report.retried > 0);
      } finally {
        await place.drop();
      }
    });
  });
}

test('D1 control: a server that answers before its commit is caught over HTTP too', async (context) => {
  const [sqlite] = engines();
  assert.ok(sqlite !== undefined);
  const place = await sqlite.fresh();
  const seed = chooseSeed();
  try {
    const preload = new URL('./early-acknowledgement.ts', import.meta.url).href;
    const report = await serverRounds(place, { rounds: 20, seed, killAfterMs: [50, 300], preload });
    context.diagnostic(`seed ${seed}: caught in round ${report.rounds}: ${report.violations[0] ?? 'not'}`);
    assert.match(report.violations[0] ?? '', /^lost: /);
  } finally {
    await place.drop();
  }
});

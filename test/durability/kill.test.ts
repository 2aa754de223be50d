// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { engines, newestServers } from '../support/database.ts';
import { chooseSeed } from '../support/load.ts';
import { killRounds } from './kill-rounds.ts';

for (const target of newestServers(engines())) {
  describe(`kill -9 at engine level on ${target.name}`, { skip: target.skip }, () => {
    test('D1: no acknowledged write is lost, none is doubled, none is half done', async (context) => {
      const place = await target.fresh();
      const seed = chooseSeed();
      try {
        const report = await killRounds(place, { rounds: 10, leastAcknowledged: 51, seed, killAfterMs: [5, 400] });
        context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
        assert.deepEqual(report.violations, []);
        assert.ok(report.ok > 50, 'the load wrote too little to show anything');
        assert.ok(report.fail > 0 && report.unknown > 0);
      } finally {
        await place.drop();
      }
    });

    test('D1 control: a server that answers before its commit is caught by the same check', async (context) => {
      const place = await target.fresh();
      const seed = chooseSeed();
      try {
        const report = await killRounds(place, { rounds: 60, seed, sabotage: 'early', killAfterMs: [5, 150] });
        context.diagnostic(`seed ${seed}: caught in round ${report.rounds}: ${report.violations[0] ?? 'not'}`);
        assert.match(report.violations[0] ?? '', /^lost: /);
      } finally {
        await place.drop();
      }
    });
  });
}

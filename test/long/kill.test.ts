import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { killRounds } from '../durability/kill-rounds.ts';
import { engines } from '../support/database.ts';
import { powerCutFolder, withoutPowerCuts } from '../support/faults.ts';
import { chooseRounds, chooseSeed } from '../support/load.ts';

const rounds = chooseRounds(200);

for (const target of engines()) {
  test(`D1: ${rounds} kills at engine level on ${target.name}: nothing acknowledged is lost, nothing doubled, nothing half done`, {
    skip: target.skip,
  }, async (context) => {
    const place = await target.fresh();
    const seed = chooseSeed();
    try {
      const report = await killRounds(place, { rounds, seed });
      context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
      context.diagnostic(
        `upper bound of the chance of a failure per kill, 95 % confidence: ${(300 / report.rounds).toFixed(2)} %`,
      );
      assert.deepEqual(report.violations, []);
      assert.equal(report.rounds, rounds);
    } finally {
      await place.drop();
    }
  });
}

describe('power cuts on sqlite', { skip: withoutPowerCuts() }, () => {
  test(`D3: ${rounds} power cuts with synchronous = FULL: every acknowledged write is there`, {
    timeout: 36_000_000,
  }, async (context) => {
    const disk = powerCutFolder();
    const seed = chooseSeed();
    try {
      const report = await killRounds(
        { url: `sqlite:///${join(disk.path, 'flashcase.db')}` },
        { rounds, seed, afterKill: disk.cut },
      );
      context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
      assert.deepEqual(report.violations, []);
      assert.equal(report.rounds, rounds);
    } finally {
      disk.remove();
    }
  });
});

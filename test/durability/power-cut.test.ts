import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { powerCutFolder, withoutPowerCuts } from '../support/faults.ts';
import { chooseSeed } from '../support/load.ts';
import { killRounds } from './kill-rounds.ts';

describe('power cuts on sqlite', { skip: withoutPowerCuts() }, () => {
  test('D3: with synchronous = FULL every acknowledged write is there after the power failed', async (context) => {
    const disk = powerCutFolder();
    const seed = chooseSeed();
    try {
      const place = { url: `sqlite:///${join(disk.path, 'flashcase.db')}` };
      const report = await killRounds(place, {
        rounds: 5,
        seed,
        killAfterMs: [50, 400],
        afterKill: disk.cut,
      });
      context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
      assert.deepEqual(report.violations, []);
      assert.ok(report.ok > 20, 'the load wrote too little to show anything');
    } finally {
      disk.remove();
    }
  });

  test('D3 control: the same server in synchronous = NORMAL loses acknowledged writes', async (context) => {
    const disk = powerCutFolder();
    const seed = chooseSeed();
    try {
      const place = { url: `sqlite:///${join(disk.path, 'flashcase.db')}` };
      const report = await killRounds(place, {
        rounds: 5,
        seed,
        sabotage: 'normal',
        killAfterMs: [50, 400],
        afterKill: disk.cut,
      });
      context.diagnostic(
        `seed ${seed}: caught in round ${report.rounds}, ${report.violations.length} of ${report.ok} acknowledged writes gone`,
      );
      assert.match(report.violations[0] ?? '', /^lost: /);
    } finally {
      disk.remove();
    }
  });
});

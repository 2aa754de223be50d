// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSeed, seededRandom } from '../support/load.ts';
import { killRounds } from './log-kills.ts';

/** A kill right after a copy, or before the first window, leaves nothing undated: then it is tried again. */
const MOST_RUNS = 4;

test('a server that is killed at any moment goes on with its log, or says where the gap is: every moment that is offered is restored exactly', async (t) => {
  let undated = 0;
  for (let run = 1; undated === 0; run++) {
    assert.ok(run <= MOST_RUNS, 'no kill left anything undated');
    const seed = chooseSeed();
    const { exact, refused, chains, stretches, told } = await killRounds(t, {
      rounds: 3,
      moments: 12,
      random: seededRandom(seed),
    });
    t.diagnostic(
      `seed ${seed}: ${exact} exact, ${refused} in a gap or an undated stretch, of which there were ${stretches}, ${chains} logs`,
    );
    assert.ok(exact > 0, told.join(' | '));
    undated = stretches;
  }
});

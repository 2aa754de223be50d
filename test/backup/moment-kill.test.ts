// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { powerCutFolder, withoutPowerCuts } from '../support/faults.ts';
import { chooseSeed, seededRandom } from '../support/load.ts';
import { killRounds } from './log-kills.ts';

test('a server that is killed at any moment goes on with its log, or says where the gap is: every moment that is offered is restored exactly', async (t) => {
  const seed = chooseSeed();
  const { exact, refused, chains, stretches, told } = await killRounds(t, { rounds: 3, moments: 12, random: seededRandom(seed) });
  t.diagnostic(
    `seed ${seed}: ${exact} exact, ${refused} in a gap or an undated stretch, of which there were ${stretches}, ${chains} logs`,
  );
  assert.ok(exact > 0, told.join(' | '));
  assert.ok(stretches > 0, 'no kill left anything undated');
});

test('a server whose power fails at any moment: what was acknowledged is in its log or in a gap that is told, every moment that is offered is restored exactly', {
  skip: withoutPowerCuts(),
}, async (t) => {
  const disk = powerCutFolder();
  // After what was opened there is closed.
  t.after(() => disk.remove());
  const seed = chooseSeed();
  const { exact, refused, chains, stretches, told } = await killRounds(t, {
    rounds: 3,
    moments: 12,
    random: seededRandom(seed),
    disk,
  });
  t.diagnostic(
    `seed ${seed}: ${exact} exact, ${refused} in a gap or an undated stretch, of which there were ${stretches}, ${chains} logs`,
  );
  assert.ok(exact > 0, told.join(' | '));
});

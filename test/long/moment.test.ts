import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killRounds } from '../backup/log-kills.ts';
import { powerCutFolder, withoutPowerCuts } from '../support/faults.ts';
import { chooseRounds, chooseSeed, seededRandom } from '../support/load.ts';

test('B2: a server killed again and again: random moments of all its life are restored exactly, or lie in a gap that is told', async (t) => {
  const seed = chooseSeed();
  const rounds = chooseRounds(20);
  const { exact, refused, chains, stretches } = await killRounds(t, { rounds, moments: 50, random: seededRandom(seed) });
  t.diagnostic(
    `seed ${seed}: ${rounds} kills, ${exact} exact, ${refused} in a gap or an undated stretch, of which there were ${stretches}, ${chains} logs`,
  );
  assert.ok(exact > 0);
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

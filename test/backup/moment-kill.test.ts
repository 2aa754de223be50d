// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSeed, seededRandom } from '../support/load.ts';
import { killRounds } from './log-kills.ts';

test('a server that is killed at any moment goes on with its log, or says where the gap is: every moment that is offered is restored exactly', async (t) => {
  const seed = chooseSeed();
  const { exact, refused, chains, stretches, told } = await killRounds(t, { rounds: 3, moments: 12, random: seededRandom(seed) });
  t.diagnostic(
    `seed ${seed}: ${exact} exact, ${refused} in a gap or an undated stretch, of which there were ${stretches}, ${chains} logs`,
  );
  assert.ok(exact > 0, told.join(' | '));
});

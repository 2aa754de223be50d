import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshTarget, servers } from '../move/library.ts';
import type { Verb } from '../move/live.ts';
import { type KillRound, killLiveMove, STEPS } from '../move/live-kill.ts';
import { chooseRounds, chooseSeed, seededRandom } from '../support/load.ts';

const rounds = chooseRounds(200);
/** Kills of one move; the next begins with a fresh target. */
const A_MOVE = 40;

for (const target of servers()) {
  test(`T-36 T-59: ${rounds} kills of the commands of live moves at random moments, and one at each named step: one side is writable, no acknowledged write is lost or doubled (${target.name})`, {
    skip: target.skip,
    timeout: 36_000_000,
  }, async (t) => {
    const verbs: readonly Verb[] = ['start', 'cutover', 'rollback', 'cutover', 'rollback'];
    const seed = chooseSeed();
    t.diagnostic(`seed ${seed}`);
    const random = seededRandom(seed);
    const named = Object.entries(STEPS).flatMap(([verb, steps]) =>
      steps.map((step): KillRound => ({ verb: verb as Verb, kill: { step } })),
    );
    assert.equal(await killLiveMove(t, await freshTarget(t, target), named), named.length);
    let hit = 0;
    for (let tried = 0; tried < rounds; tried += A_MOVE) {
      const round = (i: number): KillRound => ({
        verb: verbs[i % verbs.length] as Verb,
        kill: { afterMs: 300 + Math.floor(random() * 1200) },
      });
      hit += await killLiveMove(
        t,
        await freshTarget(t, target),
        Array.from({ length: Math.min(A_MOVE, rounds - tried) }, (_, i) => round(i)),
      );
    }
    t.diagnostic(`${hit} of ${rounds} kills hit a running command`);
    assert.ok(hit > 0);
  });
}

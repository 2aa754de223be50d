// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshTarget } from './library.ts';
import type { Verb } from './live.ts';
import { type KillRound, killLiveMove, STEPS } from './live-kill.ts';

test('T-36 T-59: a live move killed at each of its named steps goes on by the same command; one side is writable, no acknowledged write is lost or doubled', {
  timeout: 420_000,
}, async (t) => {
  const rounds = Object.entries(STEPS).flatMap(([verb, steps]) =>
    steps.map((step): KillRound => ({ verb: verb as Verb, kill: { step } })),
  );
  const killed = await killLiveMove(t, await freshTarget(t), rounds);
  assert.equal(killed, rounds.length);
});

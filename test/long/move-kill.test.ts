import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killMove } from '../move/kill-move.ts';
import { contentOf, freshTarget, optionsFor, server, verified } from '../move/library.ts';
import { chooseRounds } from '../support/load.ts';

const rounds = chooseRounds(200);

test(`T-36: ${rounds} kills of a move at random moments: each time the same command goes on, and the target equals an uninterrupted run`, {
  skip: server().skip,
  timeout: 36_000_000,
}, async (t) => {
  let expected: string | undefined;
  for (let kills = 0; kills < rounds; ) {
    const { file, url, killed } = await killMove(t, await freshTarget(t), 10);
    kills += Math.max(1, killed);
    assert.equal((await verified(optionsFor(file, url))).isEqual, true);
    expected ??= await contentOf(url);
    assert.equal(await contentOf(url), expected);
  }
});

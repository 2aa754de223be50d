import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notRun, startBackedUp } from '../physical/clusters.ts';
import { assertMoment, between, writeAlong } from '../physical/exact.ts';
import { chooseRounds, chooseSeed, seededRandom } from '../support/load.ts';

test('B2: each of 50 random moments of a whole PostgreSQL gives exactly what was committed by then, and a server that writes', {
  skip: notRun,
  timeout: 7_200_000,
}, async (t) => {
  const seed = chooseSeed();
  const random = seededRandom(seed);
  const rounds = chooseRounds(50);
  const written = await writeAlong(await startBackedUp(t), 20);
  let exact = 0;
  for (let i = 0; i < rounds; i++) {
    await assertMoment(written, between(written.from, written.to, random()));
    exact++;
  }
  t.diagnostic(`seed ${seed}: ${exact} of ${rounds} moments exact, among ${written.marks.count} commits`);
  assert.equal(exact, rounds);
});

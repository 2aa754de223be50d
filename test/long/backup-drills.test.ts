import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nights } from '../backup/nights.ts';

test('B4: 30 nights in a row under a simulated clock: a backup, a real restore and its checks, green each time', async (t) => {
  const { green, kept } = await nights(t, 30);
  t.diagnostic(`${green} green, ${kept} backups kept`);
  assert.equal(green, 30);
  // 14 days, and the ends of weeks and months before them.
  assert.ok(kept >= 14 && kept <= 20, `${kept} kept`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { installation } from '../backup/backups.ts';
import { findFlips } from '../backup/damage.ts';
import { chooseRounds, chooseSeed, seededRandom } from '../support/load.ts';

const rounds = chooseRounds(1000);

test(`B1: ${rounds} bytes flipped in a backup, one at a time, are all found before the live file is touched`, async (t) => {
  const { file, options } = await installation(t, { students: 5, cards: 2000 });
  await backupNow(options);
  const seed = chooseSeed();
  const random = seededRandom(seed);
  const found = await findFlips(options, file, rounds, (below) => Math.floor(random() * below));
  t.diagnostic(`seed ${seed}: ${JSON.stringify(found)}`);
  assert.equal(
    Object.values(found).reduce((sum, count) => sum + count, 0),
    rounds,
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashRounds, withoutOwnPostgres } from '../durability/postgres-crash.ts';
import { chooseRounds, chooseSeed } from '../support/load.ts';

const rounds = chooseRounds(200);

test(`D2: PostgreSQL is killed ${rounds} times under load: nothing acknowledged is lost, writes resume without a restart of FlashCase`, {
  skip: withoutOwnPostgres(),
  timeout: 36_000_000,
}, async (context) => {
  const seed = chooseSeed();
  const report = await crashRounds(rounds, seed, {});
  context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
  assert.deepEqual(report.violations, []);
  assert.ok(report.slowestResumeMs <= 15_000);
});

// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseSeed } from '../support/load.ts';
import { crashRounds, withoutOwnPostgres } from './postgres-crash.ts';

describe('kill -9 of PostgreSQL under load', { skip: withoutOwnPostgres() }, () => {
  test('D2: nothing acknowledged is lost, and writes resume without a restart of FlashCase', async (context) => {
    const seed = chooseSeed();
    const report = await crashRounds(3, seed, {});
    context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
    assert.deepEqual(report.violations, []);
  });

  test('D2: also on a server that says synchronous_commit = off nothing acknowledged is lost', async (context) => {
    const seed = chooseSeed();
    const report = await crashRounds(3, seed, { synchronous_commit: 'off' });
    context.diagnostic(`seed ${seed}: ${JSON.stringify(report)}`);
    assert.deepEqual(report.violations, []);
  });

  test('D2 control: with synchronous_commit = off in its transactions the same kills lose acknowledged writes', async (context) => {
    const seed = chooseSeed();
    const report = await crashRounds(10, seed, {}, 'off');
    context.diagnostic(`seed ${seed}: caught in round ${report.rounds}: ${report.violations.length} of ${report.acknowledged}`);
    assert.match(report.violations[0] ?? '', /^lost: /);
  });
});

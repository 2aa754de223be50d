import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Ended } from './ledger-installation.ts';
import type { RoundReport } from './ledger-round.ts';

function figures(context: TestContext, report: RoundReport, seed: number): void {
  const { counts, fresh, stranger } = report;
  context.diagnostic(
    `seed ${seed}: ${counts.acknowledged} writes of clients and ${stranger.acknowledged} of another program acknowledged, ${counts.failed.length} requests failed, ${counts.reads + fresh.reads} answers looked at, ${counts.wrong.length + fresh.problems.length} wrong; pauses ${report.pausesMs.join(', ')} ms, ${report.givenUp} switches given up, slowest request ${Math.round(counts.longestMs)} ms, ${Math.round(report.seconds)} s`,
  );
}

/** Nothing failed, nothing was answered wrongly, and what was acknowledged is there, once. */
export function requireNothingLost(context: TestContext, report: RoundReport, seed: number): void {
  figures(context, report, seed);
  const { counts, fresh, stranger } = report;
  assert.deepEqual(counts.failed.slice(0, 5), []);
  assert.deepEqual(counts.wrong.slice(0, 5), []);
  assert.deepEqual(fresh.problems.slice(0, 5), []);
  assert.deepEqual(report.violations.slice(0, 5), []);
  assert.ok(stranger.acknowledged > 0, 'the other program wrote while SQLite was the primary');
  assert.ok(stranger.refused > 0, 'the fence refused it while PostgreSQL was');
  assert.equal(report.pausesMs.filter((ms) => ms > 0).length, 3);
}

/** The control: the same ledger names what was lost, and nothing else. */
export function requireLost(context: TestContext, report: RoundReport & { readonly status: Ended }, seed: number): void {
  figures(context, report, seed);
  assert.deepEqual(report.counts.failed.slice(0, 5), []);
  const [lost, others] = [
    report.violations.filter((line) => /^lost: w0c9999t\d+ was acknowledged and is not stored$/.test(line)),
    report.violations.filter((line) => !line.includes('w0c9999')),
  ];
  context.diagnostic(`${lost.length} lost writes were named`);
  assert.ok(lost.length > 0, 'the loss was seen');
  assert.ok(
    others.every((line) => /handed out twice|not shown/.test(line)),
    others.slice(0, 5).join('\n'),
  );
  assert.match(report.status.out, /^ {2}problem {3}Trigger flashcase_move_\w+ of table \w+ is gone\./m);
}

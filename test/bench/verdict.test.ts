import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from '../../src/ops/bench/actions.ts';
import type { BenchResult } from '../../src/ops/bench/bench-result.ts';
import { percentiles, type StepFigures, stepOf } from '../../src/ops/bench/figures.ts';
import { drawAction, mixOf } from '../../src/ops/bench/mix.ts';
import { gridOf } from '../../src/ops/bench/plot.ts';
import { requestsIn } from '../../src/ops/bench/read-metrics.ts';
import { seededRandom } from '../../src/ops/bench/seeded-random.ts';
import { type Basis, reachOf, type SideCurve, usersOf, verdictOf } from '../../src/ops/bench/verdict.ts';
import { basisLines } from '../../src/ops/bench/words.ts';

const basis: Basis = { goalMs: 100, reviewsPerDay: 100, peak: 4, answerShare: 0.5 };

interface Point {
  readonly clients: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly writes?: number;
  readonly failed?: number;
  readonly rounds?: readonly number[];
}

function step({ clients, perSecond, p99Ms, writes = 1000, failed = 0, rounds }: Point): StepFigures {
  const figures = { requests: 2000, p50Ms: p99Ms / 4, p95Ms: p99Ms / 2, p99Ms };
  return {
    clients,
    perSecond,
    perSecondOfRounds: rounds ?? [perSecond, perSecond],
    requests: 2000,
    sent: 2400,
    failed,
    seconds: 2000 / perSecond,
    all: figures,
    writes: { ...figures, requests: writes },
    routes: {},
    cost: { serverCpuSeconds: 1, serverRssBytes: 1, poolWaits: 0, poolWaitSeconds: 0 },
  };
}

const curve = (name: string, ...points: readonly Point[]): SideCurve => ({ name, steps: points.map(step) });

/** One that misses the goal at 16 clients; it got 400 requests a second before. */
const sqlite = curve(
  'SQLite',
  { clients: 1, perSecond: 100, p99Ms: 10 },
  { clients: 4, perSecond: 400, p99Ms: 40 },
  { clients: 16, perSecond: 500, p99Ms: 180 },
);

test('users are the load of the busiest hour, by answers a day, their share of the requests, and the peak', () => {
  // 100 answers are 200 requests a day; the busiest hour has four times the average: 200 × 4 ÷ 86 400 a second each.
  assert.equal(usersOf(400, basis), Math.floor((400 * 86_400) / 800));
});

test('a side reaches as far as its last step within the goal; what ends it is told apart', () => {
  assert.deepEqual(reachOf(sqlite, basis), { perSecond: 400, clients: 4, users: 43_200, end: 'goal' });
  const full = curve('A', { clients: 1, perSecond: 300, p99Ms: 10 }, { clients: 4, perSecond: 310, p99Ms: 40 });
  assert.equal(reachOf(full, basis).end, 'full');
  const open = curve('A', { clients: 1, perSecond: 100, p99Ms: 10 }, { clients: 4, perSecond: 390, p99Ms: 12 });
  assert.equal(reachOf(open, basis).end, 'open');
  // A slow moment at a smaller load is no end of a side that carries more.
  const slowAtFirst = curve(
    'A',
    { clients: 1, perSecond: 100, p99Ms: 140 },
    { clients: 4, perSecond: 390, p99Ms: 12 },
    { clients: 16, perSecond: 900, p99Ms: 30 },
  );
  assert.deepEqual(reachOf(slowAtFirst, basis).end, 'open');
  const faster = curve('B', ...[1, 4, 16].map((clients) => ({ clients, perSecond: 200 * clients, p99Ms: 10 })));
  const early = verdictOf(slowAtFirst, faster, basis);
  assert.equal(early.finding, 'not-reached');
  assert.match(early.reasons[0] as string, /its end was not reached/);
  const none = curve('A', { clients: 1, perSecond: 100, p99Ms: 200 });
  assert.deepEqual(reachOf(none, basis), { perSecond: undefined, clients: undefined, users: undefined, end: 'goal' });
});

test('the verdict says from how many users the move pays, and that it cannot tell where the steps do not show it', () => {
  const better = curve(
    'PostgreSQL',
    { clients: 1, perSecond: 80, p99Ms: 12 },
    { clients: 4, perSecond: 300, p99Ms: 20 },
    { clients: 16, perSecond: 900, p99Ms: 60 },
  );
  const pays = verdictOf(sqlite, better, basis);
  assert.equal(pays.finding, 'pays');
  assert.match(pays.text, /pays from about 43\u202f000 active users/);
  assert.match(pays.reasons[0] as string, /at 16 clients 99 of 100 writes took up to 180 ms/);
  assert.match(pays.reasons[1] as string, /its end was not reached/);

  const worse = curve('PostgreSQL', { clients: 1, perSecond: 80, p99Ms: 12 }, { clients: 4, perSecond: 200, p99Ms: 120 });
  assert.equal(verdictOf(sqlite, worse, basis).finding, 'not-faster');

  const same = curve('PostgreSQL', { clients: 1, perSecond: 100, p99Ms: 10 }, { clients: 4, perSecond: 420, p99Ms: 20 });
  assert.equal(verdictOf(sqlite, same, basis).finding, 'within-noise');
  const noisy = curve(
    'PostgreSQL',
    { clients: 1, perSecond: 100, p99Ms: 10 },
    { clients: 4, perSecond: 600, p99Ms: 20, rounds: [400, 800] },
  );
  assert.equal(verdictOf(sqlite, noisy, basis).finding, 'within-noise', 'rounds that differ by two thirds hide a half');

  const early = curve('SQLite', { clients: 1, perSecond: 100, p99Ms: 10 }, { clients: 4, perSecond: 390, p99Ms: 12 });
  const open = verdictOf(early, better, basis);
  assert.equal(open.finding, 'not-reached');
  assert.match(open.text, /^Not within the tried load: SQLite holds the goal up to about 42\u202f000 active users/);

  const slow = curve('SQLite', { clients: 1, perSecond: 10, p99Ms: 200 });
  assert.equal(verdictOf(slow, better, basis).finding, 'pays-at-once');
  assert.equal(verdictOf(slow, curve('PostgreSQL', { clients: 1, perSecond: 10, p99Ms: 300 }), basis).finding, 'neither');
});

test('there is no verdict of requests that failed, and none of too few writes for a 99th percentile', () => {
  const fails = curve('PostgreSQL', { clients: 1, perSecond: 100, p99Ms: 10, failed: 21 });
  const failed = verdictOf(sqlite, fails, basis);
  assert.equal(failed.finding, 'failed');
  assert.match(failed.text, /^No verdict: more than 1 % of the requests failed on PostgreSQL/);
  const few = verdictOf(sqlite, curve('PostgreSQL', { clients: 1, perSecond: 100, p99Ms: 10, writes: 199 }), basis);
  assert.equal(few.finding, 'too-few');
  assert.match(few.text, /199 on PostgreSQL at 1 client\. Measure longer/);
});

test('percentiles are of the requests themselves, and rounds of a step are put together', () => {
  assert.equal(percentiles([]), undefined);
  const times = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.deepEqual(percentiles(times), { requests: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99 });
  const none = Object.fromEntries(ACTIONS.map((action) => [action, [] as number[]])) as Record<
    (typeof ACTIONS)[number],
    number[]
  >;
  const sent = Object.fromEntries(ACTIONS.map((action) => [action, 1])) as Record<(typeof ACTIONS)[number], number>;
  const cost = { serverCpuSeconds: 1, serverRssBytes: 5, poolWaits: 2, poolWaitSeconds: 0.5, writtenBytes: 10 };
  const together = stepOf(4, [
    { latencies: { ...none, answer: [1, 2] }, failed: 0, seconds: 1, sent, cost },
    { latencies: { ...none, answer: [3], decks: [9] }, failed: 1, seconds: 3, sent, cost: { ...cost, databaseCpuSeconds: 1 } },
  ]);
  assert.deepEqual([together.requests, together.perSecond, together.perSecondOfRounds, together.failed], [4, 1, [2, 2 / 3], 1]);
  assert.deepEqual([together.writes?.requests, together.writes?.p99Ms, together.all?.p99Ms], [3, 3, 9]);
  assert.deepEqual(
    [together.cost.writtenBytes, together.cost.databaseCpuSeconds],
    [20, undefined],
    'a part that is not known makes no sum',
  );
});

test('the mix is what a server has counted, or the documented one where that says too little', () => {
  const line = (method: string, route: string, status: number, count: number): string =>
    `flashcase_http_requests_total{method="${method}",route="${route}",status="${status}"} ${count}`;
  const text = [
    line('POST', '/api/v1/study/review/:card_id', 200, 1490),
    line('POST', '/api/v1/study/review/:card_id', 404, 10),
    line('GET', '/api/v1/stats/days', 200, 500),
    line('GET', '/api/v1/auth/session', 200, 500),
    line('GET', '/health', 200, 90_000),
  ].join('\n');
  const mix = mixOf(requestsIn(text));
  assert.deepEqual([mix.from, mix.counted, mix.leftOut], ['recorded', 2500, 0.2]);
  assert.deepEqual([mix.shares.answer, mix.shares.statistics, mix.shares.queue], [75, 25, 0]);
  assert.equal(mixOf(undefined).from, 'documented');
  assert.equal(mixOf(requestsIn(line('POST', '/api/v1/study/review/:card_id', 200, 999))).from, 'documented');
  const random = seededRandom(3);
  const drawn = Array.from({ length: 4000 }, () => drawAction(mix, random));
  assert.deepEqual([...new Set(drawn)].toSorted(), ['answer', 'statistics']);
  const again = seededRandom(3);
  assert.deepEqual(
    Array.from({ length: 4000 }, () => drawAction(mix, again)),
    drawn,
    'the same seed draws the same',
  );
});

test('what the verdict rests on says where the load had fewer people than clients', () => {
  const result = (students: number) =>
    basisLines({
      basis,
      mix: mixOf(undefined),
      plan: { clients: [1, 16], seconds: 1, warmUpSeconds: 1, rounds: 1 },
      machine: { cpu: '', cores: 2, memoryBytes: 1, system: '', loadBefore: 0 },
      data: { users: 1, cards: 1, reviews: 1, students, comparedRows: 1, modelled: undefined },
    } as unknown as BenchResult).join(' ');
  assert.match(result(3), /acted as 3 people, fewer than its 16 clients/);
  assert.doesNotMatch(result(16), /fewer than/);
});

test('a plot’s grid has few and round values, above the greatest', () => {
  assert.deepEqual(gridOf(870, 3, false), [0, 500, 1000]);
  assert.deepEqual(gridOf(180, 7, true), [1, 10, 100, 1000]);
  assert.deepEqual(gridOf(1, 1, true), [1, 10]);
});

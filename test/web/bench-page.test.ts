import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { ACTIONS } from '../../src/ops/bench/actions.ts';
import type { BenchResult, MeasuredSide } from '../../src/ops/bench/bench-result.ts';
import { stepOf } from '../../src/ops/bench/figures.ts';
import { mixOf } from '../../src/ops/bench/mix.ts';
import { benchPage } from '../../src/ops/bench/page.ts';
import { seededRandom } from '../../src/ops/bench/seeded-random.ts';
import { verdictOf } from '../../src/ops/bench/verdict.ts';
import { findings } from './axe.ts';
import { everydayScreens, notHere, openBrowser } from './browser.ts';

const HOSTILE = '<img src=x onerror="document.title=1">&amp;';
const CLIENTS = [1, 4, 16, 64];

const perAction = <T>(value: (action: (typeof ACTIONS)[number]) => T): Record<(typeof ACTIONS)[number], T> =>
  Object.fromEntries(ACTIONS.map((action) => [action, value(action)])) as Record<(typeof ACTIONS)[number], T>;

/** A side that answers so many at best, each client waiting for the ones before it. */
function side(engine: 'sqlite' | 'postgres', where: string, best: number, waitMs: number): MeasuredSide {
  const random = seededRandom(best);
  const sent = perAction(() => 1000);
  return {
    engine,
    name: engine === 'sqlite' ? 'SQLite' : 'PostgreSQL',
    where,
    version: engine === 'sqlite' ? 'SQLite 3.53.4' : 'PostgreSQL 18.4',
    diskBytesBefore: 120_000_000,
    diskBytes: 188_000_000,
    sent,
    counted: sent,
    steps: CLIENTS.map((clients) => {
      const latencies = perAction(() => Array.from({ length: 300 }, () => waitMs * clients * (0.5 + random())));
      const seconds = 2100 / Math.min(best, 180 * clients);
      const cost = {
        serverCpuSeconds: 2,
        serverRssBytes: 210_000_000,
        poolWaits: 2000,
        poolWaitSeconds: 1.5,
        writtenBytes: 3_000_000,
        ...(engine === 'sqlite' ? {} : { databaseCpuSeconds: 1, databaseRssBytes: 90_000_000 }),
      };
      return stepOf(clients, [{ latencies, failed: 0, seconds, sent, cost }]);
    }),
  };
}

/** A comparison with text that would be a script where it is not escaped. */
function example(): BenchResult {
  const sides = [side('sqlite', `/srv/${HOSTILE}.db`, 900, 1.6), side('postgres', 'db1:5432/postgres', 2400, 0.9)] as const;
  const basis = { goalMs: 100, reviewsPerDay: 100, peak: 4, answerShare: 0.5 };
  return {
    at: '2026-11-27 12:00:00.000000',
    seed: 7,
    machine: { cpu: HOSTILE, cores: 4, memoryBytes: 16e9, system: 'linux x64 6.8', loadBefore: 3 },
    software: { flashcase: '0.1.0', node: '26.10.0' },
    data: {
      users: 64,
      cards: 3200,
      reviews: 12_800,
      students: 64,
      comparedRows: 40_000,
      modelled: { users: 64, reviewsPerUser: 200 },
    },
    mix: mixOf(undefined),
    plan: { clients: CLIENTS, seconds: 5, warmUpSeconds: 1, rounds: 3 },
    basis,
    sides,
    verdict: verdictOf(sides[0], sides[1], basis),
    isCountEqual: true,
  };
}

describe('the page of a comparison', { skip: notHere }, () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  for (const { screen, colorScheme, options, skip } of everydayScreens()) {
    it(`has no finding of axe, loads nothing, is no wider than the screen, and each plot has a table: ${screen}, ${colorScheme}`, {
      skip,
    }, async () => {
      const context = await browser.newContext({ ...options, colorScheme });
      const page = await context.newPage();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.setContent(benchPage(example()));
      await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
      assert.deepEqual(await findings(page), []);
      assert.deepEqual(asked, []);
      assert.equal(await page.title(), 'SQLite and PostgreSQL under the same load');
      assert.equal(await page.locator('img').count(), 0);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'));
      const plots = page.locator('figure');
      assert.equal(await plots.count(), 4);
      for (const plot of await plots.all()) {
        assert.equal(await plot.locator('svg.plot .line0 circle').count(), CLIENTS.length);
        assert.equal(await plot.locator('svg.plot .line1 rect').count(), CLIENTS.length);
        assert.equal(await plot.locator('tbody tr').count(), CLIENTS.length);
      }
      assert.ok(await page.getByText(/The move to PostgreSQL pays from about [\d\u202f]+ active users/).isVisible());
      await context.close();
    });
  }
});

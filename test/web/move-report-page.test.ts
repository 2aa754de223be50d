import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { Gathered } from '../../src/move/latency/latency-record.ts';
import { moveReport } from '../../src/move/report/move-report.ts';
import { reportPage } from '../../src/move/report/page.ts';
import { seal } from '../../src/move/report/seal.ts';
import { CHAIN_BEGIN, chainHash } from '../../src/move/state/event-chain.ts';
import type { MoveEvent } from '../../src/move/state/events.ts';
import { findings } from './axe.ts';
import { everydayScreens, notHere, openBrowser } from './browser.ts';

const HOSTILE = '<img src=x onerror="document.title=1">&amp;';

function record(...entries: readonly (readonly [kind: string, details: Record<string, unknown>])[]): MoveEvent[] {
  let chain = CHAIN_BEGIN;
  return entries.map(([kind, details], i) => {
    const event = { seq: i + 1, at: `2026-11-26 10:0${i}:00.000000`, kind, details };
    chain = chainHash(chain, { ...event, details: JSON.stringify(details) });
    return { ...event, chain };
  });
}

const felt = (ms: number, failed = false) => {
  const gathered = new Gathered();
  for (let i = 0; i < 5000; i++) gathered.record(ms + (i % 100), failed && i === 0 ? 'failed' : 'answered');
  return gathered.felt();
};

/** Everything a page can show, with text that would be a script where it is not escaped. */
function fullPage(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const phase = (name: string, ms: number, failed = false) => ({
    phase: name,
    from: '2026-11-26T10:00:00.000Z',
    to: '2026-11-26T10:05:00.000Z',
    all: felt(ms, failed),
    reads: felt(ms),
    writes: felt(ms * 2),
  });
  const tables = ['card', 'deck'].map((table) => ({
    table,
    rows: 1_204_311,
    sqlite: 'ab'.repeat(32),
    postgres: (table === 'deck' ? 'cd' : 'ab').repeat(32),
  }));
  const events = record(
    ['started', { runId: 'mv-1', target: 'db1:5432/flashcase', by: 'web1 pid 7' }],
    [
      'confirmed',
      {
        command: 'start',
        flags: [],
        user: HOSTILE,
        host: 'web1',
        pid: 7,
        through: 'terminal',
        versions: { flashcase: '0.1.0', node: '26.10.0' },
      },
    ],
    ['copied', { seconds: { prepare: 1, data: 2, finish: 3 } }],
    [
      'verified',
      { isEqual: false, primary: 'sqlite', rows: 2_408_622, seconds: 12.1, position: '88140', isParanoid: false, tables },
    ],
    ['given-up', { attempt: 'a', why: HOSTILE }],
    [
      'cutover',
      {
        epoch: 2,
        pauseMs: 218,
        keys: 6,
        sequences: 9,
        steps: [
          { name: 'held', atMs: 11 },
          { name: 'opened', atMs: 218 },
        ],
      },
    ],
    ['finished', { epoch: 2 }],
  );
  const report = moveReport({
    runId: 'mv-1',
    epoch: 2,
    madeAt: '2026-11-26 10:09:00.000000',
    sqliteFile: '/srv/flashcase.db',
    target: 'db1:5432/flashcase',
    software: { flashcase: '0.1.0', node: '26.10.0' },
    events,
    kept: { file: '/srv/flashcase.db.epoch2', sha256: 'ef'.repeat(32) },
    facts: {
      versions: { sqlite: '3.53.4', postgres: '18.4' },
      snapshot: { sha256: 'ef'.repeat(32), bytes: 4_000_000_000 },
      rules: { hash: 'aa'.repeat(32), decisions: [{ id: 'PLAN-1', table: 'card', column: 'front', remedy: HOSTILE } as never] },
      tables: tables.map(({ table, rows }) => ({ table, rows, copied: rows - 1, quarantined: 1 })),
      quarantine: { rows: 700, named: [{ table: 'card', key: `front=${HOSTILE}`, reason: 'text, NUL at 14' }] },
      felt: [phase('before the move', 4), phase('the cutover', 90, true), phase('SQLite follows, PostgreSQL serves', 5)],
    },
  });
  return reportPage(seal(report, privateKey));
}

describe('the page of a move’s report', { skip: notHere }, () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  for (const { screen, colorScheme, options, skip } of everydayScreens()) {
    it(`has no finding of axe, loads nothing, is no wider than the screen and escapes what is in the data: ${screen}, ${colorScheme}`, {
      skip,
    }, async () => {
      const context = await browser.newContext({ ...options, colorScheme });
      const page = await context.newPage();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.setContent(fullPage());
      assert.deepEqual(await findings(page), []);
      assert.deepEqual(asked, []);
      assert.equal(await page.title(), 'Move mv-1');
      assert.equal(await page.locator('img').count(), 0);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'));
      assert.ok((await page.getByText('700', { exact: true }).count()) > 0);
      await context.close();
    });
  }
});

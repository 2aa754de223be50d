import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { childEnv } from '../support/child-env.ts';
import type { Place } from '../support/database.ts';
import { keptAnswers, type Site, signUp, studyBy, type Visit, visit } from './browser.ts';

const main = resolve(fileURLToPath(import.meta.url), '../../../src/cli/main.ts');
export const READING_MS = 250;

/** Everything on the server follows from its log: what `study recompute` says, by its exit code. */
export function assertRecomputes(place: Place): void {
  const run = spawnSync(process.execPath, [main, 'study', 'recompute'], {
    cwd: mkdtempSync(join(tmpdir(), 'flashcase-recompute-')),
    env: {
      ...childEnv(),
      DATABASE_URL: place.url,
      ...(place.directUrl === undefined ? {} : { DATABASE_DIRECT_URL: place.directUrl }),
    },
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stdout + run.stderr);
}

/** How many rows one of the browser's stores has. */
export function inStore(page: Page, store: 'cards' | 'days' | 'people' | 'events' | 'refused'): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve, reject) => {
    const opening = indexedDB.open('flashcase');
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onerror = () => resolve(0);
    opening.onsuccess = () => {
      const asked = opening.result.transaction('${store}').objectStore('${store}').count();
      asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
      asked.onerror = () => reject(asked.error);
    };
  })`);
}

export async function until(page: Page, isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 300) throw new Error(`waited in vain: ${what}`);
    await page.waitForTimeout(100);
  }
}

/** The page, its scripts and the day's cards are in the browser: the connection may go. */
export async function untilReady(page: Page, cards: number): Promise<void> {
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  await until(page, async () => (await inStore(page, 'cards')) === cards, `${cards} cards are kept`);
}

/** A student with a deck whose cards are in the browser, on the page where it is studied. */
export async function beginStudying(site: Site, cards: number, settings: Record<string, unknown> = {}) {
  const opened = await visit(site, { serviceWorkers: 'allow' });
  const name = await signUp(opened.page);
  const deck = await makeCards(opened, cards);
  await studyBy(opened.page, { new_per_day: 100, ...settings });
  await opened.page.goto(`${deck}/study`);
  await untilReady(opened.page, cards);
  return { ...opened, name, deck };
}

async function makeCards({ page }: Visit, cards: number): Promise<string> {
  const created = await page.request.post('/api/v1/decks/', { data: { name: 'Torts' } });
  const { id } = (await created.json()) as { id: number };
  for (let index = 0; index < cards; index++)
    await page.request.post('/api/v1/cards/', { data: { deck_id: id, front: `q${index}`, back: `a${index}` } });
  return `/decks/${id}`;
}

/** Shows the answer and gives a grade, as fast as a reader may; the next card, or the end, is there when it returns. */
export async function answer(page: Page, grade: number, isOffline = true): Promise<void> {
  const kept = await keptAnswers(page);
  await page.getByRole('button', { name: 'Show answer' }).waitFor();
  await page.waitForTimeout(READING_MS);
  await page.keyboard.press('Space');
  await page.getByRole('heading', { name: 'Answer' }).waitFor();
  await page.waitForTimeout(READING_MS);
  await page.keyboard.press(String(grade));
  await page.getByRole('heading', { name: 'Answer' }).waitFor({ state: 'detached' });
  if (isOffline) assert.equal(await keptAnswers(page), kept + 1, 'the next card comes when the answer is kept');
}

/** Does not wait for the next try of its own. A page that has seen the connection come back has sent already, and asks nothing. */
export async function tryNow(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: 'Try now' })
    .click({ timeout: 2000 })
    .catch(() => undefined);
}

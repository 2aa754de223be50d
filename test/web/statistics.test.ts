// slow
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { Place } from '../support/database.ts';
import { findings } from './axe.ts';
import { DESKTOP, makeDeck, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';
import { fillYear } from './fill-year.ts';

const built = resolve(fileURLToPath(import.meta.url), '../../../web/dist');

describe('the page of the statistics', { skip: notHere }, () => {
  let site: Site;
  let place: Place;
  before(async () => {
    site = await openSite();
    place = site.place;
  });
  after(() => site.stop());

  /** Somebody with two decks and a year of reviews. */
  async function studied(page: Page): Promise<string> {
    const name = await signUp(page);
    const cards = (many: number) => Array.from({ length: many }, (_, index) => [`Question ${index + 1}`, 'back'] as const);
    const deck = await makeDeck(page, 'Torts', cards(8));
    await makeDeck(page, 'Contracts', cards(2));
    await fillYear(place, name);
    return deck;
  }

  it('walks through the calendar by arrow keys, and says the same in tables and files', async () => {
    const { page, complaints, close } = await visit(site, { ...DESKTOP, timezoneId: 'America/New_York' });
    await studied(page);
    await page.goto('/');
    await page.getByRole('link', { name: 'See your statistics' }).click();
    await page.getByRole('heading', { name: 'Statistics', exact: true }).and(page.locator(':focus')).waitFor();
    const days = await page.request.get('/api/v1/stats/days?zone=America/New_York&range=year').then((answer) => answer.json());
    const numberOf = (day: string) => Date.parse(day) / 86_400_000;
    const reviewsOn = (number: number): number =>
      days.days.find((row: { day: string; reviews: number }) => numberOf(row.day) === number)?.reviews ?? 0;

    const last = numberOf(days.to);
    const chosen = page.locator('[data-day][tabindex="0"]');
    await chosen.focus();
    let at = last;
    for (const [key, step] of [
      ['ArrowLeft', -7],
      ['ArrowUp', -1],
      ['ArrowLeft', -7],
      ['ArrowDown', 1],
      ['ArrowRight', 7],
    ] as const) {
      await page.keyboard.press(key);
      at += step;
      const cell = page.locator(`[data-day="${at}"]:focus`);
      await cell.waitFor();
      assert.match((await cell.getAttribute('aria-label')) ?? '', new RegExp(`: ${reviewsOn(at)} reviews?$`));
      assert.equal(await page.locator('.heat__said').textContent(), await cell.getAttribute('aria-label'));
    }
    await page.keyboard.press('Home');
    await page.locator(`[data-day="${last - 364}"]:focus`).waitFor();
    await page.keyboard.press('ArrowUp');
    await page.locator(`[data-day="${last - 364}"]:focus`).waitFor();
    await page.keyboard.press('End');
    await page.locator(`[data-day="${last}"]:focus`).waitFor();
    assert.equal(await chosen.count(), 1);

    // Every picture has its table and its file; the file is what the page was told.
    const files = page.getByRole('link', { name: 'Download as CSV' });
    await page.getByRole('heading', { name: 'Intervals' }).waitFor();
    await page.locator('.chart').nth(4).waitFor();
    assert.equal(await page.locator('.chart, .heat, .shares').count(), await page.locator('details.stats__table').count());
    for (const file of await files.all()) {
      const answer = await page.request.get((await file.getAttribute('href')) as string);
      assert.equal(answer.status(), 200);
      assert.match(answer.headers()['content-type'] as string, /^text\/csv/);
      assert.match(answer.url(), /zone=America%2FNew_York/);
    }
    await page.getByText('Show as a table: Calendar').click();
    const rows = page.locator('details[open] tbody tr');
    assert.equal(await rows.count(), days.days.filter((row: { reviews: number }) => row.reviews > 0).length);
    assert.deepEqual(complaints, []);
    await close();
  });

  it('shows one deck alone, keeps the choice in the address, and tells the history of a card, whose date can be changed there', async () => {
    const { page, complaints, close } = await visit(site, PHONE);
    const deck = await studied(page);
    await page.goto('/statistics');
    const reviews = page.getByText(/^\d+ reviews on \d+ days \(period: /);
    const all = Number((await reviews.textContent())?.split(' ')[0]);
    await page.getByLabel('Decks', { exact: true }).selectOption({ label: 'Torts' });
    await page.waitForURL(/deck=\d+/);
    await page.getByRole('heading', { name: 'Intervals' }).waitFor();
    const ofDeck = Number((await reviews.textContent())?.split(' ')[0]);
    assert.ok(ofDeck > 0 && ofDeck < all, `${ofDeck} of ${all}`);
    await page.getByLabel('Time, where a table goes back').selectOption({ label: 'all time' });
    await page.getByText(/^\d+ reviews on \d+ days \(period: all time\)/).waitFor();
    await page.reload();
    await page.getByText(/^\d+ reviews on \d+ days \(period: all time\)/).waitFor();

    await page.goto(deck);
    await page.getByRole('link', { name: 'History of Question 1', exact: true }).click();
    await page.getByRole('heading', { name: 'History of a card' }).and(page.locator(':focus')).waitFor();
    await page.getByRole('heading', { name: /^Due on .*: why this date$/ }).waitFor();
    await page.getByText(/^You answered “\w+” on \d+ \w+ 20\d\d\.$/).waitFor();
    assert.ok((await page.locator('tbody tr').count()) > 50);
    await page.getByText('Change the date', { exact: true }).click();
    await page.getByRole('button', { name: 'Make new again' }).click();
    await page.getByText('This card was made new again').waitFor();
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: /^Due on .*: why this date$/ }).waitFor();
    await page.getByLabel('Ask again in days').fill('400');
    await page.getByRole('button', { name: 'Set date' }).click();
    await page.getByText('The date was changed after that review.').waitFor();
    assert.deepEqual(await findings(page), []);
    await page.goto('/cards/999999/history');
    await page.getByRole('heading', { name: 'There is no such card' }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('scrolls in one direction only, on a phone and at 400 %', async () => {
    const { page, close } = await visit(site, { viewport: { width: 320, height: 256 } });
    const deck = await studied(page);
    await page.goto(deck);
    const history = await page.getByRole('link', { name: 'History of Question 1', exact: true }).getAttribute('href');
    for (const address of ['/statistics', history as string, '/']) {
      await page.goto(address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (address === '/statistics') await page.locator('.chart').nth(4).waitFor();
      const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      assert.ok((over as number) <= 0, `${address}: ${over} px`);
    }
    await close();
  });

  it('costs who only studies nothing: the first script stays below 150 kB, and the statistics come when they are asked for', () => {
    const first = /<script type="module"[^>]* src="\/(assets\/[^"]+)"/.exec(readFileSync(`${built}/index.html`, 'utf8'))?.[1];
    assert.ok(first !== undefined);
    const bytes = gzipSync(readFileSync(`${built}/${first}`)).length;
    assert.ok(bytes < 150_000, `${bytes} bytes`);
    assert.ok(readdirSync(`${built}/assets`).some((file) => /^statistics-.*\.js$/.test(file)));
    assert.ok(!readFileSync(`${built}/${first}`, 'utf8').includes('True retention'));
  });
});

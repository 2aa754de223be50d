// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { onBoth } from '../support/database.ts';
import { settingsFor } from '../support/fresh.ts';
import { findings } from './axe.ts';
import { makeDeck, notHere, openSite, type Site, signUp, visit } from './browser.ts';

const CARDS = 100_000;

for (const target of onBoth()) {
  describe(`the card browser with many cards, ${target.name}`, { skip: notHere || target.skip }, () => {
    let site: Site;
    before(async () => {
      site = await openSite(target);
    });
    after(() => site.stop());

    /** Cards of one deck, by one statement: how they were made is not what this is about. */
    async function plant(deckId: number): Promise<void> {
      const database = openDatabase(settingsFor(site.place), systemClock());
      try {
        await database.write(async ({ kysely, capabilities, clock }) => {
          const numbers = capabilities.isLocalFile
            ? sql`WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${CARDS}) SELECT n FROM numbers`
            : sql`SELECT n FROM generate_series(0, CAST(${CARDS} AS integer) - 1) AS numbers (n)`;
          const now = clock.now();
          await sql`INSERT INTO card (deck_id, front, back, created_at, updated_at)
            SELECT ${deckId}, 'Question ' || n, 'Answer ' || n, ${now}, ${now} FROM (${numbers}) AS numbers ORDER BY n`.execute(
            kysely,
          );
        });
      } finally {
        await database.close();
      }
    }

    it(`a hundred thousand cards: any row by keys or by scrolling, a few rows in the page, thousands changed and taken back as one (${target.name})`, async () => {
      const { page, complaints, close } = await visit(site);
      await signUp(page);
      await plant(Number((await makeDeck(page, 'Many', [])).split('/').at(-1)));
      await page.goto('/browse');
      const status = (text: string) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
      await status('100,000 cards');
      const box = (n: number) => page.getByRole('checkbox', { name: `Select Question ${n}`, exact: true });
      const focused = () => page.locator('[data-row]:focus').getAttribute('data-row');
      await box(0).focus();
      await page.keyboard.press('End');
      await box(99_999).waitFor();
      assert.equal(await focused(), '99999');
      assert.equal(await page.getByRole('row').last().getAttribute('aria-rowindex'), '100001');
      assert.equal(await page.getByRole('table').getAttribute('aria-rowcount'), '100001');
      await page.keyboard.press('PageUp');
      await page.keyboard.press('ArrowUp');
      assert.ok(Number(await focused()) < 99_998);
      await page.locator('.card-table').evaluate((table) => {
        table.scrollTop = 50_000 * 56;
      });
      await page.getByText('Question 50001', { exact: true }).waitFor();
      assert.ok((await page.getByRole('row').count()) < 60);
      assert.deepEqual(await findings(page), []);
      await box(50_001).focus();
      await page.keyboard.press('Home');
      await box(0).waitFor();
      assert.equal(await focused(), '0');

      await page.getByRole('button', { name: 'Select all' }).click();
      await status('100,000 cards, 100,000 selected');
      await page.getByRole('button', { name: 'Select none' }).click();
      await page.locator('.card-table').evaluate((table) => {
        table.scrollTop = 94_000 * 56;
      });
      await box(94_000).focus();
      await page.keyboard.press('Shift+End');
      await status('100,000 cards, 6,000 selected');
      await page.getByRole('button', { name: 'Set flag' }).click();
      await status('6,000 cards changed.');
      await page.locator('.card-table').getByText('Flag 1', { exact: true }).first().waitFor();
      await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
      await page.getByText('Taken back: 6,000 cards flagged.').waitFor();
      await page.locator('.card-table').getByText('Flag 1', { exact: true }).first().waitFor({ state: 'detached' });
      assert.deepEqual(complaints, []);
      await close();
    });
  });
}

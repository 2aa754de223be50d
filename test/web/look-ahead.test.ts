// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { DESKTOP, makeDeck, notHere, openSite, PHONE, type Site, signUp, studyBy, visit } from './browser.ts';
import { fillYear } from './fill-year.ts';

describe('the year ahead and catching up', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  for (const [name, options] of [
    ['phone, dark', { ...PHONE, colorScheme: 'dark' as const }],
    ['desktop, light', { ...DESKTOP, colorScheme: 'light' as const }],
  ] as const) {
    it(`what a retention takes is shown by key and as a table; easy days are kept; a plan is begun, seen, and taken back: ${name}`, async () => {
      const { page, complaints, close } = await visit(site, options);
      const check = async (what: string) => assert.deepEqual(await findings(page), [], what);
      const student = await signUp(page);
      const cards = Array.from({ length: 40 }, (_, card) => [`q${card}`, 'a'] as const);
      await makeDeck(page, 'Torts', cards);
      await studyBy(page, { scheduler: 'fsrs-6', reviews_per_day: 3 });
      await fillYear(site.place, student);

      await page.goto('/account');
      await page.getByText('What that takes over a year').click();
      await page.getByText(/^At 90 %: about .+ a day in the coming month/).waitFor();
      const slider = page.getByLabel(/Remember 90 %/);
      await slider.focus();
      await page.keyboard.press('ArrowRight');
      await page.getByText(/^At 91 %: about/).waitFor();
      await page.getByText(/^At your 90 %:/).waitFor();
      await page.getByRole('rowheader', { name: '90 % (yours)' }).waitFor();
      await page.getByText('Show as a table: Minutes a day at 91 %').click();
      assert.equal(await page.getByRole('region', { name: 'The coming year at 91 percent' }).getByRole('row').count(), 13);
      await page.getByText('Easy days').click();
      await page.getByLabel('Sunday').selectOption('none if possible');
      await page.getByLabel('Spread the reviews evenly').check();
      await check('the year ahead');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Saved.', { exact: true }).waitFor();
      await page.reload();
      await page.getByText('Easy days').click();
      assert.equal(await page.getByLabel('Sunday').inputValue(), '0');
      assert.ok(await page.getByLabel('Spread the reviews evenly').isChecked());

      await page.goto('/');
      await page.getByRole('link', { name: 'Plan how to catch up' }).click();
      await page.getByText(/cards? overdue, and \d+ due today\./).waitFor();
      await check('ways to catch up');
      await page.getByRole('button', { name: 'Begin the plan of 3 days' }).click();
      await page.getByRole('heading', { name: 'Your plan' }).waitFor();
      await page.getByText(/^On the way: nothing will be overdue after/).waitFor();
      await check('a plan');
      await page.getByRole('link', { name: 'All decks' }).click();
      await page.getByText(/^Catching up: \d+ reviews a day until/).waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('link', { name: 'Plan how to catch up' }).waitFor();
      assert.deepEqual(complaints, []);
      await close();
    });
  }
});

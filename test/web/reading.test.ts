// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { DESKTOP, makeDeck, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';

describe('how cards are set', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  for (const [name, options] of [
    ['desktop, light', { ...DESKTOP, colorScheme: 'light' }],
    ['phone, dark', { ...PHONE, colorScheme: 'dark' }],
  ] as const)
    it(`size and typeface are chosen under Account, seen at once, and kept over a reload before the first paint: ${name}`, async () => {
      const { page, complaints, close } = await visit(site, options);
      await signUp(page);
      const deck = await makeDeck(page, 'Torts', [
        ['Eggshell skull rule', `${'A tortfeasor takes his victim as he finds him. '.repeat(12)}`],
      ]);
      const sizeOfSample = async () =>
        Number(
          await page.evaluate('parseFloat(getComputedStyle(document.querySelector(".reading-sample .card-text")).fontSize)'),
        );
      await page.goto('/account');
      await page.locator('.reading-sample').waitFor();
      const normal = await sizeOfSample();
      await page.getByRole('radio', { name: 'Larger' }).check();
      await page.getByRole('radio', { name: /^Wide/ }).check();
      assert.ok((await sizeOfSample()) > normal * 1.4);
      assert.deepEqual(await findings(page), []);
      await page.goto(`${deck}/study`, { waitUntil: 'commit' });
      await page.locator('body').waitFor({ state: 'attached' });
      assert.deepEqual(await page.evaluate('({ ...document.documentElement.dataset })'), {
        textSize: 'larger',
        typeface: 'wide',
      });
      await page.getByText('1 new', { exact: true }).waitFor();
      await page.keyboard.press('Space');
      const good = page.getByRole('button', { name: /^Good, next/ });
      await good.waitFor();
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), true);
      assert.deepEqual(await findings(page), []);
      await page.goto('/account');
      await page.locator('.reading-sample').waitFor();
      await page.getByRole('radio', { name: 'Normal' }).check();
      assert.equal(await sizeOfSample(), normal);
      assert.deepEqual(complaints, []);
      await close();
    });
});

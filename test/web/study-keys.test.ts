// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { makeDeck, notHere, openSite, type Site, signUp, studyBy, untilSent, visit } from './browser.ts';

const READING_MS = 250;

describe('keys while studying', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('under Account keys of one character are switched off, for one person in this browser; Space, Enter and Ctrl+Z go on', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    await studyBy(page, { scheduler: 'sm2' });
    const deck = await makeDeck(page, 'Keys', [
      ['q0', 'a0'],
      ['q1', 'a1'],
      ['q2', 'a2'],
    ]);
    const question = (text: string) => page.locator('.study-card').getByText(text, { exact: true }).waitFor();
    const answer = () => page.getByRole('heading', { name: 'Answer' }).waitFor();
    /** Keys that do nothing: each is pressed, then the card is the same. */
    const areOff = async (keys: readonly string[], text: string) => {
      await page.waitForTimeout(READING_MS);
      for (const key of keys) await page.keyboard.press(key);
      // A mark is shown once the server has it.
      await page.waitForTimeout(READING_MS);
      await question(text);
      await page.getByText('More', { exact: true }).waitFor();
    };
    /** Chosen by keyboard alone: down from what is chosen. */
    const choose = async (from: string, label: string) => {
      await page.goto('/account');
      await page.getByRole('radio', { name: new RegExp(`^${from}`) }).focus();
      await page.keyboard.press('ArrowDown');
      assert.equal(await page.getByRole('radio', { name: new RegExp(`^${label}`) }).isChecked(), true);
      assert.deepEqual(await findings(page), []);
      await page.goto(`${deck}/study`);
    };

    await choose('All', '1 to 4 only');
    await question('q0');
    await areOff(['-', '@', 'f', '3'], 'q0');
    await page.keyboard.press('Space');
    await answer();
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('3');
    await question('q1');
    await areOff(['z', 'u'], 'q1');
    await page.keyboard.press('Control+z');
    await question('q0');
    await answer();

    await choose('1 to 4 only', 'None');
    await question('q0');
    await page.keyboard.press('Enter');
    await answer();
    assert.equal(await page.locator('.study-bar kbd, .marks kbd').count(), 0, 'no key is named that does nothing');
    assert.equal(await page.locator('.study-bar [aria-keyshortcuts], .marks [aria-keyshortcuts]').count(), 0);
    assert.deepEqual(await findings(page), []);
    await areOff(['1', '2', '3', '4', 'z', '-', '@', 'f'], 'q0');
    await page.keyboard.press('Space');
    await question('q1');
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('Control+z');
    await question('q0');

    // The next person at this browser has all keys.
    await untilSent(page);
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signUp(page);
    const other = await makeDeck(page, 'Other keys', [
      ['q0', 'a0'],
      ['q1', 'a1'],
    ]);
    await page.goto(`${other}/study`);
    await question('q0');
    await page.keyboard.press('-');
    await question('q1');
    assert.deepEqual(complaints, []);
    await close();
  });
});

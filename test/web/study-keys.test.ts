// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { makeDeck, notHere, openSite, PHONE, type Site, signUp, studyBy, untilSent, visit } from './browser.ts';

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

  it('under Account each key is chosen anew, by keyboard; a key that is taken is refused, and ? shows one’s own', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    await studyBy(page, { scheduler: 'sm2' });
    const deck = await makeDeck(page, 'Own keys', [
      ['q0', 'a0'],
      ['q1', 'a1'],
    ]);
    await page.goto('/account');
    const choose = async (name: string, key: string) => {
      await page.getByRole('button', { name: new RegExp(`^${name}: `) }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('Press a key …').waitFor();
      await page.keyboard.press(key);
    };
    await choose('Again', 'z');
    await page.getByText('Z is taken: Take back.').waitFor();
    await page.keyboard.press('Escape');
    await choose('Again', 'j');
    await page.getByText('Again: J.', { exact: true }).waitFor();
    await choose('Good', 'l');
    await page.getByText('Good: L.', { exact: true }).waitFor();
    await page.getByRole('checkbox', { name: /^Space and Enter show/ }).uncheck();
    assert.deepEqual(await findings(page), []);

    await page.goto(`${deck}/study`);
    const question = (text: string) => page.locator('.study-card').getByText(text, { exact: true }).waitFor();
    await question('q0');
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keys while studying' });
    await sheet.getByText('J', { exact: true }).waitFor();
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await page.keyboard.press('Space');
    await page.getByRole('heading', { name: 'Answer' }).waitFor();
    await page.waitForTimeout(READING_MS);
    // The keys of before do nothing, and Space rates no more.
    for (const key of ['1', '3', 'Space']) await page.keyboard.press(key);
    await page.keyboard.press('q');
    await page.getByRole('heading', { name: 'Question' }).and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: /^Good/ }).getByText('L', { exact: true }).waitFor();
    await page.waitForTimeout(READING_MS);
    await question('q0');
    await page.keyboard.press('l');
    await question('q1');
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('i');
    await page.getByRole('heading', { level: 1 }).getByText(/./).waitFor();
    assert.match(page.url(), /\/cards\/\d+\/history$/);
    await page.goto('/account');
    await page.getByRole('button', { name: 'All keys as at first' }).click();
    await page.getByRole('button', { name: /^Again: 1/ }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('on a touch screen an answer is swiped where one chose that: once it is shown, sideways, and far enough', async () => {
    const { page, complaints, close } = await visit(site, PHONE);
    await signUp(page);
    await studyBy(page, { scheduler: 'sm2' });
    const deck = await makeDeck(page, 'Swipes', [
      ['q0', 'a0'],
      ['q1', 'a1'],
      ['q2', 'a2'],
    ]);
    const finger = await page.context().newCDPSession(page);
    const swipe = async (across: number, down = 0) => {
      await page.waitForTimeout(READING_MS);
      const box = await page.locator('.study-card').boundingBox();
      assert.ok(box !== null);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', share: number) =>
        finger.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: type === 'touchEnd' ? [] : [{ x: x + across * share, y: y + down * share }],
        });
      await touch('touchStart', 0);
      for (const share of [0.25, 0.5, 0.75, 1]) await touch('touchMove', share);
      const shown = await page.locator('.study-card').getAttribute('data-swipe');
      await touch('touchEnd', 1);
      return shown;
    };
    const question = (text: string) => page.locator('.study-card').getByText(text, { exact: true }).waitFor();
    const reveal = async (text: string) => {
      await question(text);
      await page.waitForTimeout(READING_MS);
      await page.getByRole('button', { name: /^Show answer/ }).tap();
      await page.getByRole('heading', { name: 'Answer' }).waitFor();
    };
    await page.goto(`${deck}/study`);
    await reveal('q0');
    assert.equal(await swipe(200), null);
    await page.goto('/account');
    await page.getByLabel('On a touch screen an answer is swiped: left is Again, right is Good').tap();
    await page.goto(`${deck}/study`);
    await question('q0');
    assert.equal(await swipe(200), null, 'no answer is seen yet');
    await reveal('q0');
    assert.equal(await swipe(60), 'right');
    assert.equal(await swipe(30, 200), null);
    await page.getByRole('heading', { name: 'Answer' }).waitFor();
    assert.equal(await swipe(200), 'right');
    await reveal('q1');
    assert.deepEqual(await findings(page), []);
    assert.equal(await swipe(-200), 'left');
    await question('q2');
    await untilSent(page);
    const cards = (await (await page.request.get(`/api/v1/cards/?deck_id=${deck.split('/').at(-1)}`)).json()) as { id: number }[];
    const answers = await Promise.all(
      cards.map(async ({ id }) => {
        const { reviews } = (await (await page.request.get(`/api/v1/cards/${id}/history`)).json()) as {
          reviews: { button: string }[];
        };
        return reviews.map(({ button }) => button).join();
      }),
    );
    assert.deepEqual(answers, ['good', 'again', '']);
    assert.deepEqual(complaints, []);
    await close();
  });
});

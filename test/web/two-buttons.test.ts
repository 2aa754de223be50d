// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeDeck, notHere, openSite, type Site, signUp, untilSent, visit } from './browser.ts';

const READING_MS = 250;

describe('two buttons, and the time that is left', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('chosen under Account, two buttons count as Again and Good; the time left is told once the pace is known', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const cards = Array.from({ length: 14 }, (_, index) => [`q${index}`, 'a'] as const);
    const deck = await makeDeck(page, 'Torts', cards);
    await page.goto('/account');
    await page.getByRole('radio', { name: /^Two/ }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();

    const grades: number[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/study/review/')) grades.push(request.postDataJSON().grade);
    });
    await page.goto(`${deck}/study`);
    await page.getByText('q0', { exact: true }).waitFor();
    assert.equal(await page.getByText(/min left|minute left/).count(), 0);
    for (const key of ['1', '2', '4', 'Space']) {
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: /^Forgot, next in/ }).waitFor();
      await page.getByRole('button', { name: /^Got it, next in/ }).waitFor();
      assert.equal(await page.locator('.grade').count(), 2);
      await page.waitForTimeout(READING_MS);
      await page.keyboard.press(key);
    }
    await page.getByText('10 new', { exact: true }).waitFor();
    await untilSent(page);
    assert.deepEqual(grades, [1, 3, 3, 3]);

    // Ten cards more, a minute each: what is left is told in minutes.
    const ids = (await (await page.request.get(`/api/v1/cards/?deck_id=${deck.split('/').at(-1)}&limit=20`)).json()).slice(4);
    for (const { id } of ids.slice(0, 8))
      await page.request.post(`/api/v1/study/review/${id}`, { data: { grade: 4, duration_ms: 60_000 } });
    await page.reload();
    await page.getByText('About 6 min left').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});

// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { findings } from './axe.ts';
import { DESKTOP, everydayScreens, makeDeck, notHere, openSite, type Site, signUp, visit } from './browser.ts';

const READING_MS = 250;

/** A date so many days from now, as a date field takes it. */
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** A deck of cards with the tags of law. */
async function lawDeck(page: Page): Promise<string> {
  const deck = await makeDeck(page, 'Torts', []);
  const deck_id = Number(deck.split('/').at(-1));
  for (let index = 0; index < 12; index++) {
    const fields = [
      { name: 'Front', value: `Question ${index + 1}` },
      { name: 'Back', value: `Answer ${index + 1}` },
    ];
    const tags = [index < 6 ? 'duty' : 'damages'];
    const made = await page.request.post('/api/v1/notes/', { data: { deck_id, type: 'basic', fields, tags } });
    assert.equal(made.status(), 201);
  }
  return deck;
}

describe('exams on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('shows the plan before it is kept, counts the days down on the page of the decks, and lets a change be taken back', async () => {
    const { page, complaints, close } = await visit(site, { ...DESKTOP, timezoneId: 'America/New_York' });
    await signUp(page);
    const deck = await lawDeck(page);
    await page.goto(deck);
    await page.getByRole('link', { name: 'Plan an exam' }).click();
    await page.getByRole('heading', { name: 'New exam' }).and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Keep this exam' }).click();
    await page.getByText('This is needed.').waitFor();
    await page.getByLabel('Name').fill('Bar exam');
    await page.getByLabel('Day of the exam').fill(inDays(20));
    assert.equal(await page.getByLabel('Torts').isChecked(), true);
    await page.getByText(/^With up to 25 minutes a day you can expect to know \d+ % of the cards on the day\.$/).waitFor();
    await page.getByText('12 cards, 12 of them not studied yet').waitFor();
    // The picture has its table, and nothing was kept by looking.
    await page.getByText('Show as a table: Minutes a day').click();
    assert.ok((await page.locator('details[open] tbody tr').count()) >= 19);
    assert.deepEqual(await (await page.request.get('/api/v1/exams/')).json(), []);

    // Too little is said plainly, with what would be enough.
    await page.getByLabel('Day of the exam').fill(inDays(2));
    await page.getByLabel('Minutes a day, at most').fill('1');
    await page
      .getByText(/is not reached\. It would take \d+ minutes a day instead of 1, or a target of \d+ % instead of 90 %\./)
      .waitFor();
    await page.getByLabel('Day of the exam').fill(inDays(20));
    await page.getByLabel('Minutes a day, at most').fill('25');
    await page.getByText(/^With up to 25 minutes/).waitFor();
    await page.getByRole('button', { name: 'Keep this exam' }).click();
    await page.getByRole('heading', { name: 'Bar exam' }).waitFor();
    await page.getByText(/^In (19|20|21) days, on /).waitFor();
    await page.getByRole('link', { name: 'Study Torts' }).waitFor();
    assert.deepEqual(await findings(page), []);

    await page.goto('/');
    await page.getByText(/^In (19|20|21) days · with your plan, expect to know \d+ % on the day$/).waitFor();
    assert.deepEqual(await findings(page), []);
    await page.getByRole('link', { name: 'Bar exam' }).click();
    await page.getByRole('link', { name: 'Change' }).click();
    await page.getByLabel('Name').fill('Finals');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Finals' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { name: 'Bar exam' }).waitFor();

    await page.getByRole('button', { name: 'End it now' }).click();
    await page.getByText('You ended this exam.').waitFor();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Your decks' }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Your exam' }).count(), 0);
    // None runs; the way to those that are over is there.
    await page.getByRole('link', { name: 'All exams' }).click();
    await page.getByRole('link', { name: 'Bar exam' }).click();
    await page.getByRole('link', { name: '← Exams' }).click();
    await page.getByRole('link', { name: 'Bar exam' }).click();
    await page.getByRole('button', { name: 'Delete …' }).click();
    await page.getByRole('button', { name: 'Delete exam' }).click();
    await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Taken back: Exam deleted.').waitFor();
    await page.goto('/exams');
    await page.getByRole('link', { name: 'Bar exam' }).waitFor();
    await page.goto('/exams/999999');
    await page.getByRole('heading', { name: 'There is no such exam' }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('crams by keyboard without moving a date, keeps answers while the server is away, and ends with the weakest topics', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await lawDeck(page);
    await page.goto(deck);
    await page.getByRole('link', { name: 'Cram' }).click();
    await page.getByText('Question 1', { exact: true }).waitFor();
    await page.getByText('12 of 12 cards left').waitFor();
    // The first two of "duty" are forgotten, everything else is known; forgotten ones come again.
    for (let answers = 0; answers < 14; answers++) {
      await page.getByText(`${12 - Math.max(0, Math.min(answers - 2, 12))} of 12 cards left`).waitFor();
      if (answers === 3) await page.route('**/api/v1/study/cram/*', (route) => route.abort());
      await page.keyboard.press('Space');
      await page.getByRole('heading', { name: 'Answer' }).and(page.locator(':focus')).waitFor();
      await page.waitForTimeout(READING_MS);
      await page.keyboard.press(answers < 2 ? '1' : answers % 2 === 0 ? '2' : 'Space');
      if (answers === 3) {
        await page.getByText('1 answer not logged yet.').waitFor();
        await page.unroute('**/api/v1/study/cram/*');
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.getByText('not logged yet').waitFor({ state: 'detached' });
        await page.locator('body').click({ position: { x: 1, y: 1 } });
      }
      await page.waitForTimeout(READING_MS);
    }
    await page.getByRole('heading', { name: 'Crammed' }).and(page.locator(':focus')).waitFor();
    await page.getByText('You knew 10 of 12 cards at the first try.').waitFor();
    assert.deepEqual(await page.locator('tbody tr').allInnerTexts(), ['duty\t6\t4\t67 %', 'damages\t6\t6\t100 %']);
    assert.deepEqual(await findings(page), []);
    // Nothing has moved: all twelve are new, and today has no review.
    const queue = await (await page.request.get(`/api/v1/study/queue/${deck.split('/').at(-1)}`)).json();
    assert.deepEqual(queue.counts, { new: 12, learning: 0, due: 0 });
    assert.equal((await (await page.request.get('/api/v1/stats/today')).json()).reviews, 0);
    await page.getByRole('button', { name: 'Once more: 2 cards you forgot' }).click();
    await page.getByText('2 of 2 cards left').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('crams by the student’s own keys; what could not be logged waits over the next round, and is sent as theirs', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await lawDeck(page);
    const strike = (target: string, key: string) =>
      page.evaluate(`${target}.dispatchEvent(new KeyboardEvent('keydown', { key: '${key}', code: 'KeyX', bubbles: true }))`);
    await page.goto('/account');
    const choose = async (name: string, key: string) => {
      await page.getByRole('button', { name: new RegExp(`^${name}: `) }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('Press a key …').waitFor();
      await strike('document.activeElement', key);
    };
    // As Caps Lock types it.
    await choose('Again', 'É');
    await page.getByText('Again: É.', { exact: true }).waitFor();
    await choose('Hard', 'k');
    await page.getByText('Hard: K.', { exact: true }).waitFor();
    await page.getByRole('checkbox', { name: /^Space and Enter show/ }).uncheck();

    const sent: (string | undefined)[] = [];
    await page.route('**/api/v1/study/cram/*', (route) => {
      sent.push(route.request().headers()['x-flashcase-user']);
      return route.abort();
    });
    await page.goto(`${deck}/cram`);
    for (const [key, left] of [
      ['é', 12],
      ['k', 12],
    ] as const) {
      await page.getByText(`${left} of 12 cards left`).waitFor();
      await page.getByRole('heading', { name: 'Question' }).and(page.locator(':focus')).waitFor();
      await page.waitForTimeout(READING_MS);
      await page.keyboard.press('Space');
      await page
        .getByRole('button', { name: /^Forgot/ })
        .getByText('É', { exact: true })
        .waitFor();
      await page
        .getByRole('button', { name: /^Got it/ })
        .getByText('K', { exact: true })
        .waitFor();
      await page.waitForTimeout(READING_MS);
      // Neither Space nor the keys of before.
      for (const other of ['Space', '1', '2']) await page.keyboard.press(other);
      await page.getByText(`${left} of 12 cards left`).waitFor();
      await page.getByRole('heading', { name: 'Answer' }).waitFor();
      await strike('document.body', key);
      await page.getByRole('heading', { name: 'Answer' }).waitFor({ state: 'detached' });
    }
    await page.getByText('11 of 12 cards left').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('You knew 1 of 2 cards at the first try.').waitFor();
    await page.getByRole('button', { name: 'Once more: 1 card you forgot' }).click();
    await page.getByText('1 of 1 card left').waitFor();
    await page.getByText('2 answers not logged yet.').waitFor();
    const { id } = await (await page.request.get('/api/v1/auth/me')).json();
    assert.deepEqual([...new Set(sent)], [String(id)]);
    await page.unroute('**/api/v1/study/cram/*');
    const logged: number[] = [];
    page.on('response', (response) => {
      if (/\/study\/cram\/\d+$/.test(response.url())) logged.push(response.status());
    });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('not logged yet').waitFor({ state: 'detached' });
    assert.deepEqual(logged, [200, 200]);
    assert.deepEqual(complaints, []);
    await close();
  });

  for (const { screen, colorScheme, options, skip } of everydayScreens()) {
    it(`has no finding of axe and no scroll sideways: ${screen}, ${colorScheme}`, { skip }, async () => {
      const { page, complaints, close } = await visit(site, { ...options, colorScheme });
      await signUp(page);
      const deck = await lawDeck(page);
      const check = async (name: string) => {
        assert.deepEqual(await findings(page), [], name);
        const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        assert.ok((over as number) <= 0, `${name}: ${over} px`);
      };
      await page.goto('/exams');
      await page.getByText('No exam is coming').waitFor();
      await check('no exams');
      await page.goto(`/exams/new?deck=${deck.split('/').at(-1)}`);
      await page.getByLabel('Name').fill('Bar exam');
      await page.getByLabel('Day of the exam').fill(inDays(30));
      await page.getByText(/^With up to 25 minutes/).waitFor();
      await check('the form with its plan');
      await page.getByRole('button', { name: 'Keep this exam' }).click();
      await page.getByRole('link', { name: 'Study Torts' }).waitFor();
      await check('an exam');
      await page.getByRole('button', { name: 'Delete …' }).click();
      await check('about to be deleted');
      await page.getByRole('button', { name: 'Keep it' }).click();
      await page.getByRole('link', { name: 'Cram' }).click();
      await page.getByText('Question 1', { exact: true }).waitFor();
      await check('cram, a question');
      await page.getByRole('button', { name: /^Show answer/ }).click();
      await page.getByRole('button', { name: /^Got it/ }).waitFor();
      await check('cram, an answer');
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByRole('heading', { name: 'Nothing to cram' }).waitFor();
      await check('cram, stopped');
      assert.deepEqual(complaints, []);
      await close();
    });
  }
});

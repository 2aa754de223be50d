// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { onBoth } from '../support/database.ts';
import { keptAnswers, makeDeck, notHere, openSite, reviewsOf, type Site, signIn, signUp, untilSent, visit } from './browser.ts';
import { answer, assertRecomputes, beginStudying, inStore, READING_MS, tryNow, until, untilReady } from './offline-site.ts';

for (const target of onBoth()) {
  describe(`studying without a connection, on ${target.name}`, { skip: notHere || target.skip }, () => {
    let site: Site;
    before(async () => {
      site = await openSite(target);
    });
    after(() => site.stop());

    /** Both ways in which a connection is away. */
    const ways = [
      {
        what: 'the browser is offline',
        leave: (page: Page) => page.context().setOffline(true),
        comeBack: (page: Page) => page.context().setOffline(false),
      },
      { what: 'the server is killed', leave: () => site.killServer(), comeBack: () => site.startServer() },
    ];
    for (const { what, leave, comeBack } of ways) {
      it(`goes on over a reload when ${what}; each answer is saved once, and everything follows from the log`, async () => {
        const { page, complaints, deck, close } = await beginStudying(site, 26);
        await leave(page);
        for (let index = 0; index < 10; index++) await answer(page, index === 3 ? 4 : 3);
        await page.getByText('10 answers not yet saved').waitFor();
        await page.reload();
        await page.getByText('10 answers not yet saved').waitFor();
        // 16 cards are left of the day; nine are on their way back, the easy one is not.
        await page.getByText('16 new', { exact: true }).waitFor();
        await page.getByText('9 learning', { exact: true }).waitFor();
        for (let index = 0; index < 18; index++) await answer(page, 3);
        // The new ones are done: those whose minutes are nearly over come early, and their next step is days away.
        await page.getByText('0 new', { exact: true }).waitFor();
        assert.equal(await keptAnswers(page), 28);
        await page.waitForTimeout(READING_MS);
        await page.keyboard.press('Control+z');
        await page.getByRole('heading', { name: 'Answer' }).waitFor();

        await comeBack(page);
        await tryNow(page);
        await untilSent(page);
        assert.equal(await reviewsOf(page, deck), 27);
        assertRecomputes(site.place);
        await page.waitForTimeout(READING_MS);
        await page.keyboard.press('3');
        await untilSent(page);
        await until(page, async () => (await reviewsOf(page, deck)) === 28, 'the answer that was meant is saved');
        assert.deepEqual(
          complaints.filter((text) => !text.includes('service worker')),
          [],
        );
        await close();
      });
    }

    it('two devices at once, with the same cards: nothing is lost, nothing counts twice, and it is as if all had come in order', async () => {
      const first = await beginStudying(site, 6);
      const second = await visit(site, { serviceWorkers: 'allow' });
      await second.page.goto('/sign-in');
      await signIn(second.page, first.name);
      await second.page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
      await second.page.goto(`${first.deck}/study`);
      await untilReady(second.page, 6);
      const devices = [first.page, second.page] as const;
      for (const page of devices) await page.context().setOffline(true);
      // In turns, so that each answer of the one falls between two of the other.
      for (const [index, grade] of [3, 1, 3, 4, 2, 3, 1, 3].entries()) await answer(devices[index % 2] as Page, grade);
      // One of them takes an answer back and means another.
      await second.page.waitForTimeout(READING_MS);
      await second.page.keyboard.press('Control+z');
      await second.page.waitForTimeout(READING_MS);
      await second.page.keyboard.press('1');
      await until(second.page, async () => (await keptAnswers(second.page)) >= 4, 'the answer that was meant is kept');
      // The one that began last comes home first.
      for (const page of devices.toReversed()) {
        await page.context().setOffline(false);
        await tryNow(page);
        await untilSent(page);
      }
      assert.equal(await reviewsOf(first.page, first.deck), 8);
      assertRecomputes(site.place);
      await first.close();
      await second.close();
    });

    it('a tab that is killed between an answer and its saving, at any moment, loses none that was seen to be done', async () => {
      const opened = await beginStudying(site, 12, { scheduler: 'sm2' });
      const { deck } = opened;
      let { page } = opened;
      const context = page.context();
      await site.killServer();
      let seed = 20_261_127;
      const random = (below: number) => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % below;
      };
      let [seen, pressed] = [0, 0];
      while (pressed < 10) {
        for (let more = random(2); more > 0; more--) {
          await answer(page, 3);
          seen += 1;
          pressed += 1;
        }
        await page.getByRole('button', { name: 'Show answer' }).waitFor();
        await page.waitForTimeout(READING_MS);
        await page.keyboard.press('Space');
        await page.waitForTimeout(READING_MS);
        await page.keyboard.press('3');
        pressed += 1;
        await page.waitForTimeout(random(30));
        const killing = await context.newCDPSession(page);
        const crashed = page.waitForEvent('crash');
        // Nobody is left to answer this.
        void killing.send('Page.crash').catch(() => undefined);
        await crashed;
        page = await context.newPage();
        page.setDefaultTimeout(30_000);
        await page.goto(`${deck}/study`);
        await page.getByRole('button', { name: 'Show answer' }).waitFor();
        const kept = await keptAnswers(page);
        assert.ok(kept >= seen && kept <= pressed, `${seen} seen, ${kept} kept, ${pressed} pressed`);
        // What is kept counts from now on as done, seen or not.
        [seen, pressed] = [kept, kept];
      }
      await site.startServer();
      await tryNow(page);
      await untilSent(page);
      assert.equal(await reviewsOf(page, deck), seen);
      assertRecomputes(site.place);
      await context.close();
    });
  });
}

/** Three cards, and no service worker: what the API answers can be changed on its way. */
async function begin(site: Site) {
  const opened = await visit(site);
  await signUp(opened.page);
  const deck = await makeDeck(
    opened.page,
    'Torts',
    [0, 1, 2].map((index) => [`q${index}`, `a${index}`] as const),
  );
  return { ...opened, deck };
}

describe('what stays in the browser', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('a login that ended meanwhile: the answers wait for the same person, and for nobody else', async () => {
    const { page, name, deck, close } = await beginStudying(site, 3);
    await page.context().setOffline(true);
    await answer(page, 3);
    await answer(page, 3);
    await page.context().clearCookies();
    await page.context().setOffline(false);
    await tryNow(page);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    for (const store of ['cards', 'days', 'people'] as const) assert.equal(await inStore(page, store), 0, store);
    assert.equal(await keptAnswers(page), 2);
    await signUp(page);
    await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
    assert.equal(await inStore(page, 'cards'), 0, 'the cards of the one before are gone');
    assert.equal(await keptAnswers(page), 2, 'their answers are not');
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, name);
    await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
    await untilSent(page);
    assert.equal(await reviewsOf(page, deck), 2);
    await close();
  });

  it('signing out takes everything away; the page itself holds nothing of anybody, and no answer of the API', async () => {
    const { page, deck, close } = await beginStudying(site, 3);
    await answer(page, 3, false);
    await untilSent(page);
    const cached = await page.evaluate<string[]>(
      'caches.keys().then(async (names) => (await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat())',
    );
    assert.ok(cached.includes('/index.html') && cached.some((path) => path.startsWith('/assets/')), cached.join(' '));
    assert.deepEqual(
      cached.filter((path) => !/^\/(assets\/[\w.-]+|[\w-]+\.(html|js|svg|png|webmanifest))$/.test(path)),
      [],
    );
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    for (const store of ['cards', 'days', 'people', 'events', 'refused'] as const)
      assert.equal(await inStore(page, store), 0, store);
    await page.context().setOffline(true);
    await page.goto(`${deck}/study`);
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    await close();
  });

  it('what an exam brings forward is asked without a connection too, in the server’s order, until it is answered here', async () => {
    const { page, deck, close } = await begin(site);
    // As under an exam: due in days, in the order of what they are worth.
    await page.route('**/study/queue/**', async (route) => {
      const response = await route.fetch();
      const queue = await response.json();
      const dueIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, -1);
      queue.cards = [2, 0, 1].map((index) => ({
        ...queue.cards[index],
        ...{ scheduler: 'fsrs-6', phase: 'review', interval: 10, due_date: dueIn(3 - index), answered_at: dueIn(-7 - index) },
        ...{ review_count: 1, repetitions: 1, stability: 10, difficulty: 5 },
      }));
      queue.counts = { new: 0, learning: 0, due: 3 };
      await route.fulfill({ response, json: queue });
    });
    await page.goto(`${deck}/study`);
    await page.getByText('q2', { exact: true }).waitFor();
    await until(page, async () => (await inStore(page, 'cards')) === 3, 'the cards are kept');
    await page.waitForTimeout(READING_MS);
    await page.unroute('**/study/queue/**');
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.reload();
    await page.getByText('3 due', { exact: true }).waitFor();
    for (const front of ['q2', 'q0', 'q1']) {
      await page.getByText(front, { exact: true }).waitFor();
      await answer(page, 3);
    }
    await page.getByRole('heading', { name: 'Round done' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Your last answers are on their way' }).waitFor();
    await close();
  });

  it('says which decks can be studied while the server does not answer, and of a card that was deleted meanwhile that its answer is not saved', async () => {
    const { page, name, deck, close } = await beginStudying(site, 2);
    const cards = await (await page.request.get(`/api/v1/cards/?deck_id=${deck.split('/').at(-1)}`)).json();
    await page.context().setOffline(true);
    await page.goto('/');
    await page.getByRole('link', { name: 'Torts (2 cards)' }).click();
    await answer(page, 3);
    await page.request.delete(`/api/v1/cards/${cards[0].id}`);
    await page.context().setOffline(false);
    await tryNow(page);
    await page.getByText('1 answer could not be saved: Card not found (“q0”)').waitFor();
    await page.reload();
    await page.getByText('1 answer could not be saved: Card not found (“q0”)').waitFor();
    // Signed out, the reason stays for its student; the text of the card does not.
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, name);
    await page.getByText('1 answer could not be saved: Card not found', { exact: true }).waitFor();
    await page.goto(`${deck}/study`);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText('could not be saved').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText('q1').waitFor();
    assert.equal(await page.getByText('could not be saved').count(), 0);
    await close();
  });
});

// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { engines } from '../support/database.ts';
import { LedgerInstallation } from '../support/ledger-installation.ts';
import type { Student } from '../support/load-population.ts';
import { ADMIN, frontsOf, makeAdmin, writeCards } from '../support/move-admin.ts';
import { findings } from './axe.ts';
import { DESKTOP, notHere, openBrowser, PHONE, signIn, signUp, type Visit, visit } from './browser.ts';

const [target] = engines().filter(({ name }) => name === 'postgres 18');
/** A folder for pictures of every state, for somebody who wants to look. */
const pictures = process.env.FLASHCASE_PICTURES;
const SCREENS = [DESKTOP, PHONE].flatMap((screen) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ ...screen, colorScheme })),
);

describe('the page of the move', { skip: notHere || target?.skip }, () => {
  let installation: LedgerInstallation;
  let browser: Browser;
  let site: { readonly url: string; readonly browser: Browser };
  const visits: Visit[] = [];

  before(async () => {
    installation = await LedgerInstallation.create(target as NonNullable<typeof target>, 1);
    await makeAdmin(installation);
    const { base } = await installation.serve();
    browser = await openBrowser();
    site = { url: base, browser };
    for (const options of SCREENS) {
      const opened = await visit(site, options);
      await opened.page.goto('/move');
      await signIn(opened.page, ADMIN.username);
      await opened.page.getByRole('heading', { name: 'Move to PostgreSQL' }).waitFor();
      visits.push(opened);
    }
  });
  after(async () => {
    await browser.close();
    await installation.end();
  });

  /** On every screen: what is to be seen, and no finding. */
  async function check(name: string, see: (page: Page) => Promise<unknown>): Promise<void> {
    for (const [i, { page }] of visits.entries()) {
      await see(page);
      assert.deepEqual(await findings(page), [], `${name}, screen ${i}`);
      const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      assert.equal(isWide, false, `${name}, screen ${i}: it scrolls sideways`);
      if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}-${i}.png`), fullPage: true });
    }
  }
  const sees = (text: string | RegExp) => (page: Page) => page.getByText(text).first().waitFor();

  it('is there for administrators only', async () => {
    const { page, close } = await visit(site);
    await signUp(page);
    assert.equal(await page.getByRole('link', { name: 'Move' }).count(), 0);
    await page.goto('/move');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await close();
  });

  it('says what a move is before there is one, and shows each of its states on every screen, in light and dark', async () => {
    await check('none', sees('No move is under way.'));
    await installation.done('start', '--to', installation.targetUrl);
    await check('following', sees('SQLite serves; PostgreSQL follows.'));
    const page = (visits[0] as Visit).page;
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await check('paused', sees('Carrying rests.'));
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await page.getByRole('button', { name: 'Compare both sides' }).click();
    await check('compared', sees(/(\d+)\/\1 tables equal\./));
    await check('dialog', async (each) => {
      await each.getByRole('button', { name: 'Switch to PostgreSQL' }).click();
      await each.getByRole('heading', { name: 'Switch to PostgreSQL?' }).waitFor();
      await each.getByRole('dialog').getByRole('button', { name: 'Switch to PostgreSQL' }).click();
      await each.getByText(/^Type .* to confirm\.$/).waitFor();
    });
    for (const { page: each } of visits) await each.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const resting = 'Copying and carrying rest while the slowest 1 % of requests take';
    await page.getByLabel(resting, { exact: true }).selectOption('500ms');
    await page.getByRole('button', { name: `Set: ${resting}` }).click();
    await check('set', sees('while the p99 of users’ requests is above 500 ms (set by --p99).'));
    assert.equal(await page.getByLabel(resting, { exact: true }).inputValue(), '500ms');
    const { complaints } = visits[0] as Visit;
    assert.deepEqual(complaints, []);
  });

  it('switches to PostgreSQL and back while a user writes: nothing fails, nothing is lost, and the page goes on', async (context) => {
    const { page, complaints } = visits[0] as Visit;
    const [student] = installation.students as [Student];
    const user = new AbortController();
    const writing = writeCards(site.url, student, user.signal);
    const database = new URL(installation.targetUrl).pathname.slice(1);
    const turn = async (name: string, typed: string | undefined, seen: RegExp) => {
      // A switch that gives up in time, as it may on a machine with too much to do, is begun again.
      for (let tries = 1; ; tries++) {
        const begun = page.waitForResponse((response) => response.request().method() === 'POST');
        await page.getByRole('button', { name }).click();
        if (typed !== undefined) {
          const dialog = page.getByRole('dialog');
          await dialog.getByLabel(/^Type .* to confirm/).fill(typed);
          await dialog.getByRole('button', { name }).click();
          await dialog.waitFor({ state: 'detached' });
        }
        await begun;
        await page
          .locator('.job')
          .getByText(new RegExp(`^${name}, by admin at`))
          .waitFor();
        const text = (await page.locator('.job').textContent()) ?? '';
        if (seen.test(text)) return;
        assert.ok(text.includes('FC_MOVE_GIVEN_UP') && tries < 5, text);
      }
    };
    try {
      await turn('Practice the switch', undefined, /Practice: given up on purpose before the decision\./);
      await turn('Switch to PostgreSQL', database, /PostgreSQL is primary/);
      await check('switched', sees('PostgreSQL serves; SQLite follows. Going back loses nothing.'));
      await turn('Go back to SQLite', 'flashcase.db', /SQLite is primary/);
      await check('back', sees('SQLite serves; PostgreSQL follows.'));
    } finally {
      user.abort();
    }
    const { acknowledged, problems } = await writing;
    context.diagnostic(`${acknowledged.length} writes`);
    assert.deepEqual(problems, []);
    const fronts = (await frontsOf(site.url, student)).filter((front) => front.startsWith('written'));
    assert.deepEqual(fronts.toSorted(), acknowledged.toSorted());
    assert.deepEqual(complaints, []);
  });
});

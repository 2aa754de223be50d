// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { findings } from './axe.ts';
import { everydayScreens, makeDeck, notHere, openSite, reviewsOf, type Site, signUp, untilSent, visit } from './browser.ts';
import { inStore, READING_MS, tryNow, untilReady } from './offline-site.ts';

const cards = (...fronts: string[]) => fronts.map((front) => [front, `${front}!`] as const);

async function grade(page: Page, front: string): Promise<void> {
  await page.locator('.study-card').getByText(front, { exact: true }).waitFor();
  await page.waitForTimeout(READING_MS);
  await page.keyboard.press('Space');
  await page.waitForTimeout(READING_MS);
  await page.keyboard.press('4');
}

describe('decks below decks on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  async function withDecks(page: Page) {
    await signUp(page);
    const law = await makeDeck(page, 'Law', cards('Law?'));
    const torts = await makeDeck(page, 'Law::Torts', cards('Tort?'));
    const offer = await makeDeck(page, 'Law::Contracts::Offer', cards('Offer?'));
    await makeDeck(page, 'Bar::Essays', cards('Essay?'));
    return { law, torts, offer };
  }
  const link = (page: Page, name: string) => page.getByRole('link', { name, exact: true });

  for (const { screen, colorScheme, options, skip } of everydayScreens()) {
    it(`stand as a tree that is folded by key and stays so; a deck shows what is above and below it: ${screen}, ${colorScheme}`, {
      skip,
    }, async () => {
      const { page, complaints, close } = await visit(site, { ...options, colorScheme });
      const { law } = await withDecks(page);
      await page.goto('/');
      await link(page, 'Offer').waitFor();
      await page.getByText('3 cards · 2 decks below').waitFor();
      await page.getByRole('link', { name: 'Study Law, 3 due' }).waitFor();
      assert.deepEqual(await findings(page), []);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);

      const fold = page.getByRole('button', { name: 'Decks below Law' });
      await fold.focus();
      await page.keyboard.press('Enter');
      await link(page, 'Torts').waitFor({ state: 'detached' });
      assert.equal(await fold.getAttribute('aria-expanded'), 'false');
      await page.reload();
      await link(page, 'Essays').waitFor();
      assert.equal(await link(page, 'Torts').count(), 0);
      await fold.focus();
      await page.keyboard.press('ArrowRight');
      await link(page, 'Torts').waitFor();
      // A search names decks whole.
      await page.getByLabel('Search decks by name').fill('offer');
      await link(page, 'Law::Contracts::Offer').click();

      await page.getByRole('heading', { name: 'Offer', exact: true, level: 1 }).waitFor();
      const above = page.getByRole('navigation', { name: 'Decks above this one' });
      assert.deepEqual(await above.getByRole('listitem').allInnerTexts(), ['← Decks', 'Law', 'Contracts']);
      assert.deepEqual(await findings(page), []);
      await above.getByRole('link', { name: 'Law' }).click();
      await page.getByRole('heading', { name: 'Decks below' }).waitFor();
      assert.equal(new URL(page.url()).pathname, law);
      await link(page, 'This deck alone: 1 card').waitFor();
      assert.deepEqual(await findings(page), []);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      assert.deepEqual(complaints, []);
      await close();
    });
  }

  it('a deck is studied with those below it, also without a connection; each answer is that of the card’s own deck', async () => {
    const { page, close } = await visit(site, { serviceWorkers: 'allow' });
    const { law, torts, offer } = await withDecks(page);
    await page.goto(law);
    await link(page, 'Study 3 cards').click();
    await page.getByText('with 2 below').waitFor();
    await untilReady(page, 3);
    await page.context().setOffline(true);
    await grade(page, 'Law?');
    await grade(page, 'Offer?');
    await page.reload();
    await page.getByText('2 answers not yet saved').waitFor();
    await page.getByText('1 new', { exact: true }).waitFor();
    await grade(page, 'Tort?');
    await page.getByRole('heading', { name: 'Round done' }).waitFor();
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('Control+z');
    await page.getByRole('heading', { name: 'Answer' }).waitFor();
    // Each card is kept with its own deck, which can be studied alone.
    assert.equal(await inStore(page, 'days'), 3);
    await page.goto(`${torts}/study`);
    await grade(page, 'Tort?');
    await page.context().setOffline(false);
    await tryNow(page);
    await untilSent(page);
    assert.deepEqual(await Promise.all([law, torts, offer].map((deck) => reviewsOf(page, deck))), [1, 1, 1]);
    await close();
  });

  it('with a deck those below it are renamed and deleted, with their numbers told before; Undo brings all back', async () => {
    const { page, complaints, close } = await visit(site);
    const { law } = await withDecks(page);
    await page.goto(`${law}/settings`);
    await page.getByText('The 2 decks below it are renamed with it.').waitFor();
    await page.getByLabel('Name').fill('Bar');
    await makeDeck(page, 'Bar', []);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('You have a deck called “Bar” already').waitFor();
    await page.getByLabel('Name').fill('Jus');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    await page.goto('/');
    await page.getByRole('button', { name: 'Decks below Jus' }).waitFor();
    await link(page, 'Torts').waitFor();
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Decks below Law' }).waitFor();

    await page.goto(`${law}/settings`);
    await page.getByRole('button', { name: 'Delete deck …' }).click();
    await page
      .getByRole('alertdialog', {
        name: 'Delete “Law” and the 2 decks below it, 3 cards in all, for everybody who studies them?',
      })
      .getByRole('button', { name: 'Delete 3 decks' })
      .click();
    await page.getByText('“Law” deleted, with 2 decks below it.').waitFor();
    await link(page, 'Essays').waitFor();
    await link(page, 'Torts').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+z');
    await link(page, 'Torts').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a heading is studied, and is a deck from then on', async () => {
    const { page, close } = await visit(site);
    await withDecks(page);
    await page.goto('/');
    await page.getByRole('button', { name: 'Study Bar, 1 due' }).click();
    await page.locator('.study-card').getByText('Essay?', { exact: true }).waitFor();
    await page.getByText('with 1 below').waitFor();
    await page.goto('/');
    await link(page, 'Bar').waitFor();
    await close();
  });
});

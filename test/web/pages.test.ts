// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { DESKTOP, everydayScreens, makeDeck, notHere, openSite, type Site, signUp, visit } from './browser.ts';

describe('every page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  for (const { screen, colorScheme, options, skip } of everydayScreens()) {
    it(`has no finding of axe and no complaint of the browser: ${screen}, ${colorScheme}`, { skip }, async () => {
      const { page, complaints, close } = await visit(site, { ...options, colorScheme });
      const check = async (name: string) => assert.deepEqual(await findings(page), [], name);
      await page.goto('/');
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await check('sign in');
      await page.getByRole('link', { name: 'Create an account' }).click();
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByText('This is needed.').first().waitFor();
      await check('sign up with problems');
      await signUp(page);
      await check('no decks of one’s own');
      await page.getByRole('link', { name: 'Statistics' }).click();
      await page.getByText('Nothing to count yet').waitFor();
      await check('statistics before the first review');
      const deckName = `Civil Procedure, ${screen}, ${colorScheme}`;
      const deck = await makeDeck(
        page,
        deckName,
        [
          ['Erie?', 'State substantive law, federal procedure.\n'.repeat(12)],
          ['Venue?', 'Where it may be tried.'],
        ],
        { description: 'Second term', course: 'Procedure', year: 2026, is_public: true },
      );
      await page.goto('/');
      await page.getByRole('link', { name: deckName, exact: true }).waitFor();
      await check('decks');
      await page.getByRole('link', { name: deckName, exact: true }).click();
      await page.getByRole('button', { name: 'Edit Erie?' }).click();
      await page.getByRole('button', { name: 'Delete Venue?' }).click();
      await check('deck, a card edited, another about to be deleted');
      await page.getByRole('link', { name: 'Deck settings' }).click();
      await page.getByRole('button', { name: 'Delete deck …' }).click();
      await check('deck settings');
      await page.goto(`${deck}/import`);
      await page.getByRole('button', { name: 'Import', exact: true }).click();
      await page.getByText('Paste something first').waitFor();
      await check('import, with nothing to import');
      await page.getByLabel('Cards', { exact: true }).fill('Front;Back;Tags\nErie?;State law;t\nBreach?;;\n');
      await page.getByText('1 already there, 1 problem').waitFor();
      await check('import, a preview with problems');
      await page.getByRole('button', { name: 'Import', exact: true }).click();
      await page.getByRole('heading', { name: 'Imported' }).waitFor();
      await check('import, done');
      await page.goto(`${deck}/study`);
      await page.getByRole('heading', { name: 'Question' }).waitFor();
      await check('question');
      await page.getByText('More', { exact: true }).click();
      await page.getByRole('button', { name: 'Flag 2' }).click();
      await page.getByText('More · flag 2').click();
      await check('what else can be done with a card');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Space');
      await page.getByRole('heading', { name: 'Answer' }).waitFor();
      await check('answer');
      await page.waitForTimeout(250);
      await page.route('**/study/review/**', (route) => route.abort());
      await page.keyboard.press('1');
      await page.getByText('1 answer not yet saved').waitFor();
      await page.keyboard.press('Space');
      await page.waitForTimeout(250);
      await page.keyboard.press('4');
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: 'Undo' }).waitFor();
      await check('a card that is back before the server has told what its grades do');
      await page.unroute('**/study/review/**');
      // It is sent again by itself.
      await page.getByRole('button', { name: /^Good, next in/ }).waitFor();
      await check('a card that is back');
      await page.waitForTimeout(250);
      await page.keyboard.press('4');
      await page.getByText('All answers are saved.').waitFor();
      await check('end');
      await page.request.put('/api/v1/study/settings', { data: { scheduler: 'sm2' } });
      await page.request.post('/api/v1/cards/', {
        data: { deck_id: Number(deck.split('/').at(-1)), front: 'Laches?', back: 'Delay.' },
      });
      await page.goto(`${deck}/study`);
      await page.getByText('Laches?').waitFor();
      await page.keyboard.press('Space');
      await page.waitForTimeout(250);
      await page.keyboard.press('1');
      await page.getByRole('heading', { name: 'Question, once more' }).waitFor();
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: 'Got it' }).waitFor();
      await check('practice by SM-2');
      await page.request.put('/api/v1/study/settings', { data: { scheduler: 'fsrs-6' } });
      await page.goto('/browse?q=erie');
      await page.getByRole('checkbox', { name: 'Select Erie?' }).check();
      await page.getByRole('button', { name: 'Suspend', exact: true }).waitFor();
      await check('browse, a card selected');
      await page.goto('/statistics');
      await page.locator('.chart').nth(4).waitFor();
      await page.getByText('Show as a table: Reviews').click();
      await check('statistics, a table open');
      await page.goto(deck);
      await page.getByRole('link', { name: 'History of Erie?' }).click();
      await page.getByRole('heading', { name: /why this date/ }).waitFor();
      await check('history of a card');
      await page.goto(deck);
      await page.getByRole('button', { name: 'Delete Laches?' }).click();
      await page.getByRole('button', { name: 'Delete card', exact: true }).click();
      await page.getByText('Card deleted.', { exact: true }).last().waitFor();
      await check('a change that can be taken back');
      await page.goto('/account');
      await page.getByRole('radio', { name: 'Dark' }).waitFor();
      await page.getByLabel('Steps of a new card').fill('ten');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Minutes (m) and hours (h), please').waitFor();
      await check('account, with a problem');
      await page.goto('/nowhere');
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      await check('404');
      assert.deepEqual(complaints, []);
      await close();
    });
  }

  it('keeps the chosen theme over a reload, before the first paint', async () => {
    const { page, close } = await visit(site, { ...DESKTOP, colorScheme: 'light' });
    await signUp(page);
    await page.goto('/account');
    const isDark = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await isDark();
    await page.getByRole('radio', { name: 'Dark' }).check();
    assert.notEqual(await isDark(), light);
    await page.reload({ waitUntil: 'commit' });
    await page.locator('body').waitFor({ state: 'attached' });
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark');
    await page.getByRole('radio', { name: 'Like this device' }).check();
    assert.equal(await isDark(), light);
    await close();
  });

  it('imports a pasted text and a file: the preview follows every choice, and the deck has the cards', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Evidence', [['Hearsay?', 'old']]);
    await page.goto(deck);
    await page.getByRole('link', { name: 'Import cards' }).click();
    const text = page.getByLabel('Cards', { exact: true });
    await text.fill('Hearsay? - new - and more;;Relevance? - always');
    await page.getByText('The back is empty').waitFor();
    await page.getByLabel('Between front and back').selectOption({ label: 'Dash with spaces' });
    await page.getByLabel('Between cards').selectOption({ label: 'Two semicolons' });
    await page.getByText('1 new, 1 already there').waitFor();
    await page.getByLabel('Cards the deck has already').selectOption({ label: 'Take the new backs' });
    await page.getByRole('button', { name: 'Import 2 cards' }).click();
    await page.getByText('1 new, 1 with a new back').waitFor();
    await page.getByRole('button', { name: 'Import more' }).click();
    const choose = (name: string, content: string | Uint8Array) =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content as string) });
    await choose('bad.csv', Uint8Array.from([0xff, 0xfe, 0xff]));
    await page.getByText('not text in UTF-8').waitFor();
    await choose('cards.csv', 'Question,Answer\nPrivilege?,"Attorney, client"\n');
    await page.getByRole('button', { name: 'Import 1 card', exact: true }).click();
    await page.getByRole('link', { name: 'Open Evidence' }).click();
    await page.getByRole('heading', { name: '3 cards' }).waitFor();
    for (const back of ['new - and more', 'always', 'Attorney, client']) await page.getByText(back, { exact: true }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('changes and deletes a deck, leafs through a long one, and finds decks by name', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const cards = Array.from({ length: 53 }, (_, index) => [`Card ${index + 1}`, 'back'] as const);
    const deck = await makeDeck(page, 'Equity', cards, { course: 'Old course' });
    await makeDeck(page, 'Trusts', []);
    await page.goto(`${deck}/settings`);
    await page.getByLabel('Name').fill('Equity and remedies');
    await page.getByLabel('Course').fill('');
    await page.getByLabel('Year').fill('2027');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    await page.reload();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Equity and remedies');
    assert.equal(await page.getByLabel('Course').inputValue(), '');
    assert.equal(await page.getByLabel('Year').inputValue(), '2027');

    const front = (text: string) => page.locator('.card-row__front').getByText(text, { exact: true });
    await page.goto(deck);
    await front('Card 50').waitFor();
    assert.equal(await front('Card 51').count(), 0);
    await page.getByRole('button', { name: 'Show more cards' }).click();
    await front('Card 53').waitFor();
    await page.getByRole('button', { name: 'Delete Card 1', exact: true }).click();
    await page.getByRole('button', { name: 'Keep it' }).and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Delete card', exact: true }).click();
    await page.getByRole('heading', { name: '52 cards' }).waitFor();
    assert.equal(await front('Card 1').count(), 0);

    await page.goto('/');
    await page.getByRole('link', { name: 'Trusts' }).waitFor();
    await page.getByLabel('Search decks by name').fill('REMED');
    await page.getByRole('link', { name: 'Trusts' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Equity and remedies', exact: true }).click();
    await page.getByRole('heading', { name: 'Equity and remedies' }).waitFor();
    await page.goBack();
    assert.equal(await page.getByLabel('Search decks by name').inputValue(), 'REMED');

    await page.goto(`${deck}/settings`);
    await page.getByRole('button', { name: 'Delete deck …' }).click();
    await page.getByRole('button', { name: 'Delete deck', exact: true }).click();
    await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Trusts' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Equity and remedies', exact: true }).count(), 0);
    await page.goto(deck);
    await page.getByRole('heading', { name: 'There is no such deck' }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});

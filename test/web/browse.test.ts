// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { DESKTOP, makeDeck, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';

describe('the card browser', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  for (const [screen, options] of [
    ['desktop, light', { ...DESKTOP, colorScheme: 'light' }],
    ['phone, dark', { ...PHONE, colorScheme: 'dark' }],
  ] as const) {
    it(`finds cards as one types, says what is wrong, suggests, and changes many at once, by keys too: ${screen}`, async () => {
      const { page, complaints, close } = await visit(site, options);
      const check = async (name: string) => assert.deepEqual(await findings(page), [], name);
      await signUp(page);
      await page.goto('/browse');
      await page.getByText('There are no cards yet').waitFor();
      await check('no cards');
      const address = await makeDeck(page, 'Torts', [
        ['What is negligence?', 'Breach of a duty of care.'],
        ['What is nuisance?', 'Interference with the use of land.'],
      ]);
      const deck = Number(address.split('/').at(-1));
      for (let n = 0; n < 3; n++) {
        await page.request.post('/api/v1/notes/', {
          data: {
            deck_id: deck,
            type: 'basic',
            fields: [
              { name: 'Front', value: `Proximate cause ${n}` },
              { name: 'Back', value: 'Foreseeable harm' },
            ],
            tags: ['exam'],
          },
        });
      }
      await page.goto('/browse');
      await page.getByText('5 cards').waitFor();
      const field = page.getByLabel('Search your cards');
      await page.getByText('What you can search for').click();
      await check('all cards, with the help open');
      await field.fill('duty');
      await page.getByText('1 card', { exact: true }).waitFor();
      await field.fill('is:deu');
      await page.getByText('Write one of is:new').waitFor();
      await check('a query that says nothing');
      await field.fill('neglgence');
      await page.getByRole('button', { name: 'negligence', exact: true }).click();
      await page.getByText('1 card', { exact: true }).waitFor();
      await field.fill('cause');
      await page.getByText('3 cards', { exact: true }).waitFor();

      const box = (name: string) => page.getByRole('checkbox', { name: `Select ${name}` });
      await box('Proximate cause 0').focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('Shift+ArrowDown');
      await page.getByText('3 cards, 2 selected').waitFor();
      await page.getByRole('button', { name: 'Suspend', exact: true }).click();
      await page.getByText('2 cards changed.').waitFor();
      assert.equal(await page.getByText('Suspended', { exact: true }).count(), 2);
      await page.getByLabel('Tag to add').fill('later');
      await page.getByRole('button', { name: 'Add tag' }).click();
      await page.getByText('2 cards changed.').waitFor();
      await check('cards changed');
      await field.fill('tag:later is:suspended');
      await page.getByText('2 cards', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Select all' }).click();
      await page.getByRole('button', { name: 'Delete …' }).click();
      await check('about to delete');
      await page.getByRole('button', { name: 'Delete 2 cards' }).click();
      await page.getByText('No card is found by this').waitFor();
      await field.fill('torts');
      await page.getByRole('link', { name: 'Torts', exact: true }).waitFor();
      await check('a deck is found');
      assert.deepEqual(complaints, []);
      await close();
    });
  }

  it('keeps a few rows of thousands in the page, whatever is scrolled to', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const address = await makeDeck(page, 'Many', []);
    const text = Array.from({ length: 1200 }, (_, n) => `Question ${n}\tAnswer ${n}`).join('\n');
    const answer = await page.request.post(`/api/v1/decks/${address.split('/').at(-1)}/import`, { data: { text } });
    assert.equal(answer.status(), 200, await answer.text());
    await page.goto('/browse');
    await page.getByText('1,200 cards').waitFor();
    await page.getByRole('checkbox', { name: 'Select Question 0', exact: true }).focus();
    for (let pages = 0; pages < 8; pages++) {
      await page.keyboard.press('End');
      await page.waitForTimeout(300);
    }
    await page.getByRole('checkbox', { name: 'Select Question 1199' }).waitFor();
    assert.ok((await page.getByRole('row').count()) < 60);
    assert.equal(await page.getByRole('row').last().getAttribute('aria-rowindex'), '1201');
    assert.deepEqual(complaints, []);
    await close();
  });
});

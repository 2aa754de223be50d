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
      await page.getByLabel('Ask again in days').fill('soon');
      await page.getByRole('button', { name: 'Set date' }).click();
      await page.getByText('A number of days: 0 for today, 36,500 at most.').waitFor();
      await page.getByLabel('Ask again in days').fill('5');
      await page.getByRole('button', { name: 'Set date' }).click();
      await page.locator('.toast').getByText('2 cards have another date.').waitFor();
      await page.getByRole('button', { name: 'Make new again' }).click();
      await page.locator('.toast').getByText('2 cards made new again.').waitFor();
      await page.getByLabel('Tag', { exact: true }).fill('later');
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
      await field.fill('what is');
      await page.getByText('2 cards', { exact: true }).waitFor();
      await page.getByLabel('Name for this search').fill('What is it?');
      await page.getByRole('button', { name: 'Save search' }).click();
      await page.getByRole('link', { name: 'What is it?' }).waitFor();
      await page.getByRole('button', { name: 'Edit the search What is it?' }).click();
      await check('a saved search is edited');
      await page.getByLabel('Name', { exact: true }).fill('Questions');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await field.fill('zzz');
      await page.getByText('No card is found by this').waitFor();
      await page.getByRole('link', { name: 'Questions' }).click();
      await page.getByText('2 cards', { exact: true }).waitFor();

      await page.getByRole('button', { name: 'Find and replace in all …' }).click();
      await page.getByLabel('Find', { exact: true }).fill('what is (\\w+)');
      await page.getByLabel('Replace with').fill('Define $1');
      await page.getByRole('checkbox', { name: 'Regular expression' }).check();
      await page.getByRole('button', { name: 'Show what would change' }).click();
      await page.getByText('2 places in 2 notes would change, of 2.').waitFor();
      assert.deepEqual((await page.locator('ins').allTextContents()).toSorted(), [
        ' with: Define negligence',
        ' with: Define nuisance',
      ]);
      await check('a replacement is previewed');
      await page.getByLabel('Find', { exact: true }).fill('(');
      await page.keyboard.press('Enter');
      await page.getByText('this is no regular expression').waitFor();
      await check('an expression that is none');
      await page.getByLabel('Find', { exact: true }).fill('what is (\\w+)');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Replace in 2 notes' }).click();
      await page.getByText('No card is found by this').waitFor();
      await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
      await page.getByText('2 cards', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Close', exact: true }).first().click();
      await field.fill('torts');
      await page.getByRole('link', { name: 'Torts', exact: true }).waitFor();
      await check('a deck is found');
      assert.deepEqual(complaints, []);
      await close();
    });
  }

  it('a stretch selected by keys begins where the focus is; many cards come back at once; a link and Back are followed', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    await makeDeck(
      page,
      'Torts',
      ['Alpha', 'Beta', 'Gamma', 'Delta'].map((front) => [front, 'Answer'] as [string, string]),
    );
    await page.goto('/browse');
    const told = (text: string) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
    const box = (name: string) => page.getByRole('checkbox', { name: `Select ${name}` });
    const selected = async () => {
      const boxes = await page.getByRole('checkbox', { checked: true }).all();
      return Promise.all(boxes.map((one) => one.getAttribute('aria-label')));
    };
    await told('4 cards');
    await box('Gamma').focus();
    await page.keyboard.press('Shift+ArrowDown');
    await told('4 cards, 2 selected');
    assert.deepEqual(await selected(), ['Select Gamma', 'Select Delta']);
    await page.getByRole('button', { name: 'Select none' }).click();
    await box('Gamma').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Shift+ArrowUp');
    await told('4 cards, 2 selected');
    assert.deepEqual(await selected(), ['Select Alpha', 'Select Beta']);
    await page.getByRole('button', { name: 'Delete …' }).click();
    await page.getByRole('button', { name: 'Delete 2 cards' }).click();
    await told('2 cards');
    await told('2 cards changed.');
    assert.equal(await page.evaluate("document.activeElement?.getAttribute('role')"), 'status');
    await page.locator('.toast').getByText('2 cards deleted.', { exact: true }).waitFor();
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await told('4 cards, 2 selected');
    await box('Alpha').waitFor();

    const field = page.getByLabel('Search your cards');
    await field.fill('zzz');
    await told('No card is found by this');
    await field.fill('alpha');
    await told('1 card');
    await page.getByRole('link', { name: 'Browse', exact: true }).first().click();
    await told('4 cards');
    assert.equal(await field.inputValue(), '');
    await page.goBack();
    await told('1 card');
    assert.equal(await field.inputValue(), 'alpha');
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a tag that somebody adds meanwhile stays, and the one added here is taken back alone', async () => {
    const { page, close } = await visit(site);
    await signUp(page);
    const deck = Number((await makeDeck(page, 'Evidence', [])).split('/').at(-1));
    const fields = [
      { name: 'Front', value: 'Hearsay' },
      { name: 'Back', value: 'Out of court' },
    ];
    const made = await page.request.post('/api/v1/notes/', { data: { deck_id: deck, type: 'basic', fields, tags: ['old'] } });
    const note = `/api/v1/notes/${(await made.json()).id}`;
    const tags = async () => (await (await page.request.get(note)).json()).tags;
    await page.goto('/browse');
    await page.getByRole('checkbox', { name: 'Select Hearsay' }).check();
    await page.route('**/api/v1/edit/cards', async (route) => {
      await page.request.put(note, { data: { tags: ['old', 'theirs'] } });
      await route.continue();
    });
    await page.getByLabel('Tag', { exact: true }).fill('mine');
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.getByText('1 card changed.').waitFor();
    assert.deepEqual(await tags(), ['mine', 'old', 'theirs']);
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Taken back: Tag added to 1 card.').waitFor();
    assert.deepEqual(await tags(), ['old', 'theirs']);
    await close();
  });

  for (const [screen, options] of [
    ['desktop, dark', { ...DESKTOP, colorScheme: 'dark' }],
    ['phone, light', { ...PHONE, colorScheme: 'light' }],
  ] as const)
    it(`duplicates are found, merged and come back: ${screen}`, async () => {
      const { page, complaints, close } = await visit(site, options);
      await signUp(page);
      await page.goto('/duplicates');
      await page.getByText('No two notes begin with the same words.').waitFor();
      const deck = Number((await makeDeck(page, 'Torts', [])).split('/').at(-1));
      for (const [front, back] of [
        ['Duty', 'short'],
        ['duty', 'a longer answer'],
        ['Élan', 'x'],
        ['elan', 'y'],
      ])
        await page.request.post('/api/v1/notes/', {
          data: {
            deck_id: deck,
            type: 'basic',
            fields: [
              { name: 'Front', value: front },
              { name: 'Back', value: back },
            ],
          },
        });
      await page.goto('/duplicates');
      await page.getByText('1 group of 2 notes').waitFor();
      await page.getByLabel('When two are the same').selectOption('loose');
      await page.getByText('2 groups of 4 notes').waitFor();
      const duty = page.getByRole('group', { name: 'Duty' });
      assert.deepEqual(await findings(page), []);
      // Its cards stay, the text of the other.
      await duty.getByRole('radio', { name: 'Its text' }).last().focus();
      await page.keyboard.press('Space');
      await duty.getByRole('button', { name: 'Merge' }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('1 group of 2 notes').waitFor();
      const { notes } = { notes: await (await page.request.get(`/api/v1/notes/?deck_id=${deck}`)).json() };
      assert.deepEqual(
        notes.map(({ fields }: { fields: { value: string }[] }) => fields.map(({ value }) => value)),
        [
          ['duty', 'a longer answer'],
          ['Élan', 'x'],
          ['elan', 'y'],
        ],
      );
      await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
      await page.getByText('2 groups of 4 notes').waitFor();
      await page.getByRole('button', { name: 'Merge all shown …' }).click();
      assert.deepEqual(await findings(page), []);
      await page.getByRole('button', { name: 'Merge 2 groups' }).click();
      await page.getByText('No two notes begin with the same words.').waitFor();
      assert.deepEqual(complaints, []);
      await close();
    });

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
    await page.keyboard.press('End');
    await page.getByRole('checkbox', { name: 'Select Question 1199' }).waitFor();
    assert.ok((await page.getByRole('row').count()) < 60);
    assert.equal(await page.getByRole('row').last().getAttribute('aria-rowindex'), '1201');
    assert.deepEqual(complaints, []);
    await close();
  });
});

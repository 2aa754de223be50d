// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { everydayScreens, makeDeck, notHere, openSite, type Site, signUp, visit } from './browser.ts';

interface Markable {
  setSelectionRange(start: number, end: number): void;
}

describe('notes on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('a note is written with gaps, seen as its cards while it is typed, added by keys, found in the deck, and edited', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Torts', [['Duty?', 'Reasonable care']]);
    await page.goto(deck);
    await page.getByRole('link', { name: 'Add notes' }).click();
    await page.getByLabel('Type').selectOption('cloze');
    const text = page.getByLabel('Text');
    const mark = (from: number, to: number) =>
      text.evaluate((area, [start, end]) => (area as unknown as Markable).setSelectionRange(start, end), [from, to] as const);
    await text.fill('Erie: state law');
    await mark(0, 4);
    await page.getByRole('button', { name: 'Mark a gap' }).click();
    assert.equal(await text.inputValue(), '{{c1::Erie}}: state law');
    await mark(14, 19);
    await page.keyboard.press('Control+Shift+C');
    assert.equal(await text.inputValue(), '{{c1::Erie}}: {{c2::state}} law');
    await page.getByRole('heading', { name: 'Makes 2 cards' }).waitFor();
    await page.getByLabel('Tags').fill('civ mbe::procedure');
    await text.press('Control+Enter');
    await page.getByText('Added. The next one.').waitFor();
    assert.equal(await text.inputValue(), '');
    assert.equal(await page.getByLabel('Tags').inputValue(), 'civ mbe::procedure');
    // What repeats another card of the deck is said before it is added.
    await page.getByLabel('Type').selectOption('basic');
    await page.getByLabel('Front').fill('Duty?');
    await page.getByText('already has 1 note').waitFor();
    // A wrong turn costs nothing.
    await page.reload();
    assert.equal(await page.getByLabel('Front').inputValue(), 'Duty?');
    await page.goto(deck);
    await page.getByText('mbe::procedure').first().waitFor();
    await page.getByRole('link', { name: /Edit note \[\.\.\.\]: state law/ }).click();
    await page.getByLabel('Text').fill('{{c1::Erie}}: state law');
    await page.getByRole('heading', { name: 'Makes 1 card' }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: '2 cards' }).waitFor();
    await page.getByRole('link', { name: 'Make a note of Duty?' }).click();
    await page.getByLabel('Type').selectOption('basic_reversed');
    await page.getByRole('button', { name: 'Make a note' }).click();
    await page.getByRole('heading', { name: '3 cards' }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a typed answer is typed, compared and graded by keys alone', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Latin', []);
    const values = [
      { name: 'Front', value: 'law' },
      { name: 'Back', value: 'lex' },
    ];
    await page.request.post('/api/v1/notes/', {
      data: { type: 'typed', fields: values, deck_id: Number(deck.split('/').at(-1)) },
    });
    await page.goto(`${deck}/study`);
    await page.getByLabel('Your answer').fill('lx1');
    await page.waitForTimeout(250);
    await page.keyboard.press('Enter');
    await page.getByText('Not quite:').waitFor();
    assert.equal(await page.locator('.typed-answer__missing').textContent(), 'missing: e');
    assert.deepEqual(await findings(page), []);
    await page.waitForTimeout(250);
    // Easy: away for days. After Good it would be back in ten minutes, within this round.
    await page.keyboard.press('4');
    await page.getByRole('heading', { name: 'Round done' }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('HTML of a note shows as text with its structure, and nothing in it runs', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Hostile', []);
    const value =
      '<b>bold</b><img src=x onerror="window.hit=1"><script>window.hit=1</script><a href="javascript:window.hit=1">link</a>';
    const note = { type: 'basic', format: 'html', fields: [{ name: 'Front', value }] };
    await page.request.post('/api/v1/notes/', { data: { ...note, deck_id: Number(deck.split('/').at(-1)) } });
    await page.goto(deck);
    await page.locator('.card-html b').getByText('bold').waitFor();
    assert.equal(await page.evaluate('window.hit'), undefined);
    assert.equal(await page.locator('.card-html script').count(), 0);
    assert.equal(await page.locator('.card-html a').getAttribute('href'), null);
    assert.deepEqual(complaints, []);
    await close();
  });

  it('the browser refuses text that is to become HTML, a script’s address or a policy anywhere but where the page does that', async () => {
    const { page, close } = await visit(site);
    await page.goto('/');
    await page.getByRole('heading').first().waitFor();
    const outcomes = await page.evaluate<string[]>(`
      const html = '<b>x</b>';
      const injections = {
        innerHTML: () => { document.body.innerHTML = html; },
        insertAdjacentHTML: () => document.body.insertAdjacentHTML('beforeend', html),
        parseFromString: () => new DOMParser().parseFromString(html, 'text/html'),
        srcdoc: () => { document.createElement('iframe').srcdoc = html; },
        'script.src': () => { document.createElement('script').src = '/assets/x.js'; },
        'the policy once more': () => trustedTypes.createPolicy('flashcase', {}),
        'a policy for all': () => trustedTypes.createPolicy('default', { createHTML: String }),
      };
      Object.entries(injections).map(([name, inject]) => {
        try {
          inject();
          return name + ': let through';
        } catch (error) {
          return name + ': ' + error.name;
        }
      });
    `);
    assert.equal(outcomes.length, 7);
    for (const outcome of outcomes) assert.match(outcome, /: TypeError$/);
    await close();
  });

  for (const { screen, colorScheme, options, skip } of everydayScreens()) {
    it(`the editor has no finding of axe and no complaint of the browser: ${screen}, ${colorScheme}`, { skip }, async () => {
      const { page, complaints, close } = await visit(site, { ...options, colorScheme });
      await signUp(page);
      const deck = await makeDeck(page, 'Contracts', []);
      const check = async (name: string) => {
        assert.deepEqual(await findings(page), [], name);
        const folder = process.env.FLASHCASE_SCREENS;
        if (folder !== undefined)
          await page.screenshot({ path: `${folder}/${name}-${screen}-${colorScheme}.png`, fullPage: true });
      };
      await page.goto(`${deck}/notes/new`);
      await page.getByRole('heading', { name: 'New note' }).waitFor();
      await check('empty');
      await page.getByRole('button', { name: 'Add note' }).click();
      await page.getByText('This is needed.').first().waitFor();
      await check('problems');
      await page.getByLabel('Type').selectOption('rule_elements');
      await page.getByLabel('Rule').fill('Contract');
      await page.getByLabel('Elements').fill('Offer\nAcceptance\nConsideration');
      await page.getByLabel('Tags').fill('contracts mbe');
      await page.getByRole('heading', { name: 'Makes 4 cards' }).waitFor();
      await check('elements');
      await page.getByRole('button', { name: 'Add note' }).click();
      await page.getByText('Added. The next one.').waitFor();
      await page.goto(deck);
      await page.getByText('contracts', { exact: true }).first().waitFor();
      await check('deck');
      assert.deepEqual(complaints, []);
      await close();
    });
  }
});

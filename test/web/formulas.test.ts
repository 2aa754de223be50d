// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { formulasIn } from '../../web/src/lib/formula-text.ts';
import { findings } from './axe.ts';
import { DESKTOP, makeDeck, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';

describe('formulas in a text', () => {
  const found = (text: string) => formulasIn(text).map(({ tex, isBlock }) => (isBlock ? [tex] : tex));

  it('are what Anki and MathJax mark; a dollar is money', () => {
    assert.deepEqual(found('\\(a\\) and \\[b\\]'), ['a', ['b']]);
    assert.deepEqual(found('[$]a[/$], [$$]b[/$$]'), ['a', ['b']]);
    assert.deepEqual(found('[latex]$a$[/latex] [latex]$$b$$[/latex] [latex]c[/latex]'), ['a', ['b'], ['c']]);
    assert.deepEqual(found('[latex]Given $a$ and $b$.[/latex]'), []);
    assert.deepEqual(found('$500 under § 2-201, and $5,000 elsewhere'), []);
    assert.deepEqual(found('\\(not closed'), []);
    assert.deepEqual(found('\\( \\)'), []);
  });

  it('longer than 2,000 characters are no formulas, and a field full of openings is looked through at once', () => {
    assert.deepEqual(found(`\\(${'x'.repeat(2001)}\\)`), []);
    assert.deepEqual(found('\\('.repeat(10_000)), []);
  });
});

describe('formulas on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  for (const [name, options] of [
    ['desktop, light', { ...DESKTOP, colorScheme: 'light' }],
    ['phone, dark', { ...PHONE, colorScheme: 'dark' }],
  ] as const)
    it(`are drawn as MathML in plain cards and in notes, a gap in one too; what cannot be read stays as it was written: ${name}`, async () => {
      const { page, complaints, close } = await visit(site, options);
      await signUp(page);
      const deck = await makeDeck(page, 'Antitrust', [
        ['The HHI is \\(\\sum_i s_i^2\\), of $500?', '\\[HHI = \\sum_{i=1}^{n} s_i^2\\]'],
        ['Broken \\(\\frac{1\\)', 'Hostile \\(\\href{javascript:alert(1)}{x}\\) \\(\\def\\a{\\a\\a}\\a\\)'],
        ['Wide', `\\[${Array.from({ length: 60 }, (_, at) => `x_{${at}}`).join(' + ')}\\]`],
      ]);
      const add = async (note: Record<string, unknown>) => {
        const answer = await page.request.post('/api/v1/notes', { data: { deck_id: Number(deck.split('/').at(-1)), ...note } });
        assert.equal(answer.status(), 201, await answer.text());
      };
      await add({
        type: 'basic',
        format: 'markdown',
        fields: [
          { name: 'Front', value: '**Hand**: \\(B < PL\\)' },
          { name: 'Back', value: '`\\(B\\)`' },
        ],
      });
      await add({ type: 'cloze', format: 'html', fields: [{ name: 'Text', value: 'Liable if \\({{c1::B}}<br>&lt; PL\\)' }] });
      await page.goto(deck);
      await page.locator('math msub, math munder, math munderover').first().waitFor();
      const texts = await page.locator('.card-row').allTextContents();
      const row = (of: string) => texts.find((text) => text.includes(of)) ?? '';
      assert.match(row('HHI is'), /of \$500\?/);
      assert.ok(row('Broken').includes('\\(\\frac{1\\)'), row('Broken'));
      assert.ok(!(await page.locator('.card-row a[href^="javascript"], math [href]').count()));
      assert.ok(row('\\(\\def').includes('\\(\\def\\a{\\a\\a}\\a\\)'), 'a formula without an end stays as it is');
      // In Markdown and in HTML, over a line break and around a gap; what is code stays code.
      await page.locator('strong', { hasText: 'Hand' }).waitFor();
      assert.equal(await page.locator('.card-row code').textContent(), '\\(B\\)');
      assert.equal(await page.locator('.card-row math', { hasText: /B\s*<\s*P/ }).count(), 2);
      assert.equal(await page.locator('.card-row math', { hasText: /\[\W*…?\W*\]|\[\.\.\.\]/ }).count(), 1);
      // As wide as it is, it scrolls alone, by keys too.
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), true);
      assert.ok((await page.locator('.formula--block[tabindex="0"]').count()) >= 1);
      assert.deepEqual(await findings(page), []);
      assert.deepEqual(complaints, []);
      // In the preview of a note: a mistake that is mended is told no more.
      await page.goto(`${deck}/notes/new`);
      await page.getByLabel('Front').fill('Half: \\(\\frac{1\\)');
      await page.locator('.note-preview .formula[title]').waitFor();
      await page.getByLabel('Front').fill('Half: \\(\\frac{1}{2}\\)');
      await page.locator('.note-preview mfrac').waitFor();
      assert.equal(await page.locator('.note-preview .formula[title]').count(), 0);
      await page.goto(`${deck}/study`);
      await page.getByText('of $500?').waitFor();
      await page.keyboard.press('Space');
      await page.locator('.formula--block math').waitFor();
      await close();
    });
});

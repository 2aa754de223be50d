import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parsedHtml, safeHtml } from '../../src/notes/html.ts';
import { quickHtml } from '../../src/notes/quick-html.ts';

const NAMES = ['a', 'b', 'div', 'span', 'font', 'ul', 'ol', 'li', 'sub', 'p', 'table', 'td', 'script', 'code'];
const ATTRIBUTES = [
  ...[
    '',
    ' style="color: rgb(0, 0, 255)"',
    ' style="position: fixed; color: red;"',
    ' class="cloze"',
    ' class="x"',
    ' title="a b"',
  ],
  ...[
    ' href="https://law.edu/a?b=c"',
    ' href="javascript:alert(1)"',
    ' onclick="alert(1)"',
    ' color="red"',
    " style='color: red'",
  ],
  ...[' dir=rtl', ' data-x', ' href="&#106;avascript:x"', ' dir="ltr" dir="rtl"'],
];
const VOID = [
  '<br>',
  '<br/>',
  '<br />',
  '<img src="a.png">',
  '<img src="https://far.example/a.png" alt="x">',
  '<img src="a.png" onerror="x">',
  '<hr>',
];
const TEXT = [
  'duty',
  ' ',
  '&nbsp;',
  '&amp;',
  '&lt;b&gt;',
  '&quot;',
  '&#39;',
  'it\'s "so"',
  '\u00a0',
  '&copy;',
  'a & b',
  '5 > 3',
  '<',
  '§ 2-207',
  '\n',
];

const text = fc.constantFrom(...TEXT, ...VOID);
const { html } = fc.letrec<{ html: string; node: string }>((tie) => ({
  node: fc.oneof(
    { withCrossShrink: true, depthSize: 'small' },
    text,
    fc
      .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...ATTRIBUTES), tie('html'), fc.boolean())
      .map(
        ([name, attributes, inner, isClosed]) => `<${name}${attributes}>${inner}${isClosed || name !== 'b' ? `</${name}>` : ''}`,
      ),
  ),
  html: fc.array(tie('node'), { maxLength: 4 }).map((parts) => parts.join('')),
}));

describe('HTML whose tags are taken one by one', () => {
  test('is what the parser makes of the whole, or is left to it', () => {
    let quick = 0;
    fc.assert(
      fc.property(html, (given) => {
        const made = quickHtml(given, parsedHtml);
        if (made === undefined) return;
        quick++;
        assert.equal(made, parsedHtml(given));
      }),
      { numRuns: 4000 },
    );
    assert.ok(quick > 500, `only ${quick} were quick`);
  });

  test('keeps what editors leave in notes, and nothing that could harm', () => {
    assert.equal(
      safeHtml('<div style="color: rgb(0, 0, 255); position: fixed">Rule&nbsp;1 <img src="a.png" onerror="x()"></div>'),
      '<div style="color:rgb(0, 0, 255)">Rule\u00a01 <img src="a.png" /></div>',
    );
    assert.equal(safeHtml('<a href="javascript:alert(1)" onclick="x()">x</a>'), '<a>x</a>');
    assert.equal(safeHtml('<b title="a">x'), '<b title="a">x</b>');
  });
});

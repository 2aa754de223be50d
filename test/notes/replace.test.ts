import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htmlPieces } from '../../src/notes/html.ts';
import type { NoteFormat } from '../../src/notes/make-cards.ts';
import { expressionOf, type Replacement, replaceInField } from '../../src/notes/replace.ts';

const PLAIN: Replacement = { find: '', replace: '', isExpression: false, matchesCase: false, isWholeWords: false };

function after(value: string, more: Partial<Replacement>, format: NoteFormat = 'text'): string | undefined {
  const replacement = { ...PLAIN, ...more };
  return replaceInField(value, format, expressionOf(replacement), replacement)?.after;
}

test('plain text is found to the letter, with case and whole words as asked, in every script', () => {
  assert.equal(after('Duty, duty (a.k.a. DUTY)', { find: 'duty', replace: 'care' }), 'care, care (a.k.a. care)');
  assert.equal(after('Duty, duty', { find: 'duty', replace: 'care', matchesCase: true }), 'Duty, care');
  assert.equal(after('a.c abc', { find: 'a.c', replace: 'x' }), 'x abc');
  assert.equal(after('tort, torts, tort', { find: 'tort', replace: 'delict', isWholeWords: true }), 'delict, torts, delict');
  assert.equal(after('xab ab ab', { find: 'ab ab', replace: '-', isWholeWords: true }), 'xab -');
  assert.equal(after('Straße, Straßen', { find: 'straße', replace: 'Weg', isWholeWords: true }), 'Weg, Straßen');
  assert.equal(after('ÉLÈVE', { find: 'élève', replace: 'x' }), 'x');
  // What stands in its place is said as it is written.
  assert.equal(after('a', { find: 'a', replace: '$& \\n $1' }), '$& \\n $1');
  assert.equal(after('nothing here', { find: 'x', replace: 'y' }), undefined);
  assert.equal(after('same', { find: 'same', replace: 'same' }), undefined);
});

test('a regular expression fills its groups in, by number and by name', () => {
  const expression = { isExpression: true, matchesCase: true };
  assert.equal(after('Roe v. Wade', { find: '(\\w+) v\\. (\\w+)', replace: '$2 v. $1', ...expression }), 'Wade v. Roe');
  assert.equal(after('1803', { find: '(?<year>\\d{4})', replace: '[$<year>] $$ $&\\t$9', ...expression }), '[1803] $ 1803\t$9');
  assert.equal(after('ab', { find: '(a)(b)?', replace: '$12-$2', ...expression }), 'a2-b');
  assert.equal(after('a\nb', { find: '\\n', replace: '\\n\\n', ...expression }), 'a\n\nb');
  assert.equal(after('ab', { find: '', replace: '-', ...expression }), '-a-b-');
  assert.throws(() => expressionOf({ ...PLAIN, find: '(', isExpression: true }), SyntaxError);
});

test('in HTML only what people read is looked at: tags, their values and entities stay whole', () => {
  const html = '<a href="https://b.org/b">b</a> &amp; <b>b</b>&nbsp;b&copy;b';
  assert.equal(
    after(html, { find: 'b', replace: '<i>&' }, 'html'),
    '<a href="https://b.org/b">&lt;i&gt;&amp;</a> &amp; <b>&lt;i&gt;&amp;</b>&nbsp;&lt;i&gt;&amp;&copy;&lt;i&gt;&amp;',
  );
  assert.equal(after('Marks &amp; Spencer', { find: '&', replace: 'and' }, 'html'), 'Marks and Spencer');
  assert.equal(after('Marks &amp; Spencer', { find: 'amp', replace: 'x' }, 'html'), undefined);
  assert.equal(after('{{c1::<b>duty</b>}}', { find: 'duty', replace: 'care' }, 'html'), '{{c1::<b>care</b>}}');
  for (const one of [html, '<p>a<br>b</p>', 'a < b', '<img src="/x.png" alt="x > y">'])
    assert.equal(
      htmlPieces(one)
        .map(({ raw }) => raw)
        .join(''),
      one,
    );
});

test('what is shown says what stood there and what stands there afterwards', () => {
  const replacement = { ...PLAIN, find: 'duty', replace: 'care' };
  const replaced = replaceInField('A <b>duty</b> owed', 'html', expressionOf(replacement), replacement);
  assert.deepEqual(replaced, {
    after: 'A <b>care</b> owed',
    stretches: [{ text: 'A ' }, { text: 'duty', becomes: 'care' }, { text: ' owed' }],
    count: 1,
  });
});

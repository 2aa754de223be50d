import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DiffPart, typedDiff } from '../../web/src/lib/typed-diff.ts';

const short = (parts: readonly DiffPart[]) =>
  parts.map(({ kind, text }) => (kind === 'right' ? text : kind === 'wrong' ? `-${text}-` : `+${text}+`)).join('');

test('a typed answer is compared piece by piece', () => {
  const table: [typed: string, asked: string, options: Parameters<typeof typedDiff>[2], shown: string, isRight: boolean][] = [
    ['duty', 'duty', {}, 'duty', true],
    ['  due   process ', 'due process', {}, 'due process', true],
    ['dutty', 'duty', {}, 'dut-t-y', false],
    ['dty', 'duty', {}, 'd+u+ty', false],
    ['Duty', 'duty', {}, '-D-+d+uty', false],
    ['Duty', 'duty', { ignoresCase: true }, 'duty', true],
    ['naive', 'naïve', { ignoresAccents: true }, 'naïve', true],
    ['mens rea', 'mens rea.', { ignoresPunctuation: true }, 'mens rea.', true],
    ['', 'duty', {}, '+duty+', false],
    ['duty', '', {}, '-duty-', false],
    ['e\u0301', '\u00e9', {}, '\u00e9', true],
  ];
  for (const [typed, asked, options, shown, isRight] of table) {
    const diff = typedDiff(typed, asked, options);
    assert.deepEqual([short(diff.parts), diff.isRight], [shown, isRight], `${typed} / ${asked}`);
  }
});

test('what is right and missing is what was asked, and what is right and wrong is what was typed', () => {
  const words = fc
    .array(fc.constantFrom('duty', 'of', 'care', 'é', '👩‍⚖️', '.', 'Duty', ' '), { maxLength: 200 })
    .map((all) => all.join(' '));
  const spaced = (text: string) =>
    text
      .normalize('NFC')
      .replaceAll(/[\s\u00a0]+/g, ' ')
      .trim();
  fc.assert(
    fc.property(fc.oneof(words, fc.string()), fc.oneof(words, fc.string()), (typed, asked) => {
      const { parts, isRight } = typedDiff(typed, asked);
      const side = (other: DiffPart['kind']) =>
        parts
          .filter(({ kind }) => kind !== other)
          .map(({ text }) => text)
          .join('');
      assert.equal(side('wrong'), spaced(asked));
      assert.equal(side('missing'), spaced(typed));
      assert.equal(isRight, spaced(typed) === spaced(asked));
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clozeAnswer, clozeNumbers, parseCloze, plainCloze, showCloze } from '../../src/notes/cloze.ts';

const marks = { gap: (hint: string) => `[${hint}]`, answer: (text: string) => `<${text}>` };
const sides = (text: string, number: number) => {
  const parts = parseCloze(text);
  return [showCloze(parts, number, 'front', marks), showCloze(parts, number, 'back', marks), clozeAnswer(parts, number)];
};

test('gaps, numbers, hints and nesting are read as Anki writes them', () => {
  const table: [text: string, number: number, front: string, back: string, answer: string][] = [
    ['A {{c1::b}} c', 1, 'A [...] c', 'A <b> c', 'b'],
    ['A {{c1::b::letter}} c', 1, 'A [letter] c', 'A <b> c', 'b'],
    ['{{c1::a}} {{c2::b}}', 2, 'a [...]', 'a <b>', 'b'],
    ['{{c1::a}} and {{c1::b}}', 1, '[...] and [...]', '<a> and <b>', 'a, b'],
    ['{{c1::a {{c2::b}} c::outer}}', 1, '[outer]', '<a b c>', 'a b c'],
    ['{{c1::a {{c2::b}} c::outer}}', 2, 'a [...] c', 'a <b> c', 'b'],
    ['{{c1,2::a}} {{c2::b}}', 1, '[...] b', '<a> b', 'a'],
    ['{{c1,2::a}} {{c2::b}}', 2, '[...] [...]', '<a> <b>', 'a, b'],
    ['a :: b }} {{c1::x}}', 1, 'a :: b }} [...]', 'a :: b }} <x>', 'x'],
    ['{{c1::open', 1, '{{c1::open', '{{c1::open', ''],
    ['{{c0::zero}} {{c1::x}}', 1, '{{c0::zero}} [...]', '{{c0::zero}} <x>', 'x'],
    ['{{c1::std::hint::more}}', 1, '[hint::more]', '<std>', 'std'],
  ];
  for (const [text, number, front, back, answer] of table) assert.deepEqual(sides(text, number), [front, back, answer], text);
  assert.deepEqual(clozeNumbers(parseCloze('{{c3::a}} {{c1::b {{c2::c}}}} {{c999::d}}')), [1, 2, 3]);
});

const piece = fc.constantFrom('{{c1::', '{{c2::', '{{c12,1::', '{{c0::', '}}', '::', 'a', '{', '}', 'ß ', '<b>', '\n');
const wild = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  fc.string(),
);

test('any text is read without failing, and without gaps stays what it was', () => {
  fc.assert(
    fc.property(wild, (text) => {
      const parts = parseCloze(text);
      if (clozeNumbers(parts).length === 0) assert.equal(plainCloze(parts), text);
      for (const number of clozeNumbers(parts)) {
        const same = { gap: (hint: string) => hint, answer: (inner: string) => inner };
        assert.equal(showCloze(parts, number, 'back', same), plainCloze(parts));
        assert.match(showCloze(parts, number, 'front', marks), /\[/);
      }
    }),
  );
  assert.equal(plainCloze(parseCloze('{{c1::'.repeat(5000))), '{{c1::'.repeat(5000));
});

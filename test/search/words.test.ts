import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { documentOf } from '../../src/search/document.ts';
import { trigramsOf, Vocabulary } from '../../src/search/suggest.ts';
import { askedWords, fold, tokenOf, wordOfToken, wordsOf } from '../../src/search/words.ts';

/** The rows of the table under a heading of docs/design/search.md: the cells between the bars, without backticks. */
function tableOf(heading: string): string[][] {
  const page = readFileSync(new URL('../../docs/design/search.md', import.meta.url), 'utf8');
  const part = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...part.matchAll(/^\|(?!-)(.+)\|$/gm)]
    .slice(1)
    .map((row) => (row[1] as string).split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

test('what a word is, is what the table of docs/design/search.md says', () => {
  const rows = tableOf('What a word is');
  assert.ok(rows.length >= 20, `${rows.length} rows`);
  for (const [text, words] of rows as [string, string][]) assert.equal(wordsOf(text).join(' '), words, text);
});

test('what is found by what, is what the table of docs/design/search.md says', () => {
  const rows = tableOf('What is found');
  assert.ok(rows.length >= 15, `${rows.length} rows`);
  for (const [text, asked, isFound] of rows as [string, string, string][]) {
    const have = wordsOf(text);
    const { words, isPrefix } = askedWords(asked.replace(/\*$/, ''), asked.endsWith('*'));
    const found = have.some((_, from) =>
      words.every((word, at) =>
        isPrefix && at === words.length - 1 ? have[from + at]?.startsWith(word) : have[from + at] === word,
      ),
    );
    assert.equal(found ? 'yes' : 'no', isFound, `${text} by ${asked}`);
  }
});

test('folding twice is folding once, and a token tells its word', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      for (const word of wordsOf(text)) {
        assert.match(tokenOf(word), /^[a-z0-9]+$/);
        assert.equal(wordOfToken(tokenOf(word)), word);
      }
      assert.equal(fold(fold(text)), fold(text));
    }),
    { numRuns: 400 },
  );
});

test('a text is found by itself, by each of its words and by the beginning of each', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
      const have = wordsOf(text);
      const { words, isPrefix } = askedWords(text);
      if (words.length === 0) return;
      const last = words.length - 1;
      assert.ok(words.every((word, at) => (isPrefix && at === last ? have[at]?.startsWith(word) : have[at] === word)));
      for (const word of have) assert.ok(tokenOf(word).startsWith(tokenOf([...word].slice(0, 2).join(''))));
    }),
    { numRuns: 2000 },
  );
});

test('a document never grows beyond what PostgreSQL indexes: words, repeats and characters are limited', () => {
  const card = { deckId: 1n, tags: [], note: [] };
  const repeated = documentOf({ ...card, front: 'duty '.repeat(1000), back: 'x' }).split(' ');
  assert.equal(repeated.filter((token) => token === 'fduty').length, 200);
  assert.equal(repeated.length, 1002, 'words in a row stay in a row');
  const many = documentOf({ ...card, front: Array.from({ length: 20_000 }, (_, n) => `w${n}`).join(' '), back: 'x' });
  assert.equal(many.split(' ').length, 8000);
  assert.ok(documentOf({ ...card, front: '過'.repeat(5000) + '失'.repeat(5000), back: '漢字'.repeat(9000) }).length <= 400_000);
});

test('a card is found by its tags and those above them, and by what its note says beside', () => {
  const words = documentOf({ deckId: 7n, front: 'Duty?', back: 'Care', tags: ['Law::Torts'], note: ['Duty?', 'Page 12'] });
  assert.deepEqual(words.split(' '), ['d7', `t${tokenOf('law')}`, `t${tokenOf('law::torts')}`, 'fduty', 'bcare', 'npage', 'n12']);
});

test('a misspelt word has the word most like it suggested, and nothing like it none', async () => {
  const vocabulary = new Vocabulary();
  vocabulary.add('d1 fnegligence bneglect fnegligence bduty');
  assert.equal(await vocabulary.closest('neglegence'), 'negligence');
  assert.equal(await vocabulary.closest('duti'), 'duty');
  assert.equal(await vocabulary.closest('xylophone'), undefined);
  assert.equal(trigramsOf('ab').size, 3);
});

test('a suggestion keeps no more words than it says, and lets others go on while it compares them', async () => {
  const few = new Vocabulary(2);
  few.add('fduty fbreach fdamages fduty');
  assert.equal(await few.closest('breech'), 'breach');
  assert.equal(await few.closest('damage'), undefined, 'the third word is not kept');
  const many = new Vocabulary();
  for (let n = 0; n < 60; n++) many.add(Array.from({ length: 1000 }, (_, at) => `fneglig${n}x${at}`).join(' '));
  let turns = 0;
  let isDone = false;
  const others = (async () => {
    for (; !isDone; turns++) await new Promise(setImmediate);
  })();
  await many.closest('negligence');
  isDone = true;
  await others;
  assert.ok(turns >= 9, `${turns} turns of others`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matchOf, partsOf, toFts5, toTsquery } from '../../src/search/match.ts';
import { parseQuery, type QueryNode } from '../../src/search/query.ts';

const read = (text: string): QueryNode => {
  const { query, problem } = parseQuery(text);
  assert.equal(problem, undefined, `${text}: ${problem?.what}`);
  return query as QueryNode;
};
/** A query in one line, as it was understood. */
const said = (node: QueryNode): string => {
  switch (node.kind) {
    case 'text':
      return `${node.side === undefined ? '' : `${node.side}:`}${node.words.join('+')}${node.isPrefix ? '*' : ''}`;
    case 'all':
    case 'any':
      return `(${node.parts.map(said).join(node.kind === 'all' ? ' & ' : ' | ')})`;
    case 'not':
      return `!${said(node.part)}`;
    case 'deck':
    case 'tag':
      return `${node.kind}=${node.name}${node.isPrefix ? '*' : ''}`;
    case 'is':
      return `is=${node.state}`;
    case 'flag':
      return `flag=${node.flag}`;
    case 'days':
      return `${node.field}=${node.days}`;
  }
};

/** A language of the query's own signs: random text hardly ever closes a parenthesis. */
const signs = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '(',
        ')',
        '"',
        '-',
        '*',
        ' ',
        ' OR ',
        'deck:',
        'tag:',
        'front:',
        'is:due',
        'is:',
        'flag:3',
        'due:',
        '\\',
        ':',
        '7',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom('duty', 'Größe', '過失', 'ที่', '\u0000', '\ud800', "'", '; DROP TABLE card', '%', '\u202e'),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

test('the search language never throws, whatever it is given, and says where a query is wrong', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 1500 }), signs), (text) => {
      const { query, problem } = parseQuery(text);
      if (problem === undefined) return query !== undefined;
      return problem.at >= 0 && problem.at <= text.length && problem.what !== '' && problem.hint !== '';
    }),
    { numRuns: 3000 },
  );
});

test('what reaches an engine are letters and digits between its own signs, whatever was asked', () => {
  fc.assert(
    fc.property(signs, (text) => {
      const { query } = parseQuery(text);
      for (const part of query === undefined ? [] : partsOf(query)) {
        const match = matchOf(part);
        if (match === undefined) continue;
        assert.match(toFts5(match), /^(?:"[a-z0-9 ]+"|[ ()*]|AND|OR|NOT)+$/);
        assert.match(toTsquery(match), /^(?:'[a-z0-9]+'|:\*|<->|[ ()&|!])+$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a query reads as it is written: words, phrases, -not, begin*, OR, parentheses and fields', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', '()'],
    ['duty breach', '(duty & breach)'],
    ['"duty of care"', 'duty+of+care'],
    ['duty -breach', '(duty & !breach)'],
    ['negl*', 'negl*'],
    ['a OR b c', '(a | (b & c))'],
    ['(a OR b) c', '((a | b) & c)'],
    ['-(a b)', '!(a & b)'],
    ['or', 'or'],
    ['smith - jones', '(smith & jones)'],
    ['§ 823', '823'],
    ['well-known', 'well+known'],
    ['front:duty back:"of care"', '(front:duty & back:of+care)'],
    ['deck:"Civil Procedure" tag:exam*', '(deck=civil procedure & tag=exam*)'],
    ['is:due -is:suspended flag:2', '(is=due & !is=suspended & flag=2)'],
    ['added:7 rated:1 due:3', '(added=7 & rated=1 & due=3)'],
    ['https://example.org', 'https+example+org'],
    ['"say \\"no\\""', 'say+no'],
    ['DECK:Torts', 'deck=torts'],
  ];
  for (const [text, expected] of cases) assert.equal(said(read(text)), expected, text);
});

test('a query that says nothing tells the place and what to write instead', () => {
  const cases: readonly (readonly [string, RegExp, number])[] = [
    ['duty "of care', /never closed/, 5],
    ['(a', /never closed/, 0],
    ['a)', /nothing for this \)/, 1],
    ['a OR', /one side of OR/, 2],
    ['OR a', /one side of OR/, 0],
    ['dekc:Torts', /no field dekc/, 0],
    ['is:deu', /never deu/, 0],
    ['a tag:', /nothing after tag/, 2],
    ['flag:9', /0 to 7/, 0],
    ['due:soon', /number of days/, 0],
    ['fo*o', /end of a word/, 0],
    ['a*', /fewer than 2/, 0],
    ['§', /no letter/, 0],
    [`${'('.repeat(30)}a`, /more than 20/, 20],
    ['w '.repeat(60), /at most 50/, 100],
    ['w'.repeat(1001), /at most 1000/, 1000],
  ];
  for (const [text, what, at] of cases) {
    const { problem } = parseQuery(text);
    assert.match(problem?.what ?? `nothing is wrong with ${text}`, what);
    assert.equal(problem?.at, at, text);
    assert.notEqual(problem?.hint, '');
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BothSides, compareAnswers } from '../../src/move/answers/compare-answers.ts';
import { type Answer, answerDifference } from '../../src/move/answers/difference.ts';

const answer = (body: unknown, more: Partial<Answer> = {}): Answer => ({
  status: 200,
  body: JSON.stringify(body),
  headers: {},
  ...more,
});

describe('two answers', () => {
  it('are the same byte by byte, or differ at a place that is named', () => {
    const cards = [{ id: 1, front: 'a', 'x/y': [1, null] }];
    const cases: [Answer, Answer, string | undefined][] = [
      [answer(cards), answer(cards), undefined],
      [answer(cards), answer(cards, { status: 404 }), 'status'],
      [answer(cards), answer(cards, { headers: { 'X-Next-After': '7' } }), 'X-Next-After'],
      [answer(cards), answer([{ ...cards[0], front: 'A' }]), '/0/front'],
      [answer(cards), answer([{ ...cards[0], 'x/y': [1, ''] }]), '/0/x~1y/1'],
      [answer(cards), answer([...cards, cards[0]]), '/1'],
      [answer([1, 2]), answer([2, 1]), '/0'],
      [answer({ a: 1, b: 2 }), answer({ b: 2, a: 1 }), 'the text of the body'],
      [answer(1), { ...answer(1), body: '1.0' }, 'the text of the body'],
      [answer(null), answer({}), '/'],
      [answer('text'), { ...answer('text'), body: 'no JSON' }, '/'],
    ];
    for (const [a, b, where] of cases) assert.equal(answerDifference(a, b)?.where, where, `${a.body} and ${b.body}`);
  });

  it('show what each says, shortened', () => {
    const found = answerDifference(answer({ back: 'x'.repeat(500) }), answer({ back: 7 }));
    assert.equal(found?.where, '/back');
    assert.equal(found?.a.length, 201);
    assert.equal(found?.b, '7');
  });
});

describe('a comparison of answers while users write', () => {
  /** Both sides by the script of each call; the last entry stays. */
  function sides(script: { primary: unknown[]; follower: unknown[]; has?: boolean[] }): BothSides & { looks: number } {
    const next = <T>(of: T[]): T => (of.length > 1 ? (of.shift() as T) : (of[0] as T));
    const both = {
      looks: 0,
      begin: () => {},
      primary: async () => answer(next(script.primary)),
      follower: async () => answer(next(script.follower)),
      mark: async () => 7n,
      has: async () => {
        both.looks++;
        return next(script.has ?? [true]);
      },
    };
    return both;
  }

  it('waits until the side that follows has everything', async () => {
    const both = sides({ primary: ['new'], follower: ['new'], has: [false, false, true] });
    assert.equal(await compareAnswers(both), 'equal');
    assert.equal(both.looks, 3);
  });

  it('does not take a write in between for a difference', async () => {
    assert.equal(await compareAnswers(sides({ primary: ['old', 'new'], follower: ['new'] })), 'equal');
  });

  it('counts a difference that stays', async () => {
    assert.deepEqual(await compareAnswers(sides({ primary: ['a'], follower: ['b'] })), {
      where: '/',
      primary: '"a"',
      follower: '"b"',
    });
  });

  it('says nothing of a side that is behind all the time, or cannot answer', async () => {
    assert.equal(await compareAnswers(sides({ primary: ['a'], follower: ['b'], has: [false] })), 'undecided');
    const broken = { ...sides({ primary: ['a'], follower: ['a'] }), follower: async () => answer('away', { status: 503 }) };
    assert.equal(await compareAnswers(broken), 'undecided');
  });
});

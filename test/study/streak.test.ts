import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { streakOf } from '../../src/study/streak.ts';
import { quarterOf, studyCalendar } from '../../src/study/study-calendar.ts';

const utc = studyCalendar('UTC');
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const short = (days: readonly number[], today: number) => {
  const { current, longest, freezes, frozen, hasStudiedToday } = streakOf(days, today, utc);
  return [current, longest, freezes, frozen, hasStudiedToday];
};

describe('a streak', () => {
  test('counts days studied in a row; today is not missed before it is over', () => {
    assert.deepEqual(short([], 100), [0, 0, 0, [], false]);
    assert.deepEqual(short([100], 100), [1, 1, 0, [], true]);
    assert.deepEqual(short([98, 99], 100), [2, 2, 0, [], false]);
    assert.deepEqual(short([97, 98], 100), [0, 2, 0, [], false]);
    assert.deepEqual(short([90, 91, 92, 99, 100], 100), [2, 3, 0, [], true]);
  });

  test('every seventh day earns a freeze, of which two are kept, and a missed day uses one up', () => {
    assert.deepEqual(short(range(94, 100), 100), [7, 7, 1, [], true]);
    assert.deepEqual(short(range(72, 100), 100), [29, 29, 2, [], true]);
    assert.deepEqual(short([...range(91, 97), 99], 99), [8, 8, 0, [98], true]);
    assert.deepEqual(short([...range(80, 93), 96], 97), [15, 15, 0, [94, 95], false]);
    assert.deepEqual(short([...range(80, 93), 97], 97), [1, 14, 0, [], true]);
    assert.deepEqual(short(range(90, 97), 99), [8, 8, 0, [98], false]);
    assert.deepEqual(short(range(90, 97), 100), [0, 8, 0, [], false]);
  });

  test('a day that a zone left out of its calendar ends no streak', () => {
    const apia = studyCalendar('Pacific/Apia');
    const day = (text: string) => Date.parse(text) / 86_400_000;
    assert.equal(apia.dayOf(quarterOf(BigInt(Date.parse('2011-12-29T22:00:00Z')) * 1000n)), day('2011-12-29'));
    const { current, frozen } = streakOf([day('2011-12-29'), day('2011-12-31')], day('2011-12-31'), apia);
    assert.deepEqual([current, frozen], [2, []]);
  });

  test('never counts more than the days studied, and another day studied never shortens it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 120 })), fc.integer({ min: 0, max: 120 }), (days, more) => {
        const sorted = days.toSorted((a, b) => a - b);
        const before = streakOf(sorted, 120, utc);
        assert.ok(before.current <= before.longest && before.longest <= sorted.length && before.freezes <= 2);
        assert.ok(before.frozen.every((day) => !sorted.includes(day)));
        const after = streakOf(
          [...new Set([...sorted, more])].toSorted((a, b) => a - b),
          120,
          utc,
        );
        assert.ok(after.longest >= before.longest, `${before.longest} and ${after.longest}`);
        assert.ok(after.current >= before.current, `${before.current} and ${after.current}`);
      }),
    );
  });
});

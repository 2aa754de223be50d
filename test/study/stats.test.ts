import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Timestamp } from '../../src/schema/index.ts';
import { type Button, buttonOf, LONG_GAP, maturityOf, OUTCOMES, type OutcomeName, outcomeOf } from '../../src/study/outcome.ts';
import { NEVER_STUDIED } from '../../src/study/standing.ts';
import {
  buttonsOf,
  byDay,
  forecastOf,
  hoursOf,
  intervalsOf,
  isFirstOfDay,
  levelsOf,
  type MemoryReviews,
  rateOf,
  retentionOf,
} from '../../src/study/stats.ts';
import { quarterOf, studyCalendar } from '../../src/study/study-calendar.ts';
import { whyThisDate } from '../../src/study/why.ts';

const micros = (utc: string): bigint => BigInt(Date.parse(utc)) * 1000n;
const quarter = (utc: string): number => quarterOf(micros(utc));
const none = { passed: 0, failed: 0 };
const counted = (utc: string, more: Partial<MemoryReviews> = {}): MemoryReviews => ({
  quarter: quarter(utc),
  gap: LONG_GAP,
  young: none,
  mature: none,
  ...more,
});

const at = (utc: string) => Timestamp.fromMicros(micros(utc));
const answer = (utc: string, quality: number | undefined) => ({ at: at(utc), quality, durationMs: undefined });

describe('what a review was', () => {
  test('its button is told from its quality', () => {
    assert.deepEqual([undefined, 0, 1, 2, 3, 4, 5, 9].map(buttonOf), [0, 1, 1, 1, 2, 3, 4, 0]);
  });

  test('a card is mature from 21 days on', () => {
    assert.deepEqual([undefined, 0, 1, 20, 21].map(maturityOf), ['new', 'learning', 'young', 'young', 'mature']);
  });

  test('the gap to the review before is counted in quarter hours, up to more than any day has, where memory is tested', () => {
    const gap = (before: string, interval = 1) =>
      outcomeOf(answer('2026-11-26T12:00:00Z', 4), { ...NEVER_STUDIED, phase: 'review', answeredAt: at(before), interval }).gap;
    const times = [
      '2026-11-26T12:00:00Z',
      '2026-11-26T11:59:00Z',
      '2026-11-25T12:00:00Z',
      '2026-11-25T10:00:00Z',
      '2026-01-01T00:00:00Z',
    ];
    assert.deepEqual(
      times.map((time) => gap(time)),
      [0, 1, 96, 104, 104],
    );
    assert.equal(gap('2026-11-26T11:59:00Z', 0), LONG_GAP);
  });

  test('is counted under its button and what the card was before', () => {
    const noon = '2026-11-26T12:00:00Z';
    const name = (quality: number | undefined, interval?: number) =>
      outcomeOf(
        answer(noon, quality),
        interval === undefined ? NEVER_STUDIED : { ...NEVER_STUDIED, phase: 'review', answeredAt: at(noon), interval },
      ).name;
    assert.deepEqual(
      [name(4), name(0, 0), name(3, 20), name(5, 21), name(undefined, 3)],
      ['new_good', 'learning_again', 'young_hard', 'mature_easy', 'unrated'],
    );
  });
});

describe('statistics', () => {
  test('the first review of a card on a day is told in every zone', () => {
    // 19:30 and the next 3:30 in New York: one study day; in UTC 0:30 and 8:30: two.
    const row = counted('2026-11-26T08:30:00Z', { gap: 32 });
    assert.equal(isFirstOfDay(row, studyCalendar('America/New_York')), false);
    assert.equal(isFirstOfDay(row, studyCalendar('UTC')), true);
    assert.equal(isFirstOfDay({ ...row, gap: 0 }, studyCalendar('UTC')), false);
  });

  test('the gap tells the same as both times, whatever the zone', () => {
    const at = fc.integer({ min: quarter('1980-01-01T00:00:00Z'), max: quarter('2035-01-01T00:00:00Z') });
    const zone = fc.constantFrom('America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'Australia/Lord_Howe', 'UTC');
    fc.assert(
      fc.property(zone, at, fc.integer({ min: 0, max: 400 }), (name, now, gap) => {
        const calendar = studyCalendar(name);
        const isFirst = calendar.dayOf(now - gap) !== calendar.dayOf(now);
        assert.equal(isFirstOfDay({ ...counted('2026-11-26'), quarter: now, gap: Math.min(gap, LONG_GAP) }, calendar), isFirst);
      }),
    );
  });

  test('true retention takes the first review of a day, of cards past their first steps, young and mature apart', () => {
    const calendar = studyCalendar('UTC');
    const today = calendar.dayOf(quarter('2026-11-26T12:00:00Z'));
    const rows = [
      counted('2026-11-26T10:00:00Z', { young: { passed: 3, failed: 1 } }),
      counted('2026-11-26T10:15:00Z', { gap: 1, young: { passed: 0, failed: 5 } }),
      counted('2026-11-25T10:00:00Z', { mature: { passed: 2, failed: 0 } }),
      counted('2026-11-20T10:00:00Z', { mature: { passed: 0, failed: 1 } }),
      counted('2026-11-19T10:00:00Z', { mature: { passed: 1, failed: 0 } }),
      counted('2025-11-27T10:00:00Z', { young: { passed: 1, failed: 0 } }),
      counted('2025-11-26T10:00:00Z', { young: { passed: 1, failed: 0 } }),
    ];
    const told = retentionOf(rows, today, calendar).map(({ period, young, mature }) => [
      period,
      [young.passed, young.failed],
      [mature.passed, mature.failed],
    ]);
    assert.deepEqual(told, [
      ['today', [3, 1], [0, 0]],
      ['yesterday', [0, 0], [2, 0]],
      ['week', [3, 1], [2, 1]],
      ['month', [3, 1], [3, 1]],
      ['year', [4, 1], [3, 1]],
    ]);
    assert.equal(rateOf({ passed: 3, failed: 1 }), 0.75);
    assert.equal(rateOf({ passed: 0, failed: 0 }), undefined);
  });

  test('a day has 24 hours, also those without a review', () => {
    const hours = hoursOf([{ hour: 16, passed: 2, failed: 1 }]);
    assert.equal(hours.length, 24);
    assert.deepEqual(
      [hours[15], hours[16]],
      [
        { hour: 15, passed: 0, failed: 0 },
        { hour: 16, passed: 2, failed: 1 },
      ],
    );
  });

  test('buttons are counted by maturity', () => {
    const counts = Object.fromEntries(OUTCOMES.map((name, index) => [name, index])) as Record<OutcomeName, number>;
    assert.deepEqual(buttonsOf(counts), [
      { maturity: 'new', again: 0, hard: 1, good: 2, easy: 3 },
      { maturity: 'learning', again: 4, hard: 5, good: 6, easy: 7 },
      { maturity: 'young', again: 8, hard: 9, good: 10, easy: 11 },
      { maturity: 'mature', again: 12, hard: 13, good: 14, easy: 15 },
    ]);
  });

  test('whatever happened is in some day, once', () => {
    const rows = fc.array(
      fc.record({
        quarter: fc.integer({ min: 1_900_000, max: 2_000_000 }),
        cards: fc.nat(50),
      }),
    );
    fc.assert(
      fc.property(rows, fc.constantFrom('America/New_York', 'Pacific/Apia', 'UTC'), (given, zone) => {
        const days = byDay(given, studyCalendar(zone));
        const sum = (counts: Iterable<number>) => [...counts].reduce((all, cards) => all + cards, 0);
        assert.equal(sum(days.values()), sum(given.map(({ cards }) => cards)));
      }),
    );
  });

  test('levels are quarters of the days with reviews', () => {
    assert.deepEqual(levelsOf([0, 1, 2, 3, 4, 0]), [0, 1, 2, 3, 4, 0]);
    assert.deepEqual(levelsOf([5, 5, 5]), [1, 1, 1]);
    assert.deepEqual(levelsOf([]), []);
    assert.deepEqual(levelsOf([1, 1, 1, 1, 1, 1, 1, 900]), [1, 1, 1, 1, 1, 1, 1, 4]);
  });

  test('the forecast puts what was due before today into the backlog, and ends where it is told to', () => {
    const calendar = studyCalendar('UTC');
    const due = (utc: string, cards: number) => ({ quarter: quarter(utc), cards });
    const today = calendar.dayOf(quarter('2026-11-26T12:00:00Z'));
    const told = forecastOf(
      [
        due('2026-11-26T03:59:00Z', 5),
        due('2026-11-26T04:00:00Z', 1),
        due('2026-11-27T03:00:00Z', 2),
        due('2026-11-28T12:00:00Z', 4),
        due('2026-11-29T12:00:00Z', 8),
      ],
      today,
      3,
      calendar,
    );
    assert.equal(told.backlog, 5);
    assert.deepEqual(
      told.days.map(({ due: cards }) => cards),
      [3, 0, 4],
    );
  });

  test('every interval is in one group', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ interval: fc.nat(1_000_000), cards: fc.nat(9) })), (rows) => {
        const groups = intervalsOf(rows);
        for (const group of groups) {
          const inside = rows.filter(
            ({ interval }) => interval >= group.from && interval <= (group.to ?? Number.POSITIVE_INFINITY),
          );
          assert.equal(
            group.cards,
            inside.reduce((sum, { cards }) => sum + cards, 0),
          );
        }
        assert.deepEqual(
          groups.slice(1).map(({ from }) => from - 1),
          groups.slice(0, -1).map(({ to }) => to),
        );
      }),
    );
  });
});

test('why a card is due when it is, is said in words', () => {
  const last = { button: 3 as Button, interval: 15, easeFactor: 2.5, repetitions: 3, intervalBefore: 6 };
  const why = (more: Partial<typeof last> & { stability?: number }, isMoved = false) =>
    whyThisDate({ ...last, ...more }, '2026-11-26', { isMoved, isMadeNew: false, isGiven: true });
  assert.deepEqual(whyThisDate(undefined, '', { isMoved: false, isMadeNew: false, isGiven: false }), [
    'You have not studied this card yet: it comes after the cards that are due.',
  ]);
  assert.deepEqual(why({}), [
    'You answered “Good” on 2026-11-26.',
    'The interval before was 6 days; times the card’s ease of 2.50, that gives 15 days.',
  ]);
  assert.match(why({ button: 1, repetitions: 0, interval: 1 })[1] as string, /starts over/);
  assert.match(why({ repetitions: 1, interval: 1 })[1] as string, /first correct answer in a row gives 1 day/);
  assert.match(why({ repetitions: 2, interval: 6 })[1] as string, /6 days/);
  assert.match(why({ stability: 12.34 })[1] as string, /stability is now 12\.3 days/);
  assert.match(why({ interval: 0, stability: 0.4 })[1] as string, /^It is on its steps of minutes/);
  assert.equal(why({ button: 0 })[0], 'Your last review was on 2026-11-26.');
  assert.equal(why({}, true).at(-1), 'The date was changed after that review.');
});

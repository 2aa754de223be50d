import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timestamp } from '../../src/schema/index.ts';
import { nextInterval, nextMemory } from '../../src/study/fsrs.ts';
import { chanceOf, fuzzRange } from '../../src/study/fuzz.ts';
import { GRADES, type Grade, qualityOf } from '../../src/study/grade.ts';
import { BALANCED_DAYS, type DueLoad, drawDay, USUAL_WEEK, weekdayOf, withOneMore } from '../../src/study/load-balance.ts';
import { type LoggedReview, replay } from '../../src/study/replay.ts';
import { momentOf, outcomes, schedulerOf } from '../../src/study/schedulers.ts';
import { DEFAULT_SETTINGS, type StudySettings } from '../../src/study/settings.ts';
import { NEVER_STUDIED, type Standing } from '../../src/study/standing.ts';
import { studyDay } from '../../src/study/study-day.ts';

const MORNING = Timestamp.parse('2026-03-01 09:00:00') as Timestamp;
const TODAY = studyDay(MORNING, DEFAULT_SETTINGS);
const balanced: StudySettings = { ...DEFAULT_SETTINGS, version: 1, hasLoadBalance: true };
const EASY_SUNDAY = [100, 100, 100, 100, 100, 50, 0];

const weeks = fc.constantFrom(USUAL_WEEK, EASY_SUNDAY, [0, 0, 0, 0, 0, 0, 0], [10, 100, 0, 0, 100, 0, 33]);
const loads = fc
  .array(fc.integer({ min: 0, max: 300 }), { minLength: BALANCED_DAYS, maxLength: BALANCED_DAYS })
  .map((cards): DueLoad => ({ firstDay: TODAY + 1, cards }));
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const standings = fc
  .record({
    stability: fc.double({ min: 0.1, max: 500, noNaN: true }),
    difficulty: fc.double({ min: 1, max: 10, noNaN: true }),
    elapsed: fc.integer({ min: 0, max: 60 }),
  })
  .map(
    ({ elapsed, ...memory }): Standing => ({
      ...NEVER_STUDIED,
      scheduler: 'fsrs-6',
      phase: 'review',
      interval: 5,
      reviewCount: 3,
      memory,
      answeredAt: MORNING.plusDays(-elapsed),
      due: MORNING,
    }),
  );

test('a day is drawn from its window, a weekday that takes none only where there is no other', () => {
  assert.equal(weekdayOf(TODAY), 6);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 12 }),
      weeks,
      fc.option(loads, { nil: undefined }),
      chances,
      (lowest, more, weekdays, load, chance) => {
        const window = { lowest, highest: lowest + more };
        const drawn = drawDay(window, { today: TODAY, weekdays, load }, chance);
        assert.ok(Number.isInteger(drawn) && drawn >= lowest && drawn <= window.highest);
        const takes = (interval: number) => weekdays[weekdayOf(TODAY + interval)] as number;
        const days = Array.from({ length: more + 1 }, (_, at) => lowest + at);
        if (days.some((day) => takes(day) > 0)) assert.ok(takes(drawn) > 0);
      },
    ),
  );
});

test('levelled days stay within the chance of before, better grades never come back sooner, and Easy after Good after Hard', () => {
  fc.assert(
    fc.property(
      standings,
      weeks,
      fc.option(loads, { nil: undefined }),
      fc.bigInt({ min: 1n, max: 1000n }),
      (from, week, load, card) => {
        const settings = { ...balanced, weekdayLoads: week, relearningSteps: [] };
        const moment = momentOf(card, from, MORNING, settings, load);
        const given = outcomes(from, moment);
        const days = GRADES.map((grade) => given[grade].interval) as [number, number, number, number];
        assert.ok(days[0] <= days[1] && days[1] < days[2] && days[2] < days[3], String(days));
        for (const grade of GRADES) {
          const interval = nextInterval(settings, nextMemory(settings, from.memory, moment.elapsedDays, grade).stability);
          const { lowest, highest } = fuzzRange(interval, moment.elapsedDays, settings.maximumInterval);
          // Grades that would fall together are put apart, by as many days as there are grades below.
          assert.ok(days[grade - 1]! <= highest + 3 && (grade < 3 || days[grade - 1]! >= lowest), `${grade}: ${days}`);
        }
      },
    ),
  );
});

test('what a button promised is given where the answer may give it, and nothing else', () => {
  fc.assert(
    fc.property(
      standings,
      loads,
      loads,
      fc.constantFrom<Grade>(2, 3, 4),
      fc.integer({ min: -2, max: 2000 }),
      (from, then, now, grade, asked) => {
        const answer = (load: DueLoad | undefined, promised?: number) =>
          schedulerOf('fsrs-6').answer(
            from,
            { grade, quality: qualityOf(grade) },
            { ...momentOf(7n, from, MORNING, balanced, load), promised },
          );
        const shown = answer(then).interval;
        assert.equal(answer(now, shown).interval, shown);
        assert.equal(answer(undefined, shown).interval, shown);
        const days = answer(now, asked).interval;
        const interval = nextInterval(
          balanced,
          nextMemory(balanced, from.memory, momentOf(7n, from, MORNING, balanced).elapsedDays, grade).stability,
        );
        assert.ok(days === asked ? Math.abs(asked - interval) <= 4 + interval * 0.15 : days === answer(now).interval);
      },
    ),
  );
});

test('a log of levelled answers leads to where each of them led, whatever else was due then', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          grade: fc.constantFrom<Grade>(1, 2, 3, 4),
          load: fc.option(loads, { nil: undefined }),
          late: fc.integer({ min: 0, max: 20 }),
        }),
        {
          minLength: 1,
          maxLength: 10,
        },
      ),
      weeks,
      (answers, weekdayLoads) => {
        const settings = { ...balanced, weekdayLoads };
        let standing: Standing = NEVER_STUDIED;
        let at = MORNING;
        const log: LoggedReview[] = [];
        for (const [index, { grade, load, late }] of answers.entries()) {
          const moment = momentOf(5n, standing, at, settings, load);
          const kind = ({ new: 'new', learning: 'learn', review: 'review', relearning: 'relearn' } as const)[standing.phase];
          standing = schedulerOf('fsrs-6').answer(standing, { grade, quality: qualityOf(grade) }, moment);
          log.push({
            id: BigInt(index + 1),
            reviewedAt: at,
            scheduler: 'fsrs-6',
            kind,
            quality: qualityOf(grade),
            durationMs: undefined,
            elapsedDays: moment.elapsedDays,
            settingsVersion: 1,
            undoes: undefined,
            after: standing,
          });
          at = (standing.due as Timestamp).plusDays(late);
        }
        const history = replay(5n, log, () => settings);
        assert.deepEqual(history.at(-1)?.standing, standing);
        // Where a day cannot have been given, the log is told to be wrong.
        const [first] = log;
        if (first !== undefined && first.after.interval > 0)
          assert.notEqual(
            replay(5n, [{ ...first, after: { ...first.after, interval: 9000 } }], () => settings).at(-1)?.standing.interval,
            9000,
          );
      },
    ),
    { numRuns: 60 },
  );
});

/** Cards due on each day after as many answers on one day, each by the same memory: the worst case for chance alone. */
function dueAfter(answers: number, settings: StudySettings): DueLoad {
  let load: DueLoad = { firstDay: TODAY + 1, cards: new Array<number>(BALANCED_DAYS).fill(0) };
  for (let card = 1; card <= answers; card++) {
    const stability = 10 + (card % 30);
    const from: Standing = {
      ...NEVER_STUDIED,
      scheduler: 'fsrs-6',
      phase: 'review',
      interval: 10,
      reviewCount: 2,
      memory: { stability, difficulty: 5 },
      answeredAt: MORNING.plusDays(-10),
      due: MORNING,
    };
    const counted = settings.hasLoadBalance ? load : undefined;
    const { interval } = outcomes(from, momentOf(BigInt(card), from, MORNING, settings, counted))[3];
    load = withOneMore(load, TODAY + interval);
  }
  return load;
}

test('days that are levelled are more even than by chance, and easy days get their share', () => {
  const unevenness = ({ cards }: DueLoad) => {
    const used = cards.slice(
      cards.findIndex((count) => count > 0),
      cards.findLastIndex((count) => count > 0) + 1,
    );
    const mean = used.reduce((sum, count) => sum + count, 0) / used.length;
    return Math.sqrt(used.reduce((sum, count) => sum + (count - mean) ** 2, 0) / used.length) / mean;
  };
  const [chance, level] = [dueAfter(900, { ...balanced, hasLoadBalance: false }), dueAfter(900, balanced)];
  assert.ok(unevenness(level) < 0.75 * unevenness(chance), `${unevenness(level)} against ${unevenness(chance)}`);
  for (const hasLoadBalance of [true, false]) {
    const easy = dueAfter(900, { ...balanced, hasLoadBalance, weekdayLoads: EASY_SUNDAY });
    const byWeekday = new Array<number>(7).fill(0);
    for (const [at, count] of easy.cards.entries()) (byWeekday[weekdayOf(easy.firstDay + at)] as number) += count;
    assert.equal(byWeekday[6], 0);
    const others = byWeekday.slice(0, 5).reduce((sum, count) => sum + count, 0) / 5;
    assert.ok((byWeekday[5] as number) < 0.85 * others, String(byWeekday));
  }
  assert.equal(chanceOf(1n, 2), chanceOf(1n, 2));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timestamp } from '../../src/schema/index.ts';
import { DEFAULT_WEIGHTS, fsrs6, memoryOfInterval, nextInterval, nextMemory, retrievability } from '../../src/study/fsrs.ts';
import { chanceOf, fuzzRange } from '../../src/study/fuzz.ts';
import { GRADES, type Grade, qualityOf } from '../../src/study/grade.ts';
import { momentOf, outcomes, schedulerOf } from '../../src/study/schedulers.ts';
import { DEFAULT_SETTINGS, isLeech, parseSteps, printSteps, type StudySettings } from '../../src/study/settings.ts';
import { NEVER_STUDIED, type Standing } from '../../src/study/standing.ts';

const at = (text: string) => Timestamp.parse(text) as Timestamp;
const MORNING = at('2026-03-01 09:00:00');
const plain: StudySettings = { ...DEFAULT_SETTINGS, hasFuzz: false };

const given = (settings: StudySettings, standing: Standing, time: Timestamp, cardId = 1n) =>
  outcomes(standing, momentOf(cardId, standing, time, settings));
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

test('FSRS-6 with its published weights: the golden values of first answers', () => {
  assert.equal(DEFAULT_WEIGHTS.length, 21);
  const first = GRADES.map((grade) => nextMemory(plain, undefined, 0, grade));
  assert.deepEqual(
    first.map(({ stability, difficulty }) => [stability, rounded(difficulty, 4)]),
    [
      [0.212, 6.4133],
      [1.2931, 5.1122],
      [2.3065, 2.1181],
      [8.2956, 1],
    ],
  );
  const buttons = given(plain, NEVER_STUDIED, MORNING);
  const waits = GRADES.map((grade) => [
    buttons[grade].interval,
    Number(((buttons[grade].due as Timestamp).micros - MORNING.micros) / 1_000_000n) / 60,
  ]);
  assert.deepEqual(waits.slice(0, 3), [
    [0, 1],
    [0, 6],
    [0, 10],
  ]);
  assert.equal(buttons[4].interval, 8);
  assert.equal(buttons[4].due?.text, '2026-03-09 04:00:00.000000');
});

test('FSRS-6: the golden values of intervals, reviews and answers on the same day', () => {
  for (const [retention, part] of [
    [0.8, 3.32],
    [0.85, 1.91],
    [0.9, 1.0],
    [0.95, 0.4],
    [0.97, 0.22],
  ] as const) {
    assert.ok(Math.abs(nextInterval({ ...plain, desiredRetention: retention }, 1000) / 1000 - part) < 0.006, String(retention));
  }
  const memory = { stability: 10, difficulty: 5 };
  assert.deepEqual(
    [5, 10, 20, 40].map((days) => nextInterval(plain, nextMemory(plain, memory, days, 3).stability)),
    [23, 32, 45, 60],
  );
  const after = (days: number) => GRADES.map((grade) => nextMemory(plain, memory, days, grade));
  assert.deepEqual(
    after(10).map(({ stability, difficulty }) => [rounded(stability, 4), rounded(difficulty, 4)]),
    [
      [1.392, 8.3418],
      [23.2469, 6.666],
      [32.0267, 4.9902],
      [51.2539, 3.3145],
    ],
  );
  assert.deepEqual(
    after(0).map(({ stability }) => rounded(stability, 4)),
    [3.0512, 10, 10, 15.5343],
  );
  assert.equal(rounded(retrievability(plain, memory, 10), 6), 0.9);
});

test('FSRS-6: an interval of SM-2 without a history becomes the memory that explains it', () => {
  for (const [ease, interval, difficulty] of [
    [2.5, 1, 8.216],
    [2.5, 6, 7.247],
    [2.5, 15, 6.629],
    [2.5, 30, 6.093],
    [2.5, 100, 5.004],
    [1.3, 30, 10],
  ] as const) {
    const memory = memoryOfInterval(plain, ease, interval);
    assert.deepEqual([memory.stability, rounded(memory.difficulty, 3)], [interval, difficulty]);
  }
});

test('FSRS counts study days: an evening in New York that spans midnight in UTC is one day', () => {
  const settings = { ...plain, timeZone: 'America/New_York' };
  const known: Standing = {
    ...NEVER_STUDIED,
    scheduler: 'fsrs-6',
    phase: 'review',
    interval: 9,
    repetitions: 1,
    reviewCount: 3,
    memory: { stability: 10, difficulty: 5 },
    answeredAt: at('2026-01-10 15:00:00'),
    due: at('2026-01-19 09:00:00'),
  };
  // 18:00, 19:30 and 23:30 on the 19th there, and an hour before the study day ends; the last three are the 20th in UTC.
  const evenings = ['2026-01-19 23:00:00', '2026-01-20 00:30:00', '2026-01-20 04:30:00', '2026-01-20 08:00:00'];
  const moments = evenings.map((text) => momentOf(1n, known, at(text), settings));
  assert.deepEqual(
    moments.map(({ elapsedDays }) => elapsedDays),
    [9, 9, 9, 9],
  );
  assert.equal(new Set(moments.map((moment) => JSON.stringify(outcomes(known, moment)[3].memory))).size, 1);
});

const steps = fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 4 }).map((minutes) => minutes.toSorted((a, b) => a - b));
const anySettings = fc.record({
  desiredRetention: fc.double({ min: 0.7, max: 0.99, noNaN: true }),
  maximumInterval: fc.integer({ min: 1, max: 36_500 }),
  hasFuzz: fc.boolean(),
  learningSteps: steps,
  relearningSteps: steps,
  timeZone: fc.constantFrom('UTC', 'America/New_York', 'Pacific/Auckland', 'Asia/Kathmandu'),
});
const history = fc.array(fc.record({ grade: fc.constantFrom(...GRADES), minutes: fc.integer({ min: 1, max: 200_000 }) }), {
  maxLength: 25,
});

test('a better grade never comes back sooner, no interval leaves its bounds, and a preview is what its answer gives', () => {
  fc.assert(
    fc.property(anySettings, history, fc.bigInt({ min: 1n, max: 2n ** 62n }), (chosen, answers, cardId) => {
      const settings: StudySettings = { ...DEFAULT_SETTINGS, ...chosen };
      let standing = NEVER_STUDIED;
      let time = MORNING;
      for (const { grade, minutes } of answers) {
        time = time.plusSeconds(minutes * 60);
        const moment = momentOf(cardId, standing, time, settings);
        const previews = outcomes(standing, moment);
        const intervals = GRADES.map((one) => previews[one].interval);
        assert.deepEqual(
          intervals,
          intervals.toSorted((a, b) => a - b),
        );
        for (const one of GRADES) {
          const { interval, phase, due, memory, repetitions } = previews[one];
          assert.ok(interval >= 0 && interval <= settings.maximumInterval);
          assert.equal(interval === 0, phase !== 'review');
          assert.ok(time.isBefore(due as Timestamp));
          assert.ok(memory !== undefined && memory.stability > 0 && memory.difficulty >= 1 && memory.difficulty <= 10);
          assert.ok(repetitions === 0 || phase === 'review');
        }
        const minutesOf = (one: Grade) => previews[one].due as Timestamp;
        for (const [worse, better] of [
          [1, 2],
          [2, 3],
          [3, 4],
        ] as const) {
          if (previews[better].interval === 0) assert.ok(!minutesOf(better).isBefore(minutesOf(worse)));
        }
        const next = fsrs6.answer(standing, { grade, quality: qualityOf(grade) }, moment);
        assert.deepEqual(next, previews[grade]);
        standing = next;
      }
    }),
  );
});

test('fuzz is drawn from its range, spreads over all of it, and follows from the card and its answers alone', () => {
  assert.deepEqual(fuzzRange(2, 0, 36_500), { lowest: 2, highest: 2 });
  assert.deepEqual(fuzzRange(10, 0, 36_500), { lowest: 8, highest: 12 });
  assert.deepEqual(fuzzRange(100, 0, 36_500), { lowest: 93, highest: 107 });
  assert.deepEqual(fuzzRange(100, 0, 100), { lowest: 93, highest: 100 });
  const drawn = new Map<number, number>();
  for (let card = 1n; card <= 2000n; card++) {
    const chance = chanceOf(card, 5);
    assert.equal(chance, chanceOf(card, 5));
    assert.ok(chance >= 0 && chance < 1);
    const tenth = Math.floor(chance * 10);
    drawn.set(tenth, (drawn.get(tenth) ?? 0) + 1);
  }
  assert.equal(drawn.size, 10);
  for (const [tenth, times] of drawn) assert.ok(times > 140 && times < 260, `${times} of 2000 in tenth ${tenth}`);
});

test('SM-2 goes on from the days FSRS gave, and from the steps of minutes with a day', () => {
  const sm2 = schedulerOf('sm2');
  const moment = momentOf(1n, NEVER_STUDIED, MORNING, { ...plain, scheduler: 'sm2' });
  const learning = fsrs6.answer(NEVER_STUDIED, { grade: 3, quality: 4 }, momentOf(1n, NEVER_STUDIED, MORNING, plain));
  assert.equal(sm2.answer(learning, { grade: 3, quality: 4 }, moment).interval, 1);
  const learned: Standing = { ...learning, phase: 'review', interval: 30, repetitions: 1 };
  assert.equal(sm2.answer(learned, { grade: 3, quality: 4 }, moment).interval, 75);
});

test('steps are read and printed as people write them; what makes no sense is refused', () => {
  assert.deepEqual(parseSteps(' 1m  10m 2h ', 'steps'), [1, 10, 120]);
  assert.deepEqual(parseSteps('', 'steps'), []);
  assert.equal(printSteps([1, 10, 120]), '1m 10m 2h');
  for (const wrong of ['10', '1d', '0m', '13h', '10m 1m', 'm', '1.5m', Array(11).fill('1m').join(' ')]) {
    assert.throws(() => parseSteps(wrong, 'learning_steps'), { code: 'FC_INPUT_INVALID' }, wrong);
  }
});

test('a leech is told at the threshold and at every half of it, and never twice for one failure', () => {
  const told = Array.from({ length: 30 }, (_, lapses) => lapses).filter((lapses) => isLeech(lapses - 1, lapses, 8));
  assert.deepEqual(told, [8, 12, 16, 20, 24, 28]);
  assert.equal(isLeech(8, 8, 8), false);
  assert.equal(isLeech(7, 8, 0), false);
  assert.equal(isLeech(0, 1, 1), true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timestamp } from '../../src/schema/index.ts';
import { examOrder, withinSeconds } from '../../src/study/exam-order.ts';
import { planExam } from '../../src/study/exam-plan.ts';
import { nextInterval, nextMemory, retrievability } from '../../src/study/fsrs.ts';
import { GRADES, type Grade, qualityOf } from '../../src/study/grade.ts';
import { MemoryFormulas } from '../../src/study/memory-formulas.ts';
import { momentOf, schedulerOf } from '../../src/study/schedulers.ts';
import { DEFAULT_SETTINGS, type StudySettings } from '../../src/study/settings.ts';
import { type SimulatedCard, SimulatedCards } from '../../src/study/simulated-cards.ts';
import { expectedRecall, NOTHING_DONE, simulate } from '../../src/study/simulation.ts';
import { NEVER_STUDIED, type Standing } from '../../src/study/standing.ts';
import { type Habits, StudentModel } from '../../src/study/student-model.ts';
import { startOfStudyDay, studyDay } from '../../src/study/study-day.ts';

const settings: StudySettings = { ...DEFAULT_SETTINGS, hasFuzz: false };
const habits: Habits = { first: [0.25, 0.1, 0.5, 0.15], known: [0.1, 0.8, 0.1], newSeconds: 25, reviewSeconds: 10 };

/** Mulberry32: other chance than the simulation's own. */
function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Cards in the middle of being learned: some new, some young, some well known, some overdue. */
function someCards(count: number, seed: number, shareOfNew = 0.4): SimulatedCard[] {
  const chance = chances(seed);
  return Array.from({ length: count }, (_, index) => {
    const group = index % 3;
    if (chance() < shareOfNew) return { group, lastDay: 0, dueDay: 0, easeFactor: 2.5, interval: 0, repetitions: 0 };
    const stability = Math.exp(chance() * 5);
    const interval = Math.max(1, Math.round(stability));
    const lastDay = -Math.round(chance() * interval * 1.5);
    return {
      group,
      memory: { stability, difficulty: 1 + 9 * chance() },
      lastDay,
      dueDay: lastDay + interval,
      easeFactor: 2.5,
      interval,
      repetitions: 2,
    };
  });
}

const memories = fc.record({
  stability: fc.double({ min: 0.01, max: 3000, noNaN: true }),
  difficulty: fc.double({ min: 1, max: 10, noNaN: true }),
  days: fc.integer({ min: 0, max: 800 }),
  grade: fc.constantFrom(...GRADES),
});

test('the fast formulas of the simulation are those by which cards are really scheduled', () => {
  const formulas = new MemoryFormulas();
  const isClose = (one: number, other: number) => Math.abs(one - other) <= 1e-6 * Math.max(1, Math.abs(other));
  for (const grade of GRADES) {
    const first = nextMemory(settings, undefined, 0, grade);
    assert.ok(
      isClose(formulas.firstStability(grade), first.stability) && isClose(formulas.firstDifficulty(grade), first.difficulty),
    );
  }
  fc.assert(
    fc.property(memories, ({ stability, difficulty, days, grade }) => {
      const memory = { stability, difficulty };
      const after = nextMemory(settings, memory, days, grade);
      const recall = formulas.recall(days, stability);
      assert.ok(isClose(recall, retrievability(settings, memory, days)));
      const next = formulas.stabilityAfter(stability, difficulty, days, recall, grade);
      assert.ok(isClose(next, after.stability), `${next} for ${after.stability}`);
      assert.ok(isClose(formulas.difficultyAfter(difficulty, grade), after.difficulty));
    }),
    { numRuns: 2000 },
  );
  assert.equal(Math.round(1000 * formulas.daysPerStability(0.8)), nextInterval({ ...settings, desiredRetention: 0.8 }, 1000));
});

const START = Timestamp.parse('2026-03-01 12:00:00') as Timestamp;
const TODAY = studyDay(START, settings);

/** All answers to a card on one day by the real scheduler: the first one as given, what comes back on the steps is known. */
function realVisit(given: StudySettings, standing: Standing, grade: Grade, day: number, cardId: bigint): Standing {
  const answer = (before: Standing, one: Grade): Standing =>
    schedulerOf(given.scheduler).answer(
      before,
      { grade: one, quality: qualityOf(one) },
      momentOf(cardId, before, START.plusDays(day), given),
    );
  let after = answer(standing, grade);
  while (after.phase !== 'review') after = answer(after, 3);
  return after;
}

test('a visit in the simulation leads where the real scheduler leads, over the steps of minutes too', () => {
  for (const given of [
    settings,
    { ...settings, learningSteps: [], relearningSteps: [] },
    { ...settings, learningSteps: [5, 20, 60], desiredRetention: 0.85 },
  ]) {
    const student = new StudentModel(given, { ...habits, first: [0.3, 0.2, 0.3, 0.2], known: [0.3, 0.4, 0.3] }, 7);
    const cards = SimulatedCards.of(someCards(200, 1, 1));
    for (let card = 0; card < cards.size; card++) {
      let standing = NEVER_STUDIED;
      for (const day of [0, 1, 4, 9, 30, 31, 100]) {
        student.visit(cards, card, day);
        const led = GRADES.map((grade) => realVisit(given, standing, grade, day, BigInt(card))).find(
          ({ memory, interval }) =>
            interval === cards.interval[card] &&
            Math.abs((memory?.stability as number) - (cards.stability[card] as number)) <
              1e-4 * (cards.stability[card] as number) &&
            Math.abs((memory?.difficulty as number) - (cards.difficulty[card] as number)) < 1e-4,
        );
        assert.ok(led !== undefined, `card ${card} on day ${day}: ${cards.stability[card]} and ${cards.interval[card]} days`);
        standing = led;
      }
    }
  }
});

/** One student of flesh and the real scheduler: draws what they recall from their memory, and studies what the exam asks. */
function recalledByStudent(
  start: readonly SimulatedCard[],
  exam: { examDay: number; secondsPerDay: number; targetRecall: number },
  seed: number,
): number {
  const chance = chances(seed);
  const dayOf = (standing: Standing) => studyDay(standing.answeredAt as Timestamp, settings) - TODAY;
  const standings = start.map(
    ({ memory, lastDay, dueDay, interval }): Standing =>
      memory === undefined
        ? NEVER_STUDIED
        : {
            ...NEVER_STUDIED,
            scheduler: 'fsrs-6',
            phase: 'review',
            memory,
            interval,
            reviewCount: 2,
            answeredAt: START.plusDays(lastDay),
            due: startOfStudyDay(TODAY + dueDay, settings),
          },
  );
  const recallOf = (standing: Standing, day: number) =>
    standing.memory === undefined ? 0 : retrievability(settings, standing.memory, day - dayOf(standing));
  const drawn = (shares: readonly number[]) => {
    const at = chance();
    const upTo = shares.map((_, index) => shares.slice(0, index + 1).reduce((sum, share) => sum + share, 0));
    return Math.min(upTo.filter((sum) => sum <= at).length, shares.length - 1);
  };
  for (let day = 0; day < exam.examDay; day++) {
    const cards = SimulatedCards.of(
      standings.map((standing, card) => ({
        ...(start[card] as SimulatedCard),
        memory: standing.memory,
        lastDay: standing.memory === undefined ? 0 : dayOf(standing),
        dueDay: standing.due === undefined ? 0 : studyDay(standing.due, settings) - TODAY,
      })),
    );
    const student = new StudentModel(settings, habits, 0);
    const asked = [...withinSeconds(examOrder(cards, day, exam, student, 0), cards, student, exam.secondsPerDay)];
    for (const { card, isNew } of asked) {
      const standing = standings[card] as Standing;
      const known = chance() < recallOf(standing, day);
      const grade = (isNew ? drawn(habits.first) + 1 : known ? drawn(habits.known) + 2 : 1) as Grade;
      standings[card] = realVisit(settings, standing, grade, day, BigInt(card));
    }
  }
  return standings.filter((standing) => chance() < recallOf(standing, exam.examDay)).length / standings.length;
}

test('what a plan predicts is what simulated students recall on the exam day, within 1.5 points', (t) => {
  for (const [examDay, minutes] of [
    [12, 15],
    [30, 25],
    [40, 60],
  ] as const) {
    const seed = 1000 * examDay + minutes;
    const cards = someCards(700, seed);
    const exam = { examDay, secondsPerDay: minutes * 60, targetRecall: 0.9 };
    const input = { cards: SimulatedCards.of(cards), groups: 3, settings, habits, exam, done: NOTHING_DONE, seed };
    const { planned } = planExam(input);
    const students = Array.from({ length: 8 }, (_, one) => recalledByStudent(cards, exam, seed + one));
    const recalled = students.reduce((sum, one) => sum + one, 0) / students.length;
    t.diagnostic(
      `seed ${seed}: ${examDay} days, ${minutes} minutes: predicted ${planned.all.toFixed(4)}, recalled ${recalled.toFixed(4)}`,
    );
    assert.ok(Math.abs(planned.all - recalled) < 0.015, `seed ${seed}: predicted ${planned.all}, recalled ${recalled}`);
  }
});

/** Expected recall on the exam day after so many minutes a day. */
function recallWith(cards: readonly SimulatedCard[], examDay: number, minutes: number, seed: number, given = settings): number {
  const student = new StudentModel(given, habits, seed);
  const simulated = SimulatedCards.of(cards);
  simulate(simulated, student, { days: examDay, exam: { examDay, secondsPerDay: minutes * 60, targetRecall: 0.9 } });
  return expectedRecall(simulated, student, examDay, 3).all;
}

const decks = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  count: fc.integer({ min: 300, max: 900 }),
  examDay: fc.integer({ min: 3, max: 60 }),
});

test('more minutes a day never lower what is expected on the exam day by more than a point', () => {
  fc.assert(
    fc.property(decks, ({ seed, count, examDay }) => {
      const cards = someCards(count, seed);
      let before = 0;
      for (const minutes of [2, 5, 10, 20, 40, 80, 160]) {
        const recall = recallWith(cards, examDay, minutes, seed);
        assert.ok(recall > before - 0.01, `seed ${seed}: ${minutes} minutes give ${recall}, fewer gave ${before}`);
        before = Math.max(before, recall);
      }
    }),
    { numRuns: 20 },
  );
});

test('with the same minutes, what an exam asks is recalled better than what is due, or as well', () => {
  fc.assert(
    fc.property(decks, ({ seed, count, examDay }) => {
      const cards = someCards(count, seed);
      const usual = SimulatedCards.of(cards);
      const student = new StudentModel(settings, habits, seed);
      const work = simulate(usual, student, { days: examDay });
      const without = expectedRecall(usual, student, examDay, 3).all;
      const minutes = work.seconds.reduce((sum, one) => sum + one, 0) / 60 / examDay;
      const recall = recallWith(cards, examDay, minutes, seed);
      assert.ok(recall > without - 0.01, `seed ${seed}: ${recall} for the exam, ${without} as usual, ${minutes} minutes a day`);
    }),
    { numRuns: 20 },
  );
});

test('wanting to remember more is never less work over half a year', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const cards = someCards(400, seed);
      let before = 0;
      for (const desiredRetention of [0.8, 0.85, 0.9, 0.95, 0.97]) {
        const student = new StudentModel({ ...settings, desiredRetention, reviewsPerDay: 9999 }, habits, seed);
        const work = simulate(SimulatedCards.of(cards), student, { days: 180 });
        const seconds = work.seconds.reduce((sum, one) => sum + one, 0);
        assert.ok(seconds > before * 0.98, `seed ${seed}: ${desiredRetention} takes ${seconds} seconds, less took ${before}`);
        before = Math.max(before, seconds);
      }
    }),
    { numRuns: 10 },
  );
});

test('with minutes enough, each card is at the target on the exam day or was asked in the last days before it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const cards = SimulatedCards.of(someCards(300, seed));
      const student = new StudentModel(settings, habits, seed);
      simulate(cards, student, { days: 20, exam: { examDay: 20, secondsPerDay: 3 * 3600, targetRecall: 0.92 } });
      for (let card = 0; card < cards.size; card++) {
        const isKnown = student.recall(cards, card, 20) >= 0.92;
        assert.ok(isKnown || 20 - (cards.lastDay[card] as number) <= 2, `seed ${seed}, card ${card}: ${cards.lastDay[card]}`);
      }
    }),
    { numRuns: 20 },
  );
});

test('a plan keeps to its minutes each day, counts what was done today, and is the same for the same seed', () => {
  const cards = SimulatedCards.of(someCards(900, 3));
  const exam = { examDay: 25, secondsPerDay: 20 * 60, targetRecall: 0.95 };
  const input = { cards, groups: 3, settings, habits, exam, done: { seconds: 900, begun: 5, reviewed: 70 }, seed: 5 };
  const plan = planExam(input);
  assert.ok((plan.days[0]?.seconds as number) <= 300);
  for (const { seconds } of plan.days) assert.ok(seconds <= 20 * 60);
  assert.deepEqual(planExam(input), plan);
  assert.ok(plan.untouched.all < plan.planned.all);
  assert.equal(plan.days.length, 25);
});

test('the minutes a plan says are needed reach the target, and five fewer do not', () => {
  const cards = SimulatedCards.of(someCards(900, 4, 0.7));
  const input = { cards, groups: 3, settings, habits, done: NOTHING_DONE, seed: 9 };
  const with20 = planExam({ ...input, exam: { examDay: 20, secondsPerDay: 10 * 60, targetRecall: 0.9 } });
  assert.ok(with20.planned.all < 0.9);
  const needed = with20.minutesNeeded as number;
  assert.ok(needed > 10);
  const plan = (minutes: number) => planExam({ ...input, exam: { examDay: 20, secondsPerDay: minutes * 60, targetRecall: 0.9 } });
  assert.ok(plan(needed).planned.all >= 0.9);
  assert.ok(plan(needed - 5).planned.all < 0.9);
  const never = planExam({ ...input, exam: { examDay: 1, secondsPerDay: 60, targetRecall: 0.99 } });
  assert.equal(never.minutesNeeded, undefined);
});

test('a plan for today has no day to study and expects what is known now', () => {
  const cards = SimulatedCards.of(someCards(100, 5));
  const plan = planExam({
    cards,
    groups: 3,
    settings,
    habits,
    exam: { examDay: 0, secondsPerDay: 600, targetRecall: 0.9 },
    done: NOTHING_DONE,
    seed: 1,
  });
  assert.deepEqual(plan.planned, plan.untouched);
  assert.deepEqual(plan.days, []);
});

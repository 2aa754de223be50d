import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastBacklog, overdueBefore } from '../../src/study/catch-up.ts';
import { DEFAULT_SETTINGS } from '../../src/study/settings.ts';
import { type SimulatedCard, SimulatedCards } from '../../src/study/simulated-cards.ts';
import { NOTHING_DONE, simulate } from '../../src/study/simulation.ts';
import { type Habits, StudentModel } from '../../src/study/student-model.ts';
import { MONTH_DAYS, workload } from '../../src/study/workload.ts';

const habits: Habits = { first: [0.25, 0.1, 0.5, 0.15], known: [0.1, 0.8, 0.1], newSeconds: 25, reviewSeconds: 10 };

/** As many cards, learned steadily, whose student was away for some days. */
const away = (count: number, days: number): SimulatedCards =>
  SimulatedCards.of(
    Array.from({ length: count }, (_, index): SimulatedCard => {
      const interval = 3 + ((index * 7) % 40);
      const lastDay = -days - ((index * 5) % interval);
      const memory = { stability: interval, difficulty: 3 + (index % 6) };
      return { group: 0, memory, lastDay, dueDay: lastDay + interval, easeFactor: 2.5, interval, repetitions: 3 };
    }),
  );
const input = { settings: DEFAULT_SETTINGS, habits, done: NOTHING_DONE, seed: 1 };

test('the year ahead is what a simulated student does: minutes and cards known, for each wanted retention, the same for the same seed', () => {
  const cards = away(1200, 0);
  const ahead = workload({ ...input, cards, retentions: [0.8, 0.9, 0.95] });
  assert.deepEqual(workload({ ...input, cards, retentions: [0.8, 0.9, 0.95] }), ahead);
  const student = new StudentModel(DEFAULT_SETTINGS, habits, 1);
  const own = cards.sample();
  const work = simulate(own, student, { days: 12 * MONTH_DAYS });
  const month = (at: number) =>
    work.seconds.subarray(at * MONTH_DAYS, (at + 1) * MONTH_DAYS).reduce((sum, one) => sum + one, 0) / 60 / MONTH_DAYS;
  for (const [at, { minutesPerDay }] of (ahead.years[1]?.months ?? []).entries())
    assert.ok(Math.abs(minutesPerDay - month(at)) < 1e-9);
  let known = 0;
  for (let card = 0; card < own.size; card++) known += student.recall(own, card, 360);
  assert.ok(Math.abs((ahead.years[1]?.months.at(-1)?.memorised ?? 0) - known) < 1e-9);
  const inAll = ahead.years.map(({ months }) => months.reduce((sum, { minutesPerDay }) => sum + minutesPerDay, 0));
  const atEnd = ahead.years.map(({ months }) => months.at(-1)?.memorised ?? 0);
  assert.ok(inAll[0]! < inAll[1]! && inAll[1]! < inAll[2]!, String(inAll));
  assert.ok(atEnd[0]! < atEnd[1]! && atEnd[1]! < atEnd[2]! && atEnd[2]! <= 1200, String(atEnd));
  // What is given is left as it was.
  assert.deepEqual(cards, away(1200, 0));
});

test('a plan to catch up asks the fewest reviews a day that leave nothing overdue in its days, and longer plans ask fewer', () => {
  const cards = away(2000, 60);
  assert.ok(overdueBefore(cards, 0) > 1800);
  const { options, days } = forecastBacklog({
    ...input,
    cards,
    lengths: [3, 7, 14, 30, 60],
    limits: [DEFAULT_SETTINGS.reviewsPerDay, 1],
  });
  assert.ok(options.length >= 4);
  for (const [at, { days: length, reviewsPerDay, minutesPerDay }] of options.entries()) {
    assert.ok(reviewsPerDay < (options[at - 1]?.reviewsPerDay ?? 9999));
    assert.ok(minutesPerDay > 0 && minutesPerDay <= (reviewsPerDay * habits.reviewSeconds) / 60 + 1e-9);
    const left = (perDay: number) => {
      const own = cards.sample();
      let fewest = Number.POSITIVE_INFINITY;
      simulate(own, new StudentModel({ ...DEFAULT_SETTINGS, reviewsPerDay: perDay, newPerDay: 0 }, habits, 1), {
        days: length,
        onDayOver: (day) => {
          fewest = Math.min(fewest, overdueBefore(own, day + 1));
        },
      });
      return fewest;
    };
    assert.equal(left(reviewsPerDay), 0);
    assert.ok(left(reviewsPerDay - 1) > 0);
  }
  // At the usual limit it takes longer than the quickest plan; one review a day never does it.
  assert.ok((days[0] ?? 0) > 3);
  assert.equal(days[1], undefined);
  assert.deepEqual(forecastBacklog({ ...input, cards: away(0, 0), lengths: [], limits: [5] }), { options: [], days: [1] });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timestamp } from '../../src/schema/index.ts';
import { hasOptimiser, optimiseApart } from '../../src/services/optimise-apart.ts';
import { boundedWeights } from '../../src/services/parameters.ts';
import {
  calibrationOf,
  outcomesOf,
  type Prediction,
  predictByFsrs,
  predictBySm2,
  splitByTime,
} from '../../src/study/calibration.ts';
import { DEFAULT_WEIGHTS, nextMemory, retrievability } from '../../src/study/fsrs.ts';
import { gradeOf } from '../../src/study/grade.ts';
import { type LoggedReview, replay, standingBy } from '../../src/study/replay.ts';
import { momentOf, schedulerOf } from '../../src/study/schedulers.ts';
import { DEFAULT_SETTINGS, type StudySettings } from '../../src/study/settings.ts';
import { NEVER_STUDIED, type Standing } from '../../src/study/standing.ts';
import { hiddenWeights, simulatedAnswers } from '../support/simulated-answers.ts';

const prediction = (recall: number, isRecalled: boolean, days = 1): Prediction => ({
  recall,
  isRecalled,
  days,
  answers: 1,
  lapses: 0,
  at: 0,
});

test('log loss and RMSE(bins) are those of the field’s benchmark', () => {
  assert.equal(calibrationOf([]), undefined);
  const even = calibrationOf([prediction(0.9, true), prediction(0.9, false)]);
  assert.ok(Math.abs((even?.logLoss ?? 0) - (-Math.log(0.9) - Math.log(0.1)) / 2) < 1e-12);
  assert.ok(Math.abs((even?.rmseBins ?? 0) - 0.4) < 1e-12);
  // Bins apart: 1 day, and 20 days.
  const apart = calibrationOf([prediction(0.9, true), prediction(0.9, true), prediction(0.6, false, 20)]);
  assert.ok(Math.abs((apart?.rmseBins ?? 0) - Math.sqrt((2 * 0.1 ** 2 + 0.6 ** 2) / 3)) < 1e-12);
  // Sure and wrong costs much, not everything.
  assert.ok(Number.isFinite(calibrationOf([prediction(1, false)])?.logLoss));
});

test('what is predicted is what the scheduler believes of a card at each answer', () => {
  const [card] = simulatedAnswers(DEFAULT_WEIGHTS, 1, 400, 5);
  assert.ok(card !== undefined && card.length > 5);
  const predictions = predictByFsrs(card);
  let memory = nextMemory(DEFAULT_SETTINGS, undefined, 0, card[0]!.grade);
  let at = 0;
  for (const { grade, days } of card.slice(1)) {
    if (days > 0) {
      const expected = predictions[at++];
      assert.ok(Math.abs((expected?.recall ?? 0) - retrievability(DEFAULT_SETTINGS, memory, days)) < 1e-6);
      assert.equal(expected?.isRecalled, grade > 1);
    }
    memory = nextMemory(DEFAULT_SETTINGS, memory, days, grade);
  }
  assert.equal(at, predictions.length);
});

test('the true parameters of a simulated student predict best, SM-2 worst; what is learned from is never newer than what judges', () => {
  const weights = hiddenWeights(3);
  const cards = simulatedAnswers(weights, 400, 300, 11);
  const by = (own?: readonly number[]) => calibrationOf(cards.flatMap((card) => predictByFsrs(card, own)))!;
  const [best, average, sm2] = [by(weights), by(), calibrationOf(cards.flatMap(predictBySm2))!];
  assert.ok(best.logLoss < average.logLoss && average.logLoss < sm2.logLoss, `${best.logLoss} ${average.logLoss} ${sm2.logLoss}`);
  assert.ok(best.rmseBins < 0.05 && sm2.rmseBins > average.rmseBins);
  const { from, earlier } = splitByTime(cards, 0.2);
  assert.ok(earlier.every((card) => card.every(({ at }) => at < from)));
  const judging = cards.flatMap((card) => predictByFsrs(card)).filter(({ at }) => at >= from).length;
  assert.ok(Math.abs(judging / best.answers - 0.2) < 0.01);
});

/** A history as the log has it, of answers on settings that change. */
function logged(card: readonly { grade: number; days: number }[], versions: readonly StudySettings[]): LoggedReview[] {
  let at = Timestamp.parse('2026-01-01 10:00:00') as Timestamp;
  let standing: Standing = NEVER_STUDIED;
  return card.map(({ grade, days }, index) => {
    at = days === 0 ? at.plusSeconds(600) : at.plusDays(days);
    const settings = versions[index % versions.length] as StudySettings;
    const moment = momentOf(1n, standing, at, settings);
    const quality = grade === 1 ? 0 : grade + 1;
    standing = schedulerOf('fsrs-6').answer(standing, { grade: gradeOf(quality), quality }, moment);
    return {
      id: BigInt(index + 1),
      reviewedAt: at,
      scheduler: 'fsrs-6',
      kind: 'review',
      quality,
      durationMs: undefined,
      elapsedDays: moment.elapsedDays,
      settingsVersion: settings.version,
      undoes: undefined,
      after: standing,
    };
  });
}

test('under other weights a card’s memory is that of answering its whole history by them, and back again what it was', () => {
  const [card] = simulatedAnswers(DEFAULT_WEIGHTS, 1, 400, 8);
  const first = { ...DEFAULT_SETTINGS, version: 1 };
  const log = logged(card!, [first]);
  const own = hiddenWeights(2);
  const history = replay(1n, log, () => first);
  const all = replay(1n, logged(card!, [{ ...first, weights: own }]), () => ({ ...first, weights: own }));
  assert.deepEqual(standingBy(history, { weights: own }).memory, all.at(-1)?.standing.memory);
  assert.deepEqual(standingBy(history, { weights: undefined }), history.at(-1)?.standing);
  assert.deepEqual(standingBy(history, { weights: own }).due, history.at(-1)?.standing.due);
  assert.equal(outcomesOf(history, first)?.length, card!.length);
});

test('the optimiser finds parameters that predict later answers better than the published ones', {
  skip: !(await hasOptimiser()) && process.env.CI !== 'true',
}, async () => {
  const cards = simulatedAnswers(hiddenWeights(3), 400, 300, 11);
  const { from, earlier } = splitByTime(cards, 0.2);
  const own = boundedWeights(await optimiseApart(earlier, 1), 1);
  assert.equal(own.length, 21);
  assert.deepEqual(boundedWeights(own, 1), own);
  const by = (weights?: readonly number[]) =>
    calibrationOf(cards.flatMap((card) => predictByFsrs(card, weights)).filter(({ at }) => at >= from))!;
  assert.ok(by(own).logLoss < by().logLoss, `${by(own).logLoss} against ${by().logLoss}`);
  // Whoever wants it no more gets nothing, and nothing goes on.
  await assert.rejects(optimiseApart(cards, 1, AbortSignal.abort()), { code: 'FC_OPTIMISER' });
});

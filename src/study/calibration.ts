import { DEFAULT_WEIGHTS } from './fsrs.ts';
import { type Grade, gradeOf } from './grade.ts';
import { MemoryFormulas } from './memory-formulas.ts';
import { type History, isDateAlone } from './replay.ts';
import { review } from './sm2.ts';
import { type DayRule, studyDaysBetween } from './study-day.ts';

/** One answer of a card, as predictions need it. */
export interface Outcome {
  readonly grade: Grade;
  /** Study days since the answer before; 0 for the first. */
  readonly days: number;
  /** When, in microseconds since 1970. */
  readonly at: number;
}

/** The answers of one card since it was new, oldest first. */
export type CardOutcomes = readonly Outcome[];

/**
 * The answers of a history since the card was new last. `undefined` where they cannot be predicted from: where it begins in the middle, a
 * rating is not known, or something was given by hand.
 */
export function outcomesOf(history: History, days: DayRule): CardOutcomes | undefined {
  let outcomes: Outcome[] = [];
  let isKnown = true;
  let before: (typeof history)[number]['row'] | undefined;
  for (const { row, standing } of history) {
    if (isDateAlone(row)) continue;
    if (row.kind === 'manual') {
      outcomes = [];
      before = undefined;
      isKnown = standing.phase === 'new';
      continue;
    }
    if (row.quality === undefined || (outcomes.length === 0 && row.scheduler !== 'fsrs-6' && standing.interval > 1))
      isKnown = false;
    if (!isKnown) continue;
    outcomes.push({
      grade: gradeOf(row.quality as number),
      days: before === undefined ? 0 : (row.elapsedDays ?? studyDaysBetween(before.reviewedAt, row.reviewedAt, days)),
      at: Number(row.reviewedAt.micros),
    });
    before = row;
  }
  return isKnown && outcomes.length > 0 ? outcomes : undefined;
}

/** What was expected of an answer, and what came. Only of answers on a later day than the one before: others are no test of memory. */
export interface Prediction {
  readonly recall: number;
  readonly isRecalled: boolean;
  readonly days: number;
  /** Answers before it. */
  readonly answers: number;
  /** Failures before it, the first answer aside. */
  readonly lapses: number;
  readonly at: number;
}

/** Lets something predict each answer of a card. @param learn takes an answer, and gives the probability for the next one after some days */
function predict(card: CardOutcomes, begin: () => (outcome: Outcome) => (days: number) => number): Prediction[] {
  const predictions: Prediction[] = [];
  const learn = begin();
  let recallAfter: ((days: number) => number) | undefined;
  let lapses = 0;
  for (const [answers, outcome] of card.entries()) {
    const { grade, days, at } = outcome;
    if (recallAfter !== undefined && days > 0)
      predictions.push({ recall: recallAfter(days), isRecalled: grade > 1, days, answers, lapses, at });
    if (recallAfter !== undefined && days > 0 && grade === 1) lapses++;
    recallAfter = learn(outcome);
  }
  return predictions;
}

/** What FSRS-6 with these weights expected of the answers of a card. */
export function predictByFsrs(card: CardOutcomes, weights: readonly number[] = DEFAULT_WEIGHTS): Prediction[] {
  const formulas = new MemoryFormulas(weights);
  return predict(card, () => {
    let [stability, difficulty] = [0, 0];
    return ({ grade, days }) => {
      if (stability === 0) [stability, difficulty] = [formulas.firstStability(grade), formulas.firstDifficulty(grade)];
      else {
        const recall = formulas.recall(days, stability);
        stability = formulas.stabilityAfter(stability, difficulty, days, recall, grade);
        difficulty = formulas.difficultyAfter(difficulty, grade);
      }
      const now = stability;
      return (later) => formulas.recall(later, now);
    };
  });
}

/** What SM-2's intervals say: it knows no probabilities, so its interval is taken as the days after which 90 % are known. */
export function predictBySm2(card: CardOutcomes): Prediction[] {
  return predict(card, () => {
    let state = { easeFactor: 2.5, interval: 0, repetitions: 0 };
    return ({ grade }) => {
      state = review(state, grade === 1 ? 0 : grade + 1);
      const { interval } = state;
      return (later) => 0.9 ** (later / interval);
    };
  });
}

/** How well probabilities fit what came. */
export interface Calibration {
  readonly answers: number;
  /** Mean of -ln of the probability given to what came; lower is better. */
  readonly logLoss: number;
  /** Root mean square of expected less real recall in bins of like answers, weighted by their size; lower is better. */
  readonly rmseBins: number;
}

const LEAST = 1e-6;

/** The bins of the field's benchmark: answers with about as many days, answers and failures before them. */
function binOf({ days, answers, lapses }: Prediction): string {
  const step = (value: number, scale: number, base: number) => scale * base ** Math.floor(Math.log(value) / Math.log(base));
  const byLapses = lapses === 0 ? 0 : Math.round(step(lapses, 1.65, 1.73));
  return `${step(days, 2.48, 3.62).toFixed(2)} ${Math.round(step(answers, 1.99, 1.89))} ${byLapses}`;
}

/** Log loss and RMSE(bins) of predictions; `undefined` where there are none. */
export function calibrationOf(predictions: readonly Prediction[]): Calibration | undefined {
  if (predictions.length === 0) return undefined;
  let loss = 0;
  const bins = new Map<string, { size: number; expected: number; real: number }>();
  for (const prediction of predictions) {
    const recall = Math.min(Math.max(prediction.recall, LEAST), 1 - LEAST);
    loss -= Math.log(prediction.isRecalled ? recall : 1 - recall);
    const name = binOf(prediction);
    const bin = bins.get(name) ?? { size: 0, expected: 0, real: 0 };
    bin.size++;
    bin.expected += prediction.recall;
    bin.real += prediction.isRecalled ? 1 : 0;
    bins.set(name, bin);
  }
  let squares = 0;
  for (const { size, expected, real } of bins.values()) squares += size * ((expected - real) / size) ** 2;
  const answers = predictions.length;
  return { answers, logLoss: loss / answers, rmseBins: Math.sqrt(squares / answers) };
}

/** Cards' answers up to a moment, to learn from, and the moment after which the rest are held out to judge by. */
export interface TimeSplit {
  /** Microseconds since 1970: what came later was not learned from. */
  readonly from: number;
  readonly earlier: readonly CardOutcomes[];
}

/** Splits by time, never by card: parameters are judged by what came after all that they were learned from. @param share of the predicted answers that is held out */
export function splitByTime(cards: readonly CardOutcomes[], share: number): TimeSplit {
  const times = cards
    .flatMap((card) => card.filter(({ days }, at) => at > 0 && days > 0).map(({ at }) => at))
    .sort((a, b) => a - b);
  const from = times[Math.floor(times.length * (1 - share))] ?? Number.POSITIVE_INFINITY;
  const earlier = cards.map((card) => card.filter(({ at }) => at < from)).filter((card) => card.length > 0);
  return { from, earlier };
}

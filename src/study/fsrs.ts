import { fsrs } from 'ts-fsrs';
import { chanceOf, fuzzed, fuzzRange } from './fuzz.ts';
import { type Answer, GRADES, type Grade } from './grade.ts';
import { drawDay, type Window } from './load-balance.ts';
import type { Moment, Scheduler } from './scheduler.ts';
import { hasUnequalDays, isBalanced, type StudySettings } from './settings.ts';
import type { Memory, Phase, Standing } from './standing.ts';
import { startOfStudyDay, studyDay } from './study-day.ts';

/** FSRS-6 as published, for those without weights of their own. Ours, so that another release of the library changes nobody's dates. */
export const DEFAULT_WEIGHTS: readonly number[] = [
  0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614, 0.2629, 1.6483, 0.6014,
  1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
];

const LOWEST_STABILITY = 0.001;
const HIGHEST_STABILITY = 36_500;

/**
 * The formulas alone are the library's: it counts days of UTC, so that an evening in New York falls on two days. Days, steps and fuzz
 * are FlashCase's own.
 */
interface Formulas {
  next_state(memory: Memory | null, elapsedDays: number, grade: number): Memory;
  next_interval(stability: number, elapsedDays: number): number;
  forgetting_curve(elapsedDays: number, stability: number): number;
}

/** Kept by what they depend on; students who change nothing share them. */
const known = new Map<string, Formulas>();
const MOST_KNOWN = 200;

/** The same by the settings themselves: an import asks a million times with one of them, and never again. */
const ofSettings = new WeakMap<StudySettings, Formulas>();

function formulasOf(settings: StudySettings): Formulas {
  const before = ofSettings.get(settings);
  if (before !== undefined) return before;
  const { weights = DEFAULT_WEIGHTS, desiredRetention, maximumInterval } = settings;
  const key = `${desiredRetention} ${maximumInterval} ${weights.join()}`;
  let formulas = known.get(key);
  if (formulas === undefined) {
    formulas = fsrs({
      w: [...weights],
      request_retention: desiredRetention,
      maximum_interval: maximumInterval,
      enable_fuzz: false,
      enable_short_term: true,
    });
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, formulas);
  }
  ofSettings.set(settings, formulas);
  return formulas;
}

/** What an answer makes of a memory. @param memory absent for the first answer of all */
export function nextMemory(settings: StudySettings, memory: Memory | undefined, elapsedDays: number, grade: Grade): Memory {
  const { stability, difficulty } = formulasOf(settings).next_state(memory ?? null, elapsedDays, grade);
  return { stability, difficulty };
}

/** Days until the probability of recall has fallen to the wanted one; at least 1. */
export function nextInterval(settings: StudySettings, stability: number): number {
  return formulasOf(settings).next_interval(stability, 0);
}

/** The probability that a memory is still there. */
export function retrievability(settings: StudySettings, { stability }: Memory, elapsedDays: number): number {
  return formulasOf(settings).forgetting_curve(elapsedDays, stability);
}

const clamp = (value: number, lowest: number, highest: number): number => Math.min(Math.max(value, lowest), highest);

/**
 * The memory that explains an interval of SM-2, where its history is not known: the interval is the stability at 90 %, and the
 * difficulty is the one with which a review at that point would have multiplied the interval by the ease.
 */
export function memoryOfInterval(settings: StudySettings, easeFactor: number, interval: number): Memory {
  const w = settings.weights ?? DEFAULT_WEIGHTS;
  const stability = clamp(interval, LOWEST_STABILITY, HIGHEST_STABILITY);
  const gain = Math.exp(w[8] as number) * stability ** -(w[9] as number) * (Math.exp((1 - 0.9) * (w[10] as number)) - 1);
  return { stability, difficulty: clamp(11 - (easeFactor - 1) / gain, 1, 10) };
}

interface Step {
  readonly step: number;
  readonly minutes: number;
}

/** Where on the steps a grade leads; `undefined` when it leaves them. */
function stepAfter(steps: readonly number[], at: number, grade: Grade): Step | undefined {
  const [first, second] = steps;
  if (first === undefined || grade === 4) return undefined;
  if (grade === 1) return { step: 0, minutes: first };
  // Steps may have got fewer since the card came onto them.
  const here = Math.min(at, steps.length - 1);
  if (grade === 3) {
    const minutes = steps[here + 1];
    return minutes === undefined ? undefined : { step: here + 1, minutes };
  }
  if (here > 0) return { step: here, minutes: steps[here] as number };
  return { step: 0, minutes: Math.round(second === undefined ? first * 1.5 : (first + second) / 2) };
}

function nextStep(before: Standing, grade: Grade, { learningSteps, relearningSteps }: StudySettings): Step | undefined {
  if (before.phase === 'review') return grade === 1 ? stepAfter(relearningSteps, 0, grade) : undefined;
  return stepAfter(before.phase === 'relearning' ? relearningSteps : learningSteps, before.step, grade);
}

/**
 * The days of the four grades as they are given: a better grade never fewer, and between Hard, Good and Easy at least one more while there
 * is room.
 */
export function distinctDays(again: number, hard: number, good: number, easy: number, maximum: number): Record<Grade, number> {
  const hardDays = Math.min(hard, good);
  const goodDays = Math.min(Math.max(good, hardDays + 1), maximum);
  return {
    1: Math.min(again, hardDays),
    2: hardDays,
    3: goodDays,
    4: Math.min(Math.max(easy, goodDays + 1), maximum),
  };
}

function daysOf(before: Standing, grade: Grade, moment: Moment): number {
  const { settings, cardId, elapsedDays } = moment;
  const { maximumInterval: maximum, hasFuzz } = settings;
  const chance = chanceOf(cardId, before.reviewCount);
  const intervals = GRADES.map((one) =>
    nextInterval(settings, nextMemory(settings, before.memory, elapsedDays, one).stability),
  ) as [number, number, number, number];
  if (hasUnequalDays(settings)) {
    const windows = intervals.map((interval) => fuzzRange(interval, elapsedDays, maximum)) as [Window, Window, Window, Window];
    return promisedDays(windows, grade, moment) ?? unequalDays(windows, chance, moment)[grade];
  }
  const [again, hard, good, easy] = hasFuzz
    ? (intervals.map((interval) => fuzzed(interval, elapsedDays, maximum, chance)) as [number, number, number, number])
    : intervals;
  return distinctDays(again, hard, good, easy, maximum)[grade];
}

/** The days that were promised, where the answer may give them. */
function promisedDays(
  [again, hard, good, easy]: readonly [Window, Window, Window, Window],
  grade: Grade,
  { promised, settings }: Moment,
): number | undefined {
  if (promised === undefined || !isBalanced(settings)) return undefined;
  const { maximumInterval } = settings;
  const fewest = distinctDays(again.lowest, hard.lowest, good.lowest, easy.lowest, maximumInterval)[grade];
  const most = distinctDays(again.highest, hard.highest, good.highest, easy.highest, maximumInterval)[grade];
  return promised >= fewest && promised <= most ? promised : undefined;
}

/** Days by what is due then and by weekday: each grade's among those that leave the grades distinct, so that none is pushed onto a full day. */
function unequalDays(
  [again, hard, good, easy]: readonly [Window, Window, Window, Window],
  chance: number,
  { at, settings, load }: Moment,
): Record<Grade, number> {
  const choice = { today: studyDay(at, settings), weekdays: settings.weekdayLoads, load };
  const draw = (lowest: number, highest: number) => drawDay({ lowest, highest: Math.max(lowest, highest) }, choice, chance);
  const hardDays = draw(Math.min(hard.lowest, good.highest), Math.min(hard.highest, good.highest - 1));
  const goodDays = draw(Math.max(good.lowest, hardDays + 1), good.highest);
  const easyDays = draw(Math.max(easy.lowest, goodDays + 1), easy.highest);
  const againDays = draw(Math.min(again.lowest, hardDays), Math.min(again.highest, hardDays));
  return distinctDays(againDays, hardDays, goodDays, easyDays, settings.maximumInterval);
}

export const fsrs6: Scheduler = {
  name: 'fsrs-6',
  answer(before: Standing, { grade, quality }: Answer, moment: Moment): Standing {
    const { at, elapsedDays, settings } = moment;
    if (before.phase !== 'new' && before.memory === undefined)
      throw new Error('the memory is to be found before FSRS can answer');
    const step = nextStep(before, grade, settings);
    const interval = step === undefined ? daysOf(before, grade, moment) : 0;
    const isLapse = before.phase === 'review' && grade === 1;
    const phase: Phase = step === undefined ? 'review' : isLapse || before.phase === 'relearning' ? 'relearning' : 'learning';
    return {
      scheduler: 'fsrs-6',
      phase,
      step: step?.step ?? 0,
      easeFactor: before.easeFactor,
      interval,
      // None while on the steps: SM-2, should it go on from here, begins with a day.
      repetitions: phase !== 'review' || grade === 1 ? 0 : before.repetitions + 1,
      memory: nextMemory(settings, before.memory, elapsedDays, grade),
      lapses: before.lapses + (isLapse ? 1 : 0),
      reviewCount: before.reviewCount + 1,
      lastRating: quality,
      answeredAt: at,
      due: step === undefined ? startOfStudyDay(studyDay(at, settings) + interval, settings) : at.plusSeconds(step.minutes * 60),
    };
  },
};

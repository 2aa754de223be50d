import { distinctDays } from './fsrs.ts';
import { fuzzed } from './fuzz.ts';
import { GRADES, type Grade, qualityOf } from './grade.ts';
import { MemoryFormulas } from './memory-formulas.ts';
import type { StudySettings } from './settings.ts';
import type { SimulatedCards } from './simulated-cards.ts';
import { review } from './sm2.ts';

/** How somebody answers and how long they take, as shares and seconds. */
export interface Habits {
  /** Shares of Again, Hard, Good and Easy in the first answers to cards; they add up to 1. */
  readonly first: readonly [number, number, number, number];
  /** Shares of Hard, Good and Easy in the answers to cards that were still known; they add up to 1. */
  readonly known: readonly [number, number, number];
  /** Seconds that a new card takes on its first day, all its answers together, and a known one on a day. */
  readonly newSeconds: number;
  readonly reviewSeconds: number;
}

/** A fraction from 0 up to, not including, 1 that follows from what is asked alone: plans that are compared meet the same luck. */
function luck(seed: number, card: number, answer: number, purpose: number): number {
  let mixed = seed ^ Math.imul(card + 1, 0x9e37_79b1) ^ Math.imul(answer + 1, 0x85eb_ca6b) ^ Math.imul(purpose + 1, 0xc2b2_ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb_352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846c_a68b);
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb_352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846c_a68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

/** Where a visit leaves a memory. */
interface Left {
  readonly stability: number;
  readonly difficulty: number;
  /** Where Hard would have left it in place of the last Good on the steps; absent where there were none. */
  readonly hardStability: number | undefined;
}

/**
 * A student as FSRS-6 sees one: recalls with the probability that the formulas give, forgets otherwise, and answers as their habits say.
 * All answers to a card on one study day are one visit: what comes back on the steps of minutes is known then, because the formulas let
 * nothing be forgotten on the day it was seen.
 */
export class StudentModel {
  readonly formulas: MemoryFormulas;
  readonly settings: StudySettings;
  readonly habits: Habits;
  readonly #seed: number;
  /** What a new card leads to on its first day, by its first answer. */
  readonly #learned: readonly Left[];
  readonly #daysPerStability: number;

  constructor(settings: StudySettings, habits: Habits, seed: number) {
    this.formulas = new MemoryFormulas(settings.weights);
    this.settings = settings;
    this.habits = habits;
    this.#seed = seed;
    this.#daysPerStability = this.formulas.daysPerStability(settings.desiredRetention);
    this.#learned = GRADES.map((grade) => {
      const first = { stability: this.formulas.firstStability(grade), difficulty: this.formulas.firstDifficulty(grade) };
      return this.#afterSteps(first, this.#stepsAfter(grade, settings.learningSteps.length));
    });
  }

  /** The probability of recalling a card on a day; 0 for one never studied. */
  recall(cards: SimulatedCards, index: number, day: number): number {
    const stability = cards.stability[index] as number;
    return stability === 0 ? 0 : this.formulas.recall(day - (cards.lastDay[index] as number), stability);
  }

  /** The expected probability of recalling a card after `days`, when it is begun now. */
  recallOnceLearned(days: number): number {
    return GRADES.reduce(
      (sum, grade) =>
        sum + (this.habits.first[grade - 1] as number) * this.formulas.recall(days, (this.#learned[grade - 1] as Left).stability),
      0,
    );
  }

  /** The expected probability of recalling a card on `later`, when it is asked on `day` and not again. */
  recallOnceAsked(cards: SimulatedCards, index: number, day: number, later: number): number {
    const { formulas } = this;
    const stability = cards.stability[index] as number;
    const difficulty = cards.difficulty[index] as number;
    const elapsed = Math.max(0, day - (cards.lastDay[index] as number));
    const recall = formulas.recall(elapsed, stability);
    const known = formulas.stabilityAfter(stability, difficulty, elapsed, recall, 3);
    const forgotten = this.#afterSteps(
      {
        stability: formulas.stabilityAfter(stability, difficulty, elapsed, recall, 1),
        difficulty: formulas.difficultyAfter(difficulty, 1),
      },
      this.#isOnSteps ? this.settings.relearningSteps.length : 0,
    );
    const days = later - day;
    return recall * formulas.recall(days, known) + (1 - recall) * formulas.recall(days, forgotten.stability);
  }

  /** One visit of a card on a day: draws its answer and puts it where that leads. */
  visit(cards: SimulatedCards, index: number, day: number): void {
    const answer = cards.answers[index] as number;
    if (cards.isNew(index)) {
      const grade = this.#draw(this.habits.first, luck(this.#seed, index, answer, 0)) as Grade;
      const learned = this.#learned[grade - 1] as Left;
      this.#put(cards, index, day, learned, grade, undefined, 0);
      return;
    }
    const { formulas } = this;
    const before = { stability: cards.stability[index] as number, difficulty: cards.difficulty[index] as number };
    const elapsed = Math.max(0, day - (cards.lastDay[index] as number));
    const recall = formulas.recall(elapsed, before.stability);
    const isKnown = luck(this.#seed, index, answer, 0) < recall;
    const grade = isKnown ? ((this.#draw(this.habits.known, luck(this.#seed, index, answer, 1)) + 1) as Grade) : 1;
    const after = {
      stability: formulas.stabilityAfter(before.stability, before.difficulty, elapsed, recall, grade),
      difficulty: formulas.difficultyAfter(before.difficulty, grade),
    };
    const steps = !isKnown && this.#isOnSteps ? this.settings.relearningSteps.length : 0;
    this.#put(cards, index, day, this.#afterSteps(after, steps), grade, before, elapsed);
  }

  get #isOnSteps(): boolean {
    return this.settings.scheduler === 'fsrs-6';
  }

  /** How many times Good it takes on the steps after a first answer. */
  #stepsAfter(grade: Grade, steps: number): number {
    if (!this.#isOnSteps || grade === 4) return 0;
    return grade === 3 ? Math.max(0, steps - 1) : steps;
  }

  #afterSteps(memory: { readonly stability: number; readonly difficulty: number }, steps: number): Left {
    let { stability, difficulty } = memory;
    let hardStability: number | undefined;
    for (let step = 0; step < steps; step++) {
      hardStability = this.formulas.stabilityAfter(stability, difficulty, 0, 1, 2);
      stability = this.formulas.stabilityAfter(stability, difficulty, 0, 1, 3);
      difficulty = this.formulas.difficultyAfter(difficulty, 3);
    }
    return { stability, difficulty, hardStability };
  }

  #draw(shares: readonly number[], chance: number): number {
    let sum = 0;
    for (const [index, share] of shares.entries()) {
      sum += share;
      if (chance < sum) return index + 1;
    }
    return shares.findLastIndex((share) => share > 0) + 1;
  }

  /** @param before its memory before this answer, for the days that the other grades would have given; absent for a new card */
  #put(
    cards: SimulatedCards,
    index: number,
    day: number,
    after: Left,
    grade: Grade,
    before: { readonly stability: number; readonly difficulty: number } | undefined,
    elapsed: number,
  ): void {
    const interval = this.#isOnSteps
      ? this.#daysAfter(cards, index, after, grade, before, elapsed)
      : this.#daysOfSm2(cards, index, grade);
    cards.stability[index] = after.stability;
    cards.difficulty[index] = after.difficulty;
    cards.lastDay[index] = day;
    cards.interval[index] = interval;
    cards.dueDay[index] = day + interval;
    cards.answers[index] = (cards.answers[index] as number) + 1;
  }

  /** The days FSRS gives: of the last Good on the steps where there were any, of the answer itself otherwise. */
  #daysAfter(
    cards: SimulatedCards,
    index: number,
    after: Left,
    grade: Grade,
    before: { readonly stability: number; readonly difficulty: number } | undefined,
    elapsed: number,
  ): number {
    const { maximumInterval, hasFuzz } = this.settings;
    const chance = luck(this.#seed, index, cards.answers[index] as number, 2);
    const days = (stability: number, since: number): number => {
      const exact = Math.min(Math.max(Math.round(stability * this.#daysPerStability), 1), maximumInterval);
      return hasFuzz ? fuzzed(exact, since, maximumInterval, chance) : exact;
    };
    if (after.hardStability !== undefined) {
      const good = days(after.stability, 0);
      return Math.min(Math.max(good, Math.min(days(after.hardStability, 0), good) + 1), maximumInterval);
    }
    const stabilityOf = (one: Grade): number => {
      if (one === grade) return after.stability;
      if (before === undefined) return this.formulas.firstStability(one);
      const recall = this.formulas.recall(elapsed, before.stability);
      return this.formulas.stabilityAfter(before.stability, before.difficulty, elapsed, recall, one);
    };
    const [again, hard, good, easy] = GRADES.map((one) => days(stabilityOf(one), elapsed)) as [number, number, number, number];
    return distinctDays(again, hard, good, easy, maximumInterval)[grade];
  }

  #daysOfSm2(cards: SimulatedCards, index: number, grade: Grade): number {
    const before = {
      easeFactor: cards.easeFactor[index] as number,
      interval: cards.interval[index] as number,
      repetitions: cards.repetitions[index] as number,
    };
    const after = review(before, qualityOf(grade));
    cards.easeFactor[index] = after.easeFactor;
    cards.repetitions[index] = after.repetitions;
    return after.interval;
  }
}

import { DEFAULT_WEIGHTS } from './fsrs.ts';
import type { Grade } from './grade.ts';

const LOWEST_STABILITY = 0.001;
const HIGHEST_STABILITY = 36_500;
const LOWEST_FIRST_STABILITY = 0.1;

const clamp = (value: number, lowest: number, highest: number): number => Math.min(Math.max(value, lowest), highest);

/**
 * FSRS-6 on bare numbers, for simulations that ask it a million times: the library rounds each step through texts and makes an object of
 * each answer, which takes four times as long. What a card really gets is always the library's (fsrs.ts); a test holds the two together.
 */
export class MemoryFormulas {
  readonly #w: readonly number[];
  readonly #decay: number;
  readonly #factor: number;
  /** Parts of the formulas that depend on the weights alone. */
  readonly #gain: number;
  readonly #easiest: number;
  readonly #leastFall: number;

  /** @param weights the 21 of FSRS-6; the published ones when absent */
  constructor(weights: readonly number[] = DEFAULT_WEIGHTS) {
    this.#w = weights;
    this.#decay = -this.#at(20);
    this.#factor = 0.9 ** (1 / this.#decay) - 1;
    this.#gain = Math.exp(this.#at(8));
    this.#easiest = this.#at(4) - Math.exp(3 * this.#at(5)) + 1;
    this.#leastFall = Math.exp(this.#at(17) * this.#at(18));
  }

  #at(index: number): number {
    return this.#w[index] as number;
  }

  /** The probability that a memory is still there after some days. */
  recall(days: number, stability: number): number {
    return (1 + (this.#factor * days) / stability) ** this.#decay;
  }

  /** After how many days, as a multiple of the stability, a memory has fallen to this probability. */
  daysPerStability(recall: number): number {
    return (recall ** (1 / this.#decay) - 1) / this.#factor;
  }

  firstStability(grade: Grade): number {
    return Math.max(this.#at(grade - 1), LOWEST_FIRST_STABILITY);
  }

  firstDifficulty(grade: Grade): number {
    return clamp(this.#at(4) - Math.exp((grade - 1) * this.#at(5)) + 1, 1, 10);
  }

  /** @param days since the answer before; 0 on the same study day @param recall the probability of recall at this answer */
  stabilityAfter(stability: number, difficulty: number, days: number, recall: number, grade: Grade): number {
    if (days === 0) {
      const change = stability ** -this.#at(19) * Math.exp(this.#at(17) * (grade - 3 + this.#at(18)));
      return clamp(stability * (grade > 1 ? Math.max(change, 1) : change), LOWEST_STABILITY, HIGHEST_STABILITY);
    }
    if (grade === 1) {
      const fallen =
        this.#at(11) *
        difficulty ** -this.#at(12) *
        ((stability + 1) ** this.#at(13) - 1) *
        Math.exp((1 - recall) * this.#at(14));
      return Math.min(
        Math.max(stability / this.#leastFall, LOWEST_STABILITY),
        clamp(fallen, LOWEST_STABILITY, HIGHEST_STABILITY),
      );
    }
    const weight = grade === 2 ? this.#at(15) : grade === 4 ? this.#at(16) : 1;
    const growth =
      this.#gain * (11 - difficulty) * stability ** -this.#at(9) * (Math.exp((1 - recall) * this.#at(10)) - 1) * weight;
    return clamp(stability * (1 + growth), LOWEST_STABILITY, HIGHEST_STABILITY);
  }

  difficultyAfter(difficulty: number, grade: Grade): number {
    const moved = difficulty + (-this.#at(6) * (grade - 3) * (10 - difficulty)) / 9;
    return clamp(this.#at(7) * this.#easiest + (1 - this.#at(7)) * moved, 1, 10);
  }
}

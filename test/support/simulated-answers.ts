import type { CardOutcomes, Outcome } from '../../src/study/calibration.ts';
import { DEFAULT_WEIGHTS } from '../../src/study/fsrs.ts';
import type { Grade } from '../../src/study/grade.ts';
import { MemoryFormulas } from '../../src/study/memory-formulas.ts';

/** Mulberry32. */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A student whose memory is not the average one: half or twice as stable at first, and otherwise some tenths away. */
export function hiddenWeights(seed: number): number[] {
  const chance = chances(seed);
  return DEFAULT_WEIGHTS.map((weight, at) => {
    if (at < 4) return weight * 2 ** (2 * chance() - 1);
    // Difficulty's mean and the exponents on the same day are left: nothing tells them apart in so few answers.
    return [8, 9, 10, 11, 13, 14, 20].includes(at) ? weight * (0.75 + 0.5 * chance()) : weight;
  });
}

const DAY_MICROS = 86_400_000_000;
const BEGIN = Date.UTC(2026, 0, 1) * 1000;

/** The answers of a student with these weights, scheduled as FlashCase does for one it knows nothing of. Days and grades are drawn from the seed. */
export function simulatedAnswers(weights: readonly number[], cards: number, days: number, seed: number): CardOutcomes[] {
  const chance = chances(seed);
  const real = new MemoryFormulas(weights);
  const believed = new MemoryFormulas();
  return Array.from({ length: cards }, (_, card) => {
    const outcomes: Outcome[] = [];
    let today = Math.floor((card / cards) * (days / 2));
    let before = today;
    let truth = { stability: 0, difficulty: 0 };
    let belief = { stability: 0, difficulty: 0 };
    const answer = (grade: Grade) => {
      const elapsed = outcomes.length === 0 ? 0 : today - before;
      const after = (formulas: MemoryFormulas, { stability, difficulty }: typeof truth) =>
        outcomes.length === 0
          ? { stability: formulas.firstStability(grade), difficulty: formulas.firstDifficulty(grade) }
          : {
              stability: formulas.stabilityAfter(stability, difficulty, elapsed, formulas.recall(elapsed, stability), grade),
              difficulty: formulas.difficultyAfter(difficulty, grade),
            };
      [truth, belief] = [after(real, truth), after(believed, belief)];
      outcomes.push({ grade, days: elapsed, at: BEGIN + today * DAY_MICROS + outcomes.length * 1_000_000 + card });
      before = today;
    };
    const draw = (shares: readonly number[], least: number): Grade => {
      let left = chance();
      for (const [at, share] of shares.entries()) {
        if (left < share) return (at + least) as Grade;
        left -= share;
      }
      return 3;
    };
    answer(draw([0.25, 0.1, 0.5, 0.15], 1));
    for (;;) {
      if (outcomes.at(-1)?.grade === 1) answer(3);
      const interval = Math.max(1, Math.round(belief.stability * (0.85 + 0.3 * chance())));
      today += interval;
      if (today >= days) return outcomes;
      const isKnown = chance() < real.recall(interval, truth.stability);
      answer(isKnown ? draw([0.1, 0.8, 0.1], 2) : 1);
    }
  });
}

import type { MemoryFormulas } from './memory-formulas.ts';
import { type IntervalRow, intervalsOf } from './stats.ts';

/** What FSRS knows of a studied card. */
export interface KnownMemory {
  /** Days after which it is still there with a probability of 90 %. */
  readonly stability: number;
  /** 1 to 10. */
  readonly difficulty: number;
  /** Study days since its last answer. */
  readonly days: number;
}

/** Cards whose figure is in a range: from, and below to; the last one with its end. */
export interface Share {
  readonly from: number;
  readonly to: number;
  readonly cards: number;
}

export interface MemoryStats {
  readonly cards: number;
  /** The sum of the probabilities that each would be remembered now. */
  readonly known: number;
  /** Tenths of the probability to remember a card now. */
  readonly recall: readonly Share[];
  /** From 1 to 10. */
  readonly difficulty: readonly Share[];
  /** Days, in the steps of the intervals. */
  readonly stability: readonly IntervalRow[];
}

/** Counts by steps of one; what is at the end of the last one is in it. */
function counter(first: number, last: number): { add(value: number): void; shares(scale: number): Share[] } {
  const counts = new Array<number>(last - first).fill(0);
  return {
    add(value) {
      const step = Math.min(Math.max(Math.floor(value), first), last - 1);
      counts[step - first] = (counts[step - first] as number) + 1;
    },
    shares: (scale) => counts.map((cards, index) => ({ from: (first + index) / scale, to: (first + index + 1) / scale, cards })),
  };
}

/** How well cards are known now, how long they last and how hard they are. */
export function memoryStats(memories: Iterable<KnownMemory>, formulas: MemoryFormulas): MemoryStats {
  const [recall, difficulty] = [counter(0, 10), counter(1, 10)];
  const days = new Map<number, number>();
  let cards = 0;
  let known = 0;
  for (const memory of memories) {
    const chance = formulas.recall(memory.days, memory.stability);
    cards++;
    known += chance;
    recall.add(chance * 10);
    difficulty.add(memory.difficulty);
    const whole = Math.round(memory.stability);
    days.set(whole, (days.get(whole) ?? 0) + 1);
  }
  const stability = intervalsOf([...days].map(([interval, number]) => ({ interval, cards: number })));
  return { cards, known, recall: recall.shares(10), difficulty: difficulty.shares(1), stability };
}

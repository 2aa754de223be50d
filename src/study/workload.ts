import type { StudySettings } from './settings.ts';
import type { SimulatedCards } from './simulated-cards.ts';
import { type Done, simulate } from './simulation.ts';
import { type Habits, StudentModel } from './student-model.ts';

/** What a look ahead is made of. */
export interface WorkloadInput {
  readonly cards: SimulatedCards;
  readonly settings: StudySettings;
  readonly habits: Habits;
  readonly done: Done;
  /** The wanted retentions that are compared. */
  readonly retentions: readonly number[];
  /** The same seed gives the same look ahead. */
  readonly seed: number;
}

export const MONTH_DAYS = 30;
export const MONTHS = 12;

/** A month of one wanted retention. */
export interface WorkloadMonth {
  readonly minutesPerDay: number;
  /** Cards expected to be known at its end: the sum of their probabilities of recall. */
  readonly memorised: number;
}

/** A year under one wanted retention. */
export interface WorkloadYear {
  readonly retention: number;
  readonly months: readonly WorkloadMonth[];
}

export interface Workload {
  /** Cards expected to be known today. */
  readonly memorised: number;
  readonly years: readonly WorkloadYear[];
}

/** So many cards' luck is averaged, over several runs where there are fewer. */
const ENOUGH_CARDS = 1000;
const MOST_RUNS = 5;

function memorised(cards: SimulatedCards, student: StudentModel, day: number): number {
  let sum = 0;
  for (let card = 0; card < cards.size; card++) sum += student.recall(cards, card, day);
  return sum;
}

/** The work of a year and what is known by it, for each of several wanted retentions; as it is studied now otherwise, limits included. */
export function workload({ cards, settings, habits, done, retentions, seed }: WorkloadInput): Workload {
  const runs = Math.min(Math.max(Math.ceil(ENOUGH_CARDS / Math.max(cards.size, 1)), 1), MOST_RUNS);
  const years = retentions.map((retention): WorkloadYear => {
    const months = Array.from({ length: MONTHS }, () => ({ minutesPerDay: 0, memorised: 0 }));
    for (let run = 0; run < runs; run++) {
      const student = new StudentModel({ ...settings, desiredRetention: retention }, habits, seed + run);
      const own = cards.sample();
      const work = simulate(own, student, {
        days: MONTHS * MONTH_DAYS,
        done,
        onDayOver(day) {
          if ((day + 1) % MONTH_DAYS !== 0) return;
          const month = months[Math.floor(day / MONTH_DAYS)] as { memorised: number };
          month.memorised += memorised(own, student, day + 1) / runs;
        },
      });
      for (const [day, seconds] of work.seconds.entries()) {
        const month = months[Math.floor(day / MONTH_DAYS)] as { minutesPerDay: number };
        month.minutesPerDay += seconds / 60 / MONTH_DAYS / runs;
      }
    }
    return { retention, months };
  });
  return { memorised: memorised(cards, new StudentModel(settings, habits, seed), 0), years };
}

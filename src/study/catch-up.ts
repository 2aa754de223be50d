import type { StudySettings } from './settings.ts';
import type { SimulatedCards } from './simulated-cards.ts';
import { type Done, simulate } from './simulation.ts';
import { type Habits, StudentModel } from './student-model.ts';

/** What a plan to catch up is made of. */
export interface CatchUpInput {
  readonly cards: SimulatedCards;
  readonly settings: StudySettings;
  readonly habits: Habits;
  readonly done: Done;
  /** Lengths of the plans that are compared, in days with today. */
  readonly lengths: readonly number[];
  /** Reviews a day for which it is asked when nothing is overdue any more. */
  readonly limits: readonly number[];
  readonly seed: number;
}

/** One way to catch up. */
export interface CatchUpOption {
  readonly days: number;
  /** The fewest with which nothing is overdue after the last day. */
  readonly reviewsPerDay: number;
  /** On the average of its days. */
  readonly minutesPerDay: number;
}

/** What comes of a backlog. */
export interface CatchUpForecast {
  readonly options: readonly CatchUpOption[];
  /** For each of the limits, days with today; `undefined` where it takes more than a year. */
  readonly days: readonly (number | undefined)[];
}

/** So far ahead it is looked for the day on which nothing is overdue. */
const MOST_DAYS = 365;

/** More reviews a day than anybody makes; a plan that needs more is none. */
export const MOST_REVIEWS_A_DAY = 9999;

/** Cards that are due before a day, as it begins. */
export function overdueBefore(cards: SimulatedCards, day: number): number {
  let overdue = 0;
  for (let card = 0; card < cards.size; card++) if (!cards.isNew(card) && (cards.dueDay[card] as number) < day) overdue++;
  return overdue;
}

/** How it goes when so many reviews are made each day and no card is begun. */
interface Course {
  /** Days, with today, after which nothing was overdue for the first time. */
  readonly reached: number | undefined;
  /** On the average of the days until then. */
  readonly minutesPerDay: number;
}

function courseOf({ cards, settings, habits, done, seed }: CatchUpInput, days: number, reviewsPerDay: number): Course {
  const student = new StudentModel({ ...settings, reviewsPerDay, newPerDay: 0 }, habits, seed);
  const own = cards.sample();
  let reached: number | undefined;
  const { seconds } = simulate(own, student, {
    days,
    done: { ...done, reviewed: Math.min(done.reviewed, reviewsPerDay) },
    onDayOver(day) {
      if (reached === undefined && overdueBefore(own, day + 1) === 0) reached = day + 1;
    },
  });
  const until = reached ?? days;
  return { reached, minutesPerDay: seconds.subarray(0, until).reduce((sum, one) => sum + one, 0) / 60 / until };
}

/** The fewest reviews a day after which nothing is overdue within so many days; `undefined` where nobody makes so many. */
function optionOf(input: CatchUpInput, days: number): CatchUpOption | undefined {
  let tooFew = 0;
  let enough = Math.min(Math.max(input.cards.size, 1), MOST_REVIEWS_A_DAY);
  let course = courseOf(input, days, enough);
  if (course.reached === undefined) return undefined;
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    const tried = courseOf(input, days, middle);
    if (tried.reached === undefined) tooFew = middle;
    else [enough, course] = [middle, tried];
  }
  return { days, reviewsPerDay: enough, minutesPerDay: course.minutesPerDay };
}

/**
 * The ways to catch up by simulation, in which cards that are forgotten or fall due meanwhile are counted, and when it is done at the given
 * limits. A longer plan that asks no fewer reviews a day is none.
 */
export function forecastBacklog(input: CatchUpInput): CatchUpForecast {
  const options: CatchUpOption[] = [];
  for (const days of input.lengths) {
    const option = optionOf(input, days);
    if (option !== undefined && option.reviewsPerDay < (options.at(-1)?.reviewsPerDay ?? Number.POSITIVE_INFINITY))
      options.push(option);
  }
  return { options, days: input.limits.map((limit) => courseOf(input, MOST_DAYS, limit).reached) };
}

import type { ExamCourse } from './exam-order.ts';
import type { StudySettings } from './settings.ts';
import type { SimulatedCards } from './simulated-cards.ts';
import { type Done, type ExpectedRecall, expectedRecall, simulate } from './simulation.ts';
import { type Habits, StudentModel } from './student-model.ts';

/** What a plan is made of. */
export interface PlanInput {
  readonly cards: SimulatedCards;
  /** How many groups the cards are in. */
  readonly groups: number;
  readonly settings: StudySettings;
  readonly habits: Habits;
  readonly exam: ExamCourse;
  readonly done: Done;
  /** The same seed gives the same plan. */
  readonly seed: number;
}

/** The work of one day. */
export interface PlannedDay {
  readonly begun: number;
  readonly reviewed: number;
  readonly seconds: number;
}

export interface ExamPlan {
  /** Expected recall on the exam day when nothing more is studied. */
  readonly untouched: ExpectedRecall;
  /** When it goes on as on days without an exam, within the limits of the settings. */
  readonly usual: ExpectedRecall;
  readonly usualDays: readonly PlannedDay[];
  /** When it is studied as planned. */
  readonly planned: ExpectedRecall;
  readonly days: readonly PlannedDay[];
  /** The fewest minutes a day, in fives, with which the target is reached; `undefined` when a whole day of eight hours does not. */
  readonly minutesNeeded: number | undefined;
}

/** So many cards' luck is averaged, over several runs where there are fewer. */
const ENOUGH_CARDS = 2000;
const MOST_RUNS = 20;
/** The minutes that are needed are looked for with a part of many cards. */
const SEARCHED_CARDS = 1500;
const STEP_MINUTES = 5;
const MOST_MINUTES = 480;

interface Outcome {
  readonly recall: ExpectedRecall;
  readonly days: readonly PlannedDay[];
}

/** What comes of a course on the average of several runs. @param step only every `step`-th card, in that part of the time */
function outcomeOf(input: PlanInput, exam: ExamCourse | undefined, step: number): Outcome {
  const { examDay } = input.exam;
  const settings: StudySettings = {
    ...input.settings,
    newPerDay: Math.ceil(input.settings.newPerDay / step),
    reviewsPerDay: Math.ceil(input.settings.reviewsPerDay / step),
  };
  const { done } = input;
  const course = {
    days: examDay,
    exam: exam && { ...exam, secondsPerDay: exam.secondsPerDay / step },
    done: { seconds: done.seconds / step, begun: Math.floor(done.begun / step), reviewed: Math.floor(done.reviewed / step) },
  };
  const runs = Math.min(Math.max(Math.ceil(ENOUGH_CARDS / Math.max(input.cards.size / step, 1)), 1), MOST_RUNS);
  const groups = new Array<number>(input.groups).fill(0);
  const days = Array.from({ length: examDay }, () => ({ begun: 0, reviewed: 0, seconds: 0 }));
  let all = 0;
  for (let run = 0; run < runs; run++) {
    const student = new StudentModel(settings, input.habits, input.seed + run);
    const cards = input.cards.sample(step);
    const work = simulate(cards, student, course);
    const recall = expectedRecall(cards, student, examDay, input.groups);
    all += recall.all / runs;
    for (const [group, value] of recall.groups.entries()) groups[group] = (groups[group] as number) + value / runs;
    for (const [day, sum] of days.entries()) {
      sum.begun += ((work.begun[day] as number) * step) / runs;
      sum.reviewed += ((work.reviewed[day] as number) * step) / runs;
      sum.seconds += ((work.seconds[day] as number) * step) / runs;
    }
  }
  return { recall: { all, groups }, days };
}

/** The fewest minutes, in fives, that reach the target; where the plan itself was computed, its outcome decides. */
function minutesNeeded(input: PlanInput, planned: number): number | undefined {
  const { targetRecall, secondsPerDay } = input.exam;
  if (input.exam.examDay === 0) return planned >= targetRecall ? 0 : undefined;
  const step = Math.max(1, Math.ceil(input.cards.size / SEARCHED_CARDS));
  const isEnough = (minutes: number) =>
    outcomeOf(input, { ...input.exam, secondsPerDay: minutes * 60 }, step).recall.all >= targetRecall;
  const isReached = planned >= targetRecall;
  const given = secondsPerDay / 60;
  // In steps: the fewest that is known to be enough, and the most that is known not to be.
  let enough = isReached ? Math.ceil(given / STEP_MINUTES) : MOST_MINUTES / STEP_MINUTES;
  let tooFew = isReached ? 0 : Math.floor(given / STEP_MINUTES);
  if (!isReached && (tooFew >= enough || !isEnough(enough * STEP_MINUTES))) return undefined;
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (isEnough(middle * STEP_MINUTES)) enough = middle;
    else tooFew = middle;
  }
  return enough * STEP_MINUTES;
}

/** What to expect of an exam without more study, as usual and as planned, the work of each day, and the minutes the target needs. */
export function planExam(input: PlanInput): ExamPlan {
  const { exam, cards, groups } = input;
  const untouched = expectedRecall(cards, new StudentModel(input.settings, input.habits, input.seed), exam.examDay, groups);
  const asIs: Outcome = { recall: untouched, days: [] };
  const usual = exam.examDay === 0 ? asIs : outcomeOf(input, undefined, 1);
  const planned = exam.examDay === 0 ? asIs : outcomeOf(input, exam, 1);
  return {
    untouched,
    usual: usual.recall,
    usualDays: usual.days,
    planned: planned.recall,
    days: planned.days,
    minutesNeeded: minutesNeeded(input, planned.recall.all),
  };
}

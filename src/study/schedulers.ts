import type { Timestamp } from '../schema/index.ts';
import { fsrs6 } from './fsrs.ts';
import { GRADES, type Grade, qualityOf } from './grade.ts';
import type { DueLoad } from './load-balance.ts';
import type { Moment, Scheduler } from './scheduler.ts';
import type { StudySettings } from './settings.ts';
import { review } from './sm2.ts';
import type { SchedulerName, Standing } from './standing.ts';
import { studyDaysBetween } from './study-day.ts';

/** SM-2 as the original computes it; it goes on from days that FSRS gave as if it had given them itself. */
const sm2: Scheduler = {
  name: 'sm2',
  answer(before, { quality }, { at }) {
    const { easeFactor, interval, repetitions } = before;
    const known = before.scheduler === 'sm2' ? repetitions : Math.max(repetitions, repetitionsOf(interval));
    const next = review({ easeFactor, interval, repetitions: known }, quality);
    return {
      ...next,
      scheduler: 'sm2',
      phase: 'review',
      step: 0,
      memory: undefined,
      lapses: before.lapses + (quality < 3 && before.phase === 'review' ? 1 : 0),
      reviewCount: before.reviewCount + 1,
      lastRating: quality,
      answeredAt: at,
      due: at.plusDays(next.interval),
    };
  },
};

/** How many correct answers SM-2 must have seen for such an interval, where nobody counted: so that it goes on multiplying. */
export function repetitionsOf(interval: number): number {
  if (interval > 6) return 3;
  return interval > 1 ? 2 : Math.min(interval, 1);
}

const SCHEDULERS: Readonly<Record<SchedulerName, Scheduler>> = { sm2, 'fsrs-6': fsrs6 };

/** The scheduler of that name. */
export const schedulerOf = (name: SchedulerName): Scheduler => SCHEDULERS[name];

/** The moment of an answer to a card, with the study days that have passed for it. */
export function momentOf(cardId: bigint, before: Standing, at: Timestamp, settings: StudySettings, load?: DueLoad): Moment {
  const elapsedDays = before.answeredAt === undefined ? 0 : studyDaysBetween(before.answeredAt, at, settings);
  return { cardId, at, elapsedDays, settings, load };
}

/** What each grade would make of a card at this moment: exactly what it makes of it when it is given. */
export function outcomes(before: Standing, moment: Moment): Readonly<Record<Grade, Standing>> {
  const { answer } = schedulerOf(moment.settings.scheduler);
  const [again, hard, good, easy] = GRADES.map((grade) => answer(before, { grade, quality: qualityOf(grade) }, moment));
  return { 1: again, 2: hard, 3: good, 4: easy } as Record<Grade, Standing>;
}

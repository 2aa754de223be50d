import type { Timestamp } from '../schema/index.ts';
import type { Answer } from './grade.ts';
import type { DueLoad } from './load-balance.ts';
import type { StudySettings } from './settings.ts';
import type { SchedulerName, Standing } from './standing.ts';

/** When and under which settings an answer is given. */
export interface Moment {
  readonly cardId: bigint;
  readonly at: Timestamp;
  /** Study days since the last answer in effect; 0 for the first. */
  readonly elapsedDays: number;
  readonly settings: StudySettings;
  /** What is due on coming days, for students whose days are levelled; without it chance and the weekdays alone decide. */
  readonly load?: DueLoad | undefined;
  /**
   * The days that the button promised, or that the log has: given where they are among those the answer may give, because what was due on
   * other days then is not known any more.
   */
  readonly promised?: number | undefined;
}

/** Decides when a card comes back. A pure function: the log is replayed by it. */
export interface Scheduler {
  readonly name: SchedulerName;
  /** @param before for FSRS with its memory, unless the card was never answered */
  answer(before: Standing, answer: Answer, moment: Moment): Standing;
}

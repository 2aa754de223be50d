import type { Timestamp } from '../schema/index.ts';
import { NEW_CARD } from './sm2.ts';

export const SCHEDULERS = ['sm2', 'fsrs-6'] as const;
export type SchedulerName = (typeof SCHEDULERS)[number];

/** `new`: never answered. `learning` and `relearning`: on the steps of minutes, for the first time or after a failure. */
export const PHASES = ['new', 'learning', 'review', 'relearning'] as const;
export type Phase = (typeof PHASES)[number];

/** What FSRS believes of a memory. */
export interface Memory {
  /** Days after which it is still there with a probability of 90 %. */
  readonly stability: number;
  /** 1 (easy) to 10 (hard). */
  readonly difficulty: number;
}

/** Where a student stands with a card: everything the next answer depends on, beside the settings and the time. */
export interface Standing {
  readonly scheduler: SchedulerName;
  readonly phase: Phase;
  /** Which of the learning or relearning steps, from 0. */
  readonly step: number;
  /** SM-2's ease; FSRS leaves it as it is, so that going back to SM-2 goes on from there. */
  readonly easeFactor: number;
  /** Days to the next review; 0 on the steps of minutes. */
  readonly interval: number;
  /** Correct answers in a row since the card was last learned. */
  readonly repetitions: number;
  /** Absent until FSRS has answered: after answers by SM-2 it is found anew from the history. */
  readonly memory: Memory | undefined;
  /** How often it was forgotten after it had been learned. */
  readonly lapses: number;
  /** Answers in effect: those taken back are not counted. */
  readonly reviewCount: number;
  /** Quality of the last answer in effect; unknown for some of the original's oldest. */
  readonly lastRating: number | undefined;
  /** When the last answer in effect was given. */
  readonly answeredAt: Timestamp | undefined;
  /** Absent for a card never studied: it is due whenever there is room for new cards. */
  readonly due: Timestamp | undefined;
}

export const NEVER_STUDIED: Standing = {
  scheduler: 'sm2',
  phase: 'new',
  step: 0,
  ...NEW_CARD,
  memory: undefined,
  lapses: 0,
  reviewCount: 0,
  lastRating: undefined,
  answeredAt: undefined,
  due: undefined,
};

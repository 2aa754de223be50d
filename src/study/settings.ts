import { FlashcaseError } from '../errors/index.ts';
import { hasEasyDays, USUAL_WEEK, type WeekdayLoads } from './load-balance.ts';
import type { SchedulerName } from './standing.ts';
import { isTimeZone } from './study-day.ts';

/** How somebody studies. Never changed in place: each change is a new version, and each review names the one it was answered under. */
export interface StudySettings {
  readonly version: number;
  /** IANA name; study days begin there. */
  readonly timeZone: string;
  /** The hour at which a study day begins: who learns past midnight has not begun the next day. */
  readonly rolloverHour: number;
  readonly scheduler: SchedulerName;
  /** The probability of recall at which a card comes back. */
  readonly desiredRetention: number;
  /** Minutes. */
  readonly learningSteps: readonly number[];
  readonly relearningSteps: readonly number[];
  readonly newPerDay: number;
  readonly reviewsPerDay: number;
  /** Days. */
  readonly maximumInterval: number;
  readonly hasFuzz: boolean;
  /** Among the days that chance may choose from, those with fewer cards are likelier. */
  readonly hasLoadBalance: boolean;
  readonly weekdayLoads: WeekdayLoads;
  /** The 21 weights of FSRS-6; absent for the published ones. */
  readonly weights: readonly number[] | undefined;
  /** Failures after which a card is called a leech; 0 for never. */
  readonly leechThreshold: number;
  readonly suspendsLeeches: boolean;
  /** Forgot and Got it in place of Again, Hard, Good and Easy. */
  readonly hasTwoButtons: boolean;
  /** Absent while nothing is to be caught up with. */
  readonly catchUp: CatchUp | undefined;
}

/** A plan to catch up after an absence: until its last day it says how many reviews a day are asked, and new cards wait. */
export interface CatchUp {
  /** Study days, the last one included. */
  readonly from: number;
  readonly until: number;
  /** Reviews. */
  readonly perDay: number;
}

/** The plan that is in force on a study day. */
export const catchUpOn = ({ catchUp }: StudySettings, day: number): CatchUp | undefined =>
  catchUp !== undefined && day >= catchUp.from && day <= catchUp.until ? catchUp : undefined;

export const DEFAULT_SETTINGS: StudySettings = {
  version: 0,
  timeZone: 'UTC',
  rolloverHour: 4,
  scheduler: 'fsrs-6',
  desiredRetention: 0.9,
  learningSteps: [1, 10],
  relearningSteps: [10],
  newPerDay: 20,
  reviewsPerDay: 200,
  maximumInterval: 36_500,
  hasFuzz: true,
  hasLoadBalance: false,
  weekdayLoads: USUAL_WEEK,
  weights: undefined,
  leechThreshold: 8,
  suspendsLeeches: false,
  hasTwoButtons: false,
  catchUp: undefined,
};

/** True where the days of an answer depend on what is due on others. */
export const isBalanced = ({ scheduler, hasFuzz, hasLoadBalance }: StudySettings): boolean =>
  scheduler === 'fsrs-6' && hasFuzz && hasLoadBalance;

/** True where not every day is as likely as the others. */
export const hasUnequalDays = (settings: StudySettings): boolean =>
  settings.hasFuzz && (settings.hasLoadBalance || hasEasyDays(settings.weekdayLoads));

const MINUTES = { m: 1, h: 60 } as const;
/** A step that reaches into the next day would compete with the days FSRS counts itself. */
export const LONGEST_STEP_MINUTES = 12 * 60;
export const MOST_STEPS = 10;

/**
 * Reads steps as people write them: `1m 10m`, `2h`; nothing for no steps. They must not get shorter from one to the next: a better grade
 * would come back sooner than a worse one. Throws `FC_INPUT_INVALID`.
 */
export function parseSteps(text: string, what: string): number[] {
  const words = text.trim() === '' ? [] : text.trim().split(/\s+/);
  const steps = words.map((word) => {
    const [, digits, unit] = /^(\d{1,4})([mh])$/.exec(word) ?? [];
    const minutes = Number(digits) * MINUTES[unit as keyof typeof MINUTES];
    if (!(minutes >= 1 && minutes <= LONGEST_STEP_MINUTES)) {
      throw new FlashcaseError('FC_INPUT_INVALID', {
        what: `${what}: "${word}" is no step`,
        hint: 'Write minutes or hours, from 1m to 12h: 1m 10m',
      });
    }
    return minutes;
  });
  if (steps.length > MOST_STEPS || steps.some((minutes, at) => minutes < (steps[at - 1] ?? 0))) {
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `${what}: at most ${MOST_STEPS} steps, none shorter than the one before it`,
      hint: '1m 10m',
    });
  }
  return steps;
}

/** Steps as people write them. */
export const printSteps = (steps: readonly number[]): string =>
  steps.map((minutes) => (minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`)).join(' ');

/** Throws `FC_INPUT_INVALID` for a zone this server does not know. */
export function checkTimeZone(name: string): string {
  if (!isTimeZone(name)) {
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `"${name}" is no time zone`,
      hint: 'An IANA name, as Europe/Berlin or America/New_York.',
    });
  }
  return name;
}

/** True when this answer makes a leech of a card: at the threshold, and again at every half of it. */
export function isLeech(lapsesBefore: number, lapses: number, threshold: number): boolean {
  if (threshold === 0 || lapses <= lapsesBefore || lapses < threshold) return false;
  return (lapses - threshold) % Math.max(1, Math.ceil(threshold / 2)) === 0;
}

import type { Timestamp } from '../schema/index.ts';
import { gradeOf } from './grade.ts';
import type { Standing } from './standing.ts';
import { quarterOf } from './study-calendar.ts';

/** How well a card was known before a review, by the interval that the review before gave it. */
export const MATURITIES = ['new', 'learning', 'young', 'mature'] as const;
export type Maturity = (typeof MATURITIES)[number];

/** Days from which on a card counts as mature. */
export const MATURE_DAYS = 21;

/** Again, Hard, Good, Easy are 1 to 4; 0 where the log does not tell. */
export type Button = 0 | 1 | 2 | 3 | 4;
export const BUTTONS = ['again', 'hard', 'good', 'easy'] as const;

/** What reviews are counted by. */
export type OutcomeName = `${Maturity}_${(typeof BUTTONS)[number]}` | 'unrated';
export const OUTCOMES: readonly OutcomeName[] = [
  ...MATURITIES.flatMap((maturity) => BUTTONS.map((button) => `${maturity}_${button}` as const)),
  'unrated',
];

/** @param interval days that the review before gave; `undefined` where there was none */
export function maturityOf(interval: number | undefined): Maturity {
  if (interval === undefined) return 'new';
  if (interval < 1) return 'learning';
  return interval < MATURE_DAYS ? 'young' : 'mature';
}

/**
 * Quarter hours since the review before are counted up to this; it also stands for "longer ago" and "never". No study day is longer than
 * 26 hours, so what is further away is on another day in every zone.
 */
export const LONG_GAP = 26 * 4;

/** The button of a review, told from its quality. */
export function buttonOf(quality: number | undefined): Button {
  if (quality === undefined || quality > 5) return 0;
  return gradeOf(quality);
}

/** The count that a review is in. */
export function outcomeName(maturity: Maturity, button: Button): OutcomeName {
  const name = BUTTONS[button - 1];
  return name === undefined ? 'unrated' : `${maturity}_${name}`;
}

/** An answer as it is counted. */
export interface CountedAnswer {
  readonly at: Timestamp;
  readonly quality: number | undefined;
  readonly durationMs: number | undefined;
}

/** What a review adds to the counts of its quarter hour. */
export interface Outcome {
  readonly quarter: number;
  readonly name: OutcomeName;
  readonly gap: number;
  readonly spentMs: bigint;
}

/** @param before where the card stood: its last answer in effect, and the interval that gave */
export function outcomeOf({ at, quality, durationMs }: CountedAnswer, before: Standing): Outcome {
  const quarter = quarterOf(at.micros);
  const button = buttonOf(quality);
  // A card that was made new again has no answer before it, whenever that was.
  const answeredAt = before.phase === 'new' ? undefined : before.answeredAt;
  const maturity = maturityOf(answeredAt === undefined ? undefined : before.interval);
  const isMemory = button !== 0 && (maturity === 'young' || maturity === 'mature');
  return {
    quarter,
    name: outcomeName(maturity, button),
    // Of others nobody asks which was the first of its day; rows of their own would only be more to read.
    gap: answeredAt === undefined || !isMemory ? LONG_GAP : Math.min(quarter - quarterOf(answeredAt.micros), LONG_GAP),
    spentMs: BigInt(durationMs ?? 0),
  };
}

import { FlashcaseError } from '../errors/index.ts';

/** Reviews that each weekday takes, in percent of a usual day; Monday first. 0: none, where there is another day. */
export type WeekdayLoads = readonly number[];

export const USUAL_WEEK: WeekdayLoads = [100, 100, 100, 100, 100, 100, 100];

/** Cards that are due on coming study days, of all decks. */
export interface DueLoad {
  /** Counted as dates are, from 1970-01-01. */
  readonly firstDay: number;
  readonly cards: readonly number[];
}

/** So many days ahead cards are counted: further away, too much will change. */
export const BALANCED_DAYS = 90;

/** The days among which a card may come back. */
export interface Window {
  readonly lowest: number;
  readonly highest: number;
}

/** What a day is chosen by. */
export interface DayChoice {
  /** The study day of the answer. */
  readonly today: number;
  readonly weekdays: WeekdayLoads;
  /** Absent where only the weekdays count. */
  readonly load: DueLoad | undefined;
}

/** 0 for a Monday. 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

export const hasEasyDays = (weekdays: WeekdayLoads): boolean => weekdays.some((load) => load !== 100);

/** Twice as many cards make a day a fourth as likely: levels without all cards of a round going to the same day. */
const weightOf = (interval: number, { today, load }: DayChoice): number => {
  if (load === undefined || interval > BALANCED_DAYS) return 1;
  const due = load.cards[today + interval - load.firstDay] ?? 0;
  return 1 / (1 + due) ** 2;
};

/**
 * Draws the day on which a card comes back: the fewer cards a day has and the more its weekday takes, the likelier. A weekday that
 * takes none is drawn only where the window has no other. A function of its inputs alone.
 * @param chance from 0 up to, not including, 1
 */
export function drawDay({ lowest, highest }: Window, choice: DayChoice, chance: number): number {
  const size = highest - lowest + 1;
  if (size <= 1) return lowest;
  const loads = Array.from({ length: size }, (_, at) => weightOf(lowest + at, choice));
  const eased = loads.map((weight, at) => weight * ((choice.weekdays[weekdayOf(choice.today + lowest + at)] as number) / 100));
  const weights = eased.some((weight) => weight > 0) ? eased : loads;
  let left = chance * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [at, weight] of weights.entries()) {
    if (left < weight) return lowest + at;
    left -= weight;
  }
  return lowest + weights.findLastIndex((weight) => weight > 0);
}

/** The same load with one card more on a day: what a round has given already counts for the rest of it. */
export function withOneMore(load: DueLoad, day: number): DueLoad {
  const at = day - load.firstDay;
  return at in load.cards ? { ...load, cards: load.cards.with(at, (load.cards[at] as number) + 1) } : load;
}

/** Weekday loads as they are stored: seven whole percents. */
export const printWeekdayLoads = (weekdays: WeekdayLoads): string => weekdays.join(' ');

/** Throws `FC_INPUT_INVALID` for anything but seven whole numbers from 0 to 100. */
export function checkWeekdayLoads(weekdays: readonly number[]): WeekdayLoads {
  if (weekdays.length !== 7 || weekdays.some((load) => !Number.isInteger(load) || load < 0 || load > 100)) {
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'weekday_loads: seven whole numbers from 0 to 100 are needed, from Monday to Sunday',
      hint: 'Percent of a usual day: 100 100 100 100 100 50 0 for easy weekends.',
    });
  }
  return weekdays;
}

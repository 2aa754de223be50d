import type { Button } from './outcome.ts';

/** The newest review of a card, and what the one before it had given. */
export interface LastReview {
  readonly button: Button;
  readonly interval: number;
  readonly easeFactor: number;
  readonly repetitions: number | null;
  /** Days in which the chance to remember falls to 90 %; for schedulers that estimate it. */
  readonly stability?: number | null | undefined;
  readonly intervalBefore: number | undefined;
}

const BUTTON_NAMES = ['', 'Again', 'Hard', 'Good', 'Easy'] as const;
const days = (number: number): string => `${number.toLocaleString('en-GB')} ${number === 1 ? 'day' : 'days'}`;

/** The rule of SM-2 that gave the interval. */
function sm2Rule({ button, interval, easeFactor, repetitions, intervalBefore }: LastReview): string {
  if (button === 1) return 'A card that was not known comes back after 1 day and starts over.';
  if (repetitions === 1) return 'The first correct answer in a row gives 1 day.';
  if (repetitions === 2) return 'The second correct answer in a row gives 6 days.';
  if (intervalBefore === undefined || repetitions === null) return `It gave an interval of ${days(interval)}.`;
  return `The interval before was ${days(intervalBefore)}; times the card’s ease of ${easeFactor.toFixed(2)}, that gives ${days(interval)}.`;
}

/**
 * Why a card is due when it is, in sentences for its reader.
 * @param reviewedOn the day of the newest review, as the reader writes it
 * @param place `isMoved`: the date is not the one that this review gave; `isMadeNew`: what was answered no longer counts;
 *   `isGiven`: it has a date without a review
 */
export function whyThisDate(
  last: LastReview | undefined,
  reviewedOn: string,
  { isMoved, isMadeNew, isGiven }: { readonly isMoved: boolean; readonly isMadeNew: boolean; readonly isGiven: boolean },
): string[] {
  if (isMadeNew)
    return ['This card was made new again: it comes with the new cards, and its reviews of before stay in the statistics.'];
  if (last === undefined && isGiven) return ['You gave this date by hand, and have not studied this card yet.'];
  if (last === undefined) return ['You have not studied this card yet: it comes after the cards that are due.'];
  const name = BUTTON_NAMES[last.button];
  const answered = name === '' ? `Your last review was on ${reviewedOn}.` : `You answered “${name}” on ${reviewedOn}.`;
  const rule =
    last.interval < 1
      ? 'It is on its steps of minutes: it comes again soon, until you know it.'
      : last.stability === undefined || last.stability === null
        ? sm2Rule(last)
        : `Its stability is now ${days(Math.round(last.stability * 10) / 10)}: in that time the chance that you remember it falls to 90 %. For the retention you want, that gives ${days(last.interval)}.`;
  // What was on its steps is there no more.
  const gave = isMoved && last.interval < 1 ? [] : [rule];
  return [answered, ...gave, ...(isMoved ? ['The date was changed after that review.'] : [])];
}

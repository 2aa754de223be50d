import type { OutcomeName } from './outcome.ts';
import type { Habits } from './student-model.ts';

/** How people answer of whom nothing is known, and how many such answers are mixed into those of a student: few of one's own tell little. */
const FIRST = [0.25, 0.1, 0.5, 0.15] as const;
const KNOWN = [0.1, 0.8, 0.1] as const;
const IMAGINED = 50;
/** Seconds that cards take while nobody knows. */
const NEW_SECONDS = 25;
const REVIEW_SECONDS = 10;
/** Whoever answers faster is not reading; a plan of thousands of cards a day helps nobody. */
const FEWEST_SECONDS = 1;

const BUTTONS = ['again', 'hard', 'good', 'easy'] as const;

/** The habits of a student, from how often each button was pressed and how long cards took. */
export function habitsOf(
  outcomes: Readonly<Record<OutcomeName, number>>,
  seconds: { readonly new: number | undefined; readonly known: number | undefined },
): Habits {
  const first = BUTTONS.map((button, index) => outcomes[`new_${button}`] + IMAGINED * (FIRST[index] as number));
  const known = (['hard', 'good', 'easy'] as const).map(
    (button, index) => outcomes[`young_${button}`] + outcomes[`mature_${button}`] + IMAGINED * (KNOWN[index] as number),
  );
  return {
    first: shares(first) as unknown as Habits['first'],
    known: shares(known) as unknown as Habits['known'],
    newSeconds: Math.max(seconds.new ?? NEW_SECONDS, FEWEST_SECONDS),
    reviewSeconds: Math.max(seconds.known ?? REVIEW_SECONDS, FEWEST_SECONDS),
  };
}

function shares(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, one) => sum + one, 0);
  return counts.map((one) => one / all);
}

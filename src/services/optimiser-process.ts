// A process of its own: the binding is native code, and what goes wrong in it must take no server with it.
import type { CardOutcomes } from '../study/calibration.ts';

/** What the optimiser is asked: nothing to see whether it is there. */
export interface OptimiserQuestion {
  readonly cards: readonly CardOutcomes[] | undefined;
  readonly relearningSteps: number;
}

export type OptimiserAnswer =
  | { readonly kind: 'there' }
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'weights'; readonly weights: readonly number[] }
  | { readonly kind: 'failed'; readonly why: string };

/** Answers of one card that are learned from; the binding cuts longer histories off, too. */
const MOST_ANSWERS = 64;
/** Answers learned from in all, the newest: bounds memory and time. */
const MOST_ITEMS = 100_000;

async function answer({ cards, relearningSteps }: OptimiserQuestion): Promise<OptimiserAnswer> {
  let binding: typeof import('@open-spaced-repetition/binding');
  try {
    binding = await import('@open-spaced-repetition/binding');
  } catch (error) {
    return { kind: 'missing', why: String(error) };
  }
  if (cards === undefined) return { kind: 'there' };
  const { FSRSBindingItem, FSRSBindingReview, computeParameters } = binding;
  const items = cards
    .flatMap((card) =>
      card
        .slice(0, MOST_ANSWERS)
        .flatMap(({ days, at }, index) => (index > 0 && days > 0 ? [{ at, outcomes: card.slice(0, index + 1) }] : [])),
    )
    .sort((a, b) => a.at - b.at)
    .slice(-MOST_ITEMS)
    .map(({ outcomes }) => new FSRSBindingItem(outcomes.map(({ grade, days }) => new FSRSBindingReview(grade, days))));
  const weights = await computeParameters(items, { enableShortTerm: true, numRelearningSteps: relearningSteps });
  return { kind: 'weights', weights };
}

process.once('message', (question: OptimiserQuestion) => {
  void answer(question)
    .catch((error: unknown): OptimiserAnswer => ({ kind: 'failed', why: String(error) }))
    .then((given) => process.send?.(given, () => process.disconnect?.()));
});

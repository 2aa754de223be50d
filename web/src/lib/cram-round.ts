import type { CramCard } from '../api/types.ts';

/** A forgotten card comes again after this many others. */
const BACK_AFTER = 7;

/** One round of cramming, as a value. A card leaves it once it was known. */
export interface Cram {
  readonly current: CramCard | undefined;
  /** The current card was forgotten in this round. */
  readonly isAgain: boolean;
  readonly waiting: readonly CramCard[];
  /** Whether each card was known when it came first, in the order they came. */
  readonly firstTry: ReadonlyMap<CramCard, boolean>;
  /** Rises with each card that comes. */
  readonly turn: number;
}

export const beginCram = (cards: readonly CramCard[]): Cram => ({
  current: cards[0],
  isAgain: false,
  waiting: cards.slice(1),
  firstTry: new Map(),
  turn: 0,
});

export function answerCram(cram: Cram, isKnown: boolean): Cram {
  const { current, waiting, turn } = cram;
  if (current === undefined) return cram;
  const firstTry = cram.firstTry.has(current) ? cram.firstTry : new Map(cram.firstTry).set(current, isKnown);
  const queue = isKnown ? waiting : waiting.toSpliced(BACK_AFTER, 0, current);
  const next = queue[0];
  return { current: next, isAgain: next !== undefined && firstTry.has(next), waiting: queue.slice(1), firstTry, turn: turn + 1 };
}

/** Cards not yet known in this round. */
export const leftToCram = ({ current, waiting }: Cram): number => (current === undefined ? 0 : 1) + waiting.length;

export interface Topic {
  readonly name: string;
  readonly asked: number;
  readonly known: number;
}

/** What was known at the first try by tag, and by deck for cards without one: the weakest first. */
export function weakTopics({ firstTry }: Cram): Topic[] {
  const topics = new Map<string, { asked: number; known: number }>();
  for (const [card, isKnown] of firstTry) {
    for (const name of card.tags.length > 0 ? card.tags : [card.deck_name]) {
      const topic = topics.get(name) ?? { asked: 0, known: 0 };
      topics.set(name, { asked: topic.asked + 1, known: topic.known + (isKnown ? 1 : 0) });
    }
  }
  return [...topics]
    .map(([name, topic]) => ({ name, ...topic }))
    .sort((a, b) => a.known / a.asked - b.known / b.asked || b.asked - a.asked || (a.name < b.name ? -1 : 1));
}

import type { StudyCard, StudyQueue } from '../api/types.ts';
import { millisOf } from '../offline/schedule.ts';

/** 1 Again, 2 Hard, 3 Good, 4 Easy, as the server counts them. */
export type Grade = 1 | 2 | 3 | 4;

/** A learning card may come this early when nothing else is left. */
export const LOOK_AHEAD_MS = 20 * 60_000;

export interface Turn {
  readonly card: StudyCard;
  /** Which count it stands in. */
  readonly queue: 'new' | 'learning' | 'due';
  /** A card that SM-2 will ask tomorrow, failed in this round: once more for practice. The failure is what is saved. */
  readonly isRepeat: boolean;
  /** For a card on the steps of minutes: when its time has come, in milliseconds of the server's clock. */
  readonly dueAt: number;
}

export type Counts = StudyQueue['counts'];

/** One round of studying, as a value: every answer makes a new one, so that taking one back is going back. */
export interface Round {
  readonly current: Turn | undefined;
  /** In the server's order. */
  readonly ready: readonly Turn[];
  readonly learning: readonly Turn[];
  readonly counts: Counts;
  /** How often each grade was given, practice aside. */
  readonly given: Readonly<Record<Grade, number>>;
}

/** Which count a card stands in. */
export const queueOf = ({ phase, interval }: StudyCard): Turn['queue'] =>
  phase === 'new' ? 'new' : interval === 0 ? 'learning' : 'due';

/** What comes next: minutes that are over, then the queue, then minutes that are nearly over. */
function next(round: Omit<Round, 'current'>, now: number): Round {
  const soonest = round.learning.toSorted((a, b) => a.dueAt - b.dueAt)[0];
  const patience = round.ready.length === 0 ? LOOK_AHEAD_MS : 0;
  if (soonest !== undefined && soonest.dueAt <= now + patience) {
    return { ...round, current: soonest, learning: round.learning.filter((turn) => turn !== soonest) };
  }
  return { ...round, current: round.ready[0], ready: round.ready.slice(1) };
}

/**
 * Begins a round with what the server has given, or with what is kept of it.
 * @param now milliseconds of the server's clock
 * @param first the card that was taken back last: it comes again before all others
 */
export function beginRound({ cards, counts }: StudyQueue, now: number, first?: number): Round {
  const turns = cards.map((card): Turn => ({ card, queue: queueOf(card), isRepeat: false, dueAt: millisOf(card.due_date) }));
  const current = turns.find(({ card }) => card.id === first);
  const others = turns.filter((turn) => turn !== current);
  const round = {
    ready: others.filter(({ queue }) => queue !== 'learning'),
    learning: others.filter(({ queue }) => queue === 'learning'),
    counts,
    given: { 1: 0, 2: 0, 3: 0, 4: 0 },
  };
  return current === undefined ? next(round, now) : { ...round, current };
}

/** The current card leaves the round without an answer. */
export function setAside(round: Round, now: number): Round {
  const { current, counts } = round;
  if (current === undefined) return round;
  const left = current.isRepeat ? counts : { ...counts, [current.queue]: Math.max(0, counts[current.queue] - 1) };
  return next({ ...round, counts: left }, now);
}

/** Another card of the round is not asked again. */
export function without(round: Round, cardId: number): Round {
  const isIt = ({ card }: Turn) => card.id === cardId;
  const counts = { ...round.counts };
  for (const { queue } of [...round.ready, ...round.learning].filter((turn) => isIt(turn) && !turn.isRepeat))
    counts[queue] = Math.max(0, counts[queue] - 1);
  const left = (turns: readonly Turn[]) => turns.filter((turn) => !isIt(turn));
  return { ...round, counts, ready: left(round.ready), learning: left(round.learning) };
}

/** The current card with another flag. */
export function withFlag(round: Round, flag: number): Round {
  const { current } = round;
  return current === undefined ? round : { ...round, current: { ...current, card: { ...current.card, flag } } };
}

/**
 * Answers the current card.
 * @param after the card as the answer leaves it; absent for practice, which changes nothing, and where only the server knows: then the card
 * waits for the next round
 */
export function answerRound(round: Round, grade: Grade, after: StudyCard | undefined, now: number): Round {
  const turn = round.current;
  if (turn === undefined) return round;
  const isBack = !turn.isRepeat && after?.interval === 0;
  const again: Turn | undefined = isBack
    ? { card: after, queue: 'learning', isRepeat: false, dueAt: millisOf(after.due_date) }
    : undefined;
  const isPractice = turn.isRepeat || (!isBack && after !== undefined);
  const practice = isPractice && grade === 1 ? [{ ...turn, isRepeat: true }] : [];
  const counts = { ...round.counts };
  if (!turn.isRepeat) counts[turn.queue] = Math.max(0, counts[turn.queue] - 1);
  if (again !== undefined) counts.learning += 1;
  return next(
    {
      ready: [...round.ready, ...practice],
      learning: again === undefined ? round.learning : [...round.learning, again],
      counts,
      given: turn.isRepeat ? round.given : { ...round.given, [grade]: round.given[grade] + 1 },
    },
    now,
  );
}

/** Cards still to come in this round. */
export const leftIn = ({ current, ready, learning }: Round): number =>
  (current === undefined ? 0 : 1) + ready.length + learning.length;

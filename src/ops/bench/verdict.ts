import type { StepFigures } from './figures.ts';
import { grouped } from './grouped.ts';

/** What a verdict rests on besides what was measured. */
export interface Basis {
  /** Milliseconds: a step holds where 99 of 100 writes take no longer. */
  readonly goalMs: number;
  /** Cards an active user answers a day. */
  readonly reviewsPerDay: number;
  /** How many times its average of a day the busiest hour has. */
  readonly peak: number;
  /** Of all requests, the part that answers a card, 0 to 1. */
  readonly answerShare: number;
}

/** One side's steps, in the order of their clients. */
export interface SideCurve {
  readonly name: string;
  readonly steps: readonly StepFigures[];
}

/** How far a side comes. */
export interface Reach {
  /** Requests a second of the best step that holds; `undefined`: none does. */
  readonly perSecond: number | undefined;
  readonly clients: number | undefined;
  /** Active users whose busiest hour this is. */
  readonly users: number | undefined;
  /** `goal`: more clients miss it. `full`: more clients get no more done. `open`: it holds as far as was tried. */
  readonly end: 'goal' | 'full' | 'open';
}

export type Finding = 'too-few' | 'pays' | 'pays-at-once' | 'not-faster' | 'within-noise' | 'not-reached' | 'neither' | 'failed';

export interface Verdict {
  readonly finding: Finding;
  /** The answer, in one sentence. */
  readonly text: string;
  /** Why, a sentence each. */
  readonly reasons: readonly string[];
  readonly from: Reach;
  readonly to: Reach;
}

/** More of the requests failed than this: the figures say nothing. */
const FAILED = 0.01;
/** Of fewer writes the 99th percentile is chance. */
export const ENOUGH_WRITES = 200;
/** A step that gets less than this much more done than the one before is at the end. */
const MORE = 1.1;
/** Sides that differ by less are equal, also on a quiet machine. */
const LEAST_NOISE = 0.1;
/** So far apart are rounds only where other programs work, too. */
const NOISY = 0.3;
const SECONDS_A_DAY = 86_400;

/** Active users whose busiest hour brings so many requests a second. */
export function usersOf(perSecond: number, { reviewsPerDay, peak, answerShare }: Basis): number {
  const requestsPerUserAndDay = reviewsPerDay / answerShare;
  return Math.floor((perSecond * SECONDS_A_DAY) / (peak * requestsPerUserAndDay));
}

const holds = ({ writes, failed, requests }: StepFigures, { goalMs }: Basis): boolean =>
  writes !== undefined && writes.p99Ms <= goalMs && failed <= requests * FAILED;

const stepsAfter = (steps: readonly StepFigures[], clients: number): StepFigures[] =>
  steps.filter((step) => step.clients > clients);

/** How far a side holds the goal, and what ends it. */
export function reachOf({ steps }: SideCurve, basis: Basis): Reach {
  const best = steps.filter((step) => holds(step, basis)).toSorted((a, b) => b.perSecond - a.perSecond)[0];
  const last = steps.at(-1);
  const before = steps.at(-2);
  // A smaller load that missed it, by a moment of the machine, is no end.
  const isMissed = best === undefined || stepsAfter(steps, best.clients).some((step) => !holds(step, basis));
  const isFull = last !== undefined && before !== undefined && last.perSecond < before.perSecond * MORE;
  return {
    perSecond: best?.perSecond,
    clients: best?.clients,
    users: best === undefined ? undefined : usersOf(best.perSecond, basis),
    end: isMissed ? 'goal' : isFull ? 'full' : 'open',
  };
}

/** How far rounds of the same load were apart, as a part of their mean. */
function noiseOf({ steps }: SideCurve): number {
  return Math.max(
    LEAST_NOISE,
    ...steps.map(
      ({ perSecondOfRounds, perSecond }) => (Math.max(...perSecondOfRounds) - Math.min(...perSecondOfRounds)) / perSecond,
    ),
  );
}

/** Two digits: the third would be noise. */
export const roughly = (value: number): string => grouped(value < 10 ? value : Number(value.toPrecision(2)));

function reason({ name, steps }: SideCurve, { perSecond, clients, users, end }: Reach, { goalMs }: Basis): string {
  if (perSecond === undefined)
    return `${name} misses the goal of ${goalMs} ms for 99 of 100 writes at every load that was tried.`;
  const most = `${name} holds the goal up to ${roughly(perSecond)} requests a second (${clients} ${clients === 1 ? 'client' : 'clients side by side'}), about ${roughly(users as number)} active users`;
  if (end === 'open') return `${most}; its end was not reached.`;
  if (end === 'full') return `${most}; more clients got no more done.`;
  const missed = stepsAfter(steps, clients as number).find((step) => step.writes === undefined || step.writes.p99Ms > goalMs);
  return missed?.writes === undefined
    ? `${most}; at another load too many requests failed, or none was a write.`
    : `${most}; at ${missed.clients} ${missed.clients === 1 ? 'client' : 'clients'} 99 of 100 writes took up to ${roughly(missed.writes.p99Ms)} ms.`;
}

/** Whether, and from how many users on, it pays to go from one side to the other. Says that it cannot tell where the steps do not show it. */
export function verdictOf(from: SideCurve, to: SideCurve, basis: Basis): Verdict {
  const [here, there] = [reachOf(from, basis), reachOf(to, basis)];
  const noise = Math.max(noiseOf(from), noiseOf(to));
  const noted = `Rounds of the same load were up to ${Math.round(noise * 100)} % apart; a smaller difference between the sides says nothing.${noise > NOISY ? ' A quiet machine and more --rounds tell more.' : ''}`;
  const reasons = [reason(from, here, basis), reason(to, there, basis), noted];
  const say = (finding: Finding, text: string): Verdict => ({ finding, text, reasons, from: here, to: there });
  const failing = [from, to].filter(({ steps }) => steps.some(({ failed, requests }) => failed > requests * FAILED));
  if (failing.length > 0)
    return say('failed', `No verdict: more than 1 % of the requests failed on ${failing.map(({ name }) => name).join(' and ')}.`);
  const few = [from, to].flatMap(({ name, steps }) =>
    steps.flatMap(({ clients, writes }) =>
      (writes?.requests ?? 0) < ENOUGH_WRITES
        ? [`${writes?.requests ?? 0} on ${name} at ${clients} ${clients === 1 ? 'client' : 'clients'}`]
        : [],
    ),
  );
  if (few.length > 0)
    return say(
      'too-few',
      `No verdict: 99 of 100 needs ${ENOUGH_WRITES} writes a step, and there were ${few[0]}. Measure longer: --seconds, --rounds.`,
    );
  if (here.perSecond === undefined && there.perSecond === undefined)
    return say(
      'neither',
      'Neither side holds the goal at any load that was tried: this machine is too slow for it, or the goal too strict.',
    );
  if (here.perSecond === undefined)
    return say(
      'pays-at-once',
      `The move to ${to.name} pays at once: ${from.name} misses the goal even at the smallest load that was tried.`,
    );
  if (here.end === 'open')
    return say(
      'not-reached',
      `Not within the tried load: ${from.name} holds the goal up to about ${roughly(here.users as number)} active users, and its end was not reached.`,
    );
  if (there.perSecond === undefined || there.perSecond < here.perSecond * (1 - noise))
    return say('not-faster', `The move does not pay by speed: ${to.name} carries less than ${from.name} on this machine.`);
  if (there.perSecond <= here.perSecond * (1 + noise))
    return say('within-noise', 'It cannot be told: the difference between the sides is within the noise of this run.');
  return say('pays', `The move to ${to.name} pays from about ${roughly(here.users as number)} active users.`);
}

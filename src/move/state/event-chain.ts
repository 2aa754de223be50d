import { hash } from 'node:crypto';

/** One recorded event as its hash sees it. */
export interface ChainLink {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  /** The text as it is stored. */
  readonly details: string;
}

/** What the first event of a move is chained to. */
export const CHAIN_BEGIN = '';

/**
 * The hash of an event over everything before it: who changes, removes or adds an event must change every later hash too, and the last one is on the
 * report, and wherever an operator noted it.
 */
export function chainHash(previous: string, { seq, at, kind, details }: ChainLink): string {
  return hash('sha256', JSON.stringify([previous, seq, at, kind, details]));
}

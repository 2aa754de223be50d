import { type ErrorCode, FlashcaseError, registry } from '../../errors/index.ts';
import type { Counted } from '../../ops/metrics/counted.ts';

/** What a worker tells its supervisor. Everything travels as structured clones: bytes, big numbers and maps stay what they are. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly url: string; readonly location: string }
  /** To the worker of that name; to the one at the desk when absent. */
  | { readonly kind: 'ask'; readonly id: number; readonly to: string | undefined; readonly name: string; readonly asked: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: Outcome }
  | { readonly kind: 'others'; readonly id: number }
  /** What it has counted in all, before it goes. */
  | { readonly kind: 'last'; readonly counted: Counted };

export type ToWorker =
  | { readonly kind: 'ask'; readonly id: number; readonly name: string; readonly asked: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: Outcome }
  /** Take nothing new, end what has begun, and go. */
  | { readonly kind: 'drain' };

export type Outcome = { readonly value: unknown } | { readonly error: ErrorParcel };

interface ErrorParcel {
  readonly code: string;
  readonly what: string;
  readonly where?: string | undefined;
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
  readonly details?: unknown;
}

/** What the other processes of this server have counted, those that are gone too. */
export interface Others {
  readonly counted: readonly Counted[];
  readonly workers: number;
  /** Workers that ended without being asked to. */
  readonly deaths: number;
}

/** The name under which each worker says what it has counted. */
export const COUNTED = 'counted';

export const goneError = (): FlashcaseError =>
  new FlashcaseError('FC_NOT_FOUND', { what: 'The file is not here any more', hint: 'Choose it again.' });

/** Runs work and packs what came of it. */
export async function outcomeOf(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof FlashcaseError) {
      const { code, message, where, why, hint, details } = error;
      return { error: { code, what: message, where, why, hint, details } };
    }
    return { error: { code: 'FC_INTERNAL', what: 'FlashCase met an error it does not know.', why: String(error) } };
  }
}

/** Unpacks it: gives the value, or throws the error. */
export function unpacked(outcome: Outcome): unknown {
  if ('value' in outcome) return outcome.value;
  const { code, what, ...more } = outcome.error;
  const parts = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
  throw new FlashcaseError(code in registry ? (code as ErrorCode) : 'FC_INTERNAL', { what, ...parts });
}

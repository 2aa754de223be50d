import type { Connection } from '../../engine/engine.ts';
import { cutOff, type PostgresConnection } from '../../engine/postgres/connection.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { KeyDifference } from '../follow/carrier.ts';
import type { LiveOptions } from '../live/live-options.ts';
import type { Attempt } from '../state/sqlite-state.ts';

/** The default limit of a pause: who studies sees a delay, and no error (facts gap 2). */
export const DEFAULT_LIMIT_MS = 2000;
export interface SwitchStep {
  readonly name: string;
  /** Milliseconds since the pause began; 0 before it. */
  readonly atMs: number;
}

export interface SwitchReport {
  readonly attempt: string;
  readonly primary: 'sqlite' | 'postgres';
  readonly epoch: number;
  /** From the moment writes were held to the moment the other side took them. */
  readonly pauseMs: number;
  /** Keys carried and compared inside the pause. */
  readonly keys: number;
  readonly sequences: number;
  readonly steps: readonly SwitchStep[];
  /** An earlier command made this side the primary; this one did nothing. */
  readonly wasDone?: true;
}

/** Keeps the steps and the limit of one switch. */
export class SwitchClock {
  readonly steps: SwitchStep[] = [];
  readonly #options: LiveOptions;
  readonly #limitMs: number;
  readonly #stop = new AbortController();
  readonly #postgres: Connection;
  #heldAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param postgres what the pause itself asks of PostgreSQL runs here; at the limit it is cut off, since a network may be gone and tell nobody. */
  constructor(options: LiveOptions, limitMs: number, postgres: Connection) {
    this.#postgres = postgres;
    this.#options = options;
    this.#limitMs = limitMs;
  }

  /** Aborted when the limit is over, with the error that says so: what is under way in the pause stops. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The pause begins: in the transaction that holds the writes, whose wait for the lock is not counted but whose commit is. */
  begin(): void {
    this.#heldAt = performance.now();
    // What is under way stops with this as its error.
    this.#timer = setTimeout(() => {
      this.#stop.abort(this.#late());
      cutOff((this.#postgres as PostgresConnection).client);
    }, this.#limitMs);
  }

  get elapsedMs(): number {
    return this.#heldAt === undefined ? 0 : performance.now() - this.#heldAt;
  }

  /** How long a lock may be waited for; at least a millisecond, because zero is for ever. */
  get leftMs(): number {
    return Math.max(1, Math.ceil(this.#limitMs - this.elapsedMs));
  }

  async step(name: string): Promise<void> {
    this.steps.push({ name, atMs: this.elapsedMs });
    await this.#options.onStep?.(name);
  }

  /** The limit, when that is what ended the pause: what was under way then fails in many ways. */
  causeOf(error: unknown): unknown {
    return this.#stop.signal.aborted ? this.#stop.signal.reason : error;
  }

  /** To be asked before the decision: throws when the pause has lasted too long, and otherwise lets the decision be taken without an end in its middle. */
  refuseIfLate(): void {
    if (this.elapsedMs >= this.#limitMs) throw this.#late();
    this.end();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #late(): FlashcaseError {
    const done = this.steps.filter(({ atMs }) => atMs > 0).map(({ name, atMs }) => `${name} +${Math.round(atMs)} ms`);
    return new FlashcaseError('FC_MOVE_GIVEN_UP', {
      what: `The pause reached its limit of ${this.#limitMs} ms${done.length === 0 ? '' : ` (${done.join(', ')})`}.`,
      hint: 'Run the command again when there is less load, or raise --limit.',
    });
  }
}

/** A new attempt of this process. */
export function newAttempt(options: LiveOptions, limitMs: number): Attempt {
  return {
    id: options.newId(),
    by: options.by,
    startedAt: new Date(Number(options.clock.now().micros / 1000n)).toISOString(),
    limitMs,
  };
}

/** Throws `FC_MOVE_GIVEN_UP` naming the rows when a comparison inside the pause found any. */
export function refuseDifferences(differences: readonly KeyDifference[]): void {
  if (differences.length === 0) return;
  const named = differences
    .slice(0, 5)
    .map(({ table, key, column, primary, follower }) =>
      column === undefined ? `${table} ${key} is on one side only` : `${table} ${key} ${column}: ${primary} | ${follower}`,
    )
    .join('; ');
  throw new FlashcaseError('FC_MOVE_GIVEN_UP', {
    what: `${differences.length} of the rows carried last differ: ${named}.`,
    hint: 'Run flashcase move verify; it finds every difference. Please report this.',
    details: { differences },
  });
}

/**
 * An error inside a pause, as the one an operator reads: the old side serves, and why.
 * @param isBack false when the old side could not be opened again yet (a full disk, a server that is gone): its fence refuses meanwhile, and loses nothing.
 */
export function givenUp(error: unknown, primary: 'sqlite' | 'postgres', clock: SwitchClock, isBack: boolean): FlashcaseError {
  const name = primary === 'sqlite' ? 'SQLite' : 'PostgreSQL';
  const reason = error instanceof FlashcaseError ? error : undefined;
  return new FlashcaseError('FC_MOVE_GIVEN_UP', {
    what: `The switch was given up after ${Math.round(clock.elapsedMs)} ms: ${(error as Error).message}`,
    why: isBack
      ? `${name} serves on, as before; nothing was lost.`
      : `${name} is the primary, as before, but could not be opened for writes again yet; nothing was lost. Every server tries, and so does flashcase move recover.`,
    hint: reason?.hint ?? 'Run the command again when the cause is gone.',
    details: { steps: clock.steps, ...(reason === undefined ? {} : { cause: reason.code }) },
    cause: error,
  });
}

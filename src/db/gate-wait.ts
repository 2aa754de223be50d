import { setTimeout as delay } from 'node:timers/promises';
import { gateHolding } from './gate.ts';

interface Waiter {
  readonly goOn: () => void;
  readonly giveUp: (cause: unknown) => void;
}

export interface GateWaitOptions {
  /** True when trying again makes sense. */
  readonly isOpen: () => Promise<boolean>;
  readonly intervalMs: () => number;
  /** Called while a gate does not open, at most once at a time. */
  readonly onLong: () => Promise<void>;
  readonly longMs: number;
}

/** The requests that wait for a gate: one of them looks for all. */
export class GateWait {
  readonly #options: GateWaitOptions;
  readonly #waiters = new Set<Waiter>();
  #failure: unknown;
  #isPolling = false;
  #isHelping = false;

  constructor(options: GateWaitOptions) {
    this.#options = options;
  }

  /** Resolves when the gate is open; rejects with `FC_GATE_HOLDING` when it is not within the given time. */
  until(milliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        goOn: () => {
          end();
          resolve();
        },
        giveUp: (cause) => {
          end();
          reject(gateHolding({ cause }));
        },
      };
      const timer = setTimeout(() => waiter.giveUp(this.#failure), Math.max(milliseconds, 0));
      this.#waiters.add(waiter);
      if (!this.#isPolling) void this.#poll();
    });
  }

  /** Gives up everything that waits. */
  stop(): void {
    for (const waiter of [...this.#waiters]) waiter.giveUp(undefined);
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    this.#failure = undefined;
    let since = performance.now();
    while (this.#waiters.size > 0) {
      await delay(this.#options.intervalMs());
      // Those who come during the look are released by the next one: what it saw may be older than their refusal.
      const asking = [...this.#waiters];
      try {
        if (await this.#options.isOpen()) {
          for (const waiter of asking) waiter.goOn();
          since = performance.now();
        }
      } catch (error) {
        this.#failure = error;
      }
      if (performance.now() - since > this.#options.longMs) this.#help();
    }
    this.#isPolling = false;
  }

  #help(): void {
    if (this.#isHelping) return;
    this.#isHelping = true;
    void this.#options
      .onLong()
      .then(() => delay(this.#options.longMs / 2, undefined, { ref: false }))
      .finally(() => {
        this.#isHelping = false;
      });
  }
}

import type { Clock } from '../../db/clock.ts';
import { appendLatency } from './latency-files.ts';
import { Gathered, type LatencyRecord, type Outcome, type RequestKind } from './latency-record.ts';

/** How often what was measured is written, and so how old it may be for `throttle`. */
const FINE_MS = 2000;
/** Fine intervals to a minute. */
const TO_A_MINUTE = 30;
/** How much is known of the time before a move began. */
const MINUTES_KEPT = 60;

export interface RecorderOptions {
  readonly clock: Clock;
  /** The SQLite file while it is in a move, else `undefined`: then nothing is written, and the last hour is kept in memory. */
  readonly fileInMove: () => string | undefined;
  /** Names the files of this process: unlike any other process of the installation, dead ones included. */
  readonly process: string;
  /** Said once when what was measured cannot be written. */
  readonly onTrouble?: (error: unknown) => void;
}

/** A minute and what is in it so far. */
class Interval {
  readonly reads = new Gathered();
  readonly writes = new Gathered();
  from: number;

  constructor(from: number) {
    this.from = from;
  }

  /** The interval up to now; `undefined` when nobody asked anything. */
  end(to: number): LatencyRecord | undefined {
    const isEmpty = this.reads.isEmpty && this.writes.isEmpty;
    const record = isEmpty ? undefined : { from: this.from, to, reads: this.reads.take(), writes: this.writes.take() };
    this.from = to;
    return record;
  }
}

/**
 * Measures what the users of one server process feel. Recording is an addition in memory; what was recorded is written beside the SQLite file in the
 * background, while that is in a move. Nothing here can fail a request or make it wait.
 */
export class LatencyRecorder {
  readonly #options: RecorderOptions;
  readonly #fine: Interval;
  readonly #minute: Interval;
  /** Since the last full minute, not written yet. */
  #fineKept: LatencyRecord[] = [];
  #minutesKept: LatencyRecord[] = [];
  #ticks = 0;
  #isTroubleTold = false;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    const now = this.#now();
    this.#fine = new Interval(now);
    this.#minute = new Interval(now);
  }

  /** A request was answered, or its client went away. */
  record(kind: RequestKind, ms: number, outcome: Outcome): void {
    this.#fine[kind].record(ms, outcome);
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.tick(), FINE_MS).unref();
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.tick();
  }

  /** Ends an interval. Resolves when it is written, or could not be. */
  tick(): Promise<void> {
    const now = this.#now();
    const fine = this.#fine.end(now);
    if (fine !== undefined) {
      this.#minute.reads.add(fine.reads);
      this.#minute.writes.add(fine.writes);
      this.#fineKept.push(fine);
    }
    const isMinute = ++this.#ticks % TO_A_MINUTE === 0;
    if (isMinute) {
      const minute = this.#minute.end(now);
      if (minute !== undefined) this.#minutesKept.push(minute);
      this.#minutesKept = this.#minutesKept.slice(-MINUTES_KEPT);
    }
    const file = this.#options.fileInMove();
    if (file !== undefined) {
      const kept = { fine: this.#fineKept, minutes: this.#minutesKept };
      this.#fineKept = [];
      this.#minutesKept = [];
      if (kept.fine.length > 0 || kept.minutes.length > 0) this.#write(file, kept);
    } else if (isMinute) this.#fineKept = [];
    return this.#writing;
  }

  /** One write after the other: lines stay in order. */
  #write(file: string, kept: { readonly fine: LatencyRecord[]; readonly minutes: LatencyRecord[] }): void {
    this.#writing = this.#writing
      .then(() => appendLatency(file, this.#options.process, kept))
      .catch((error: unknown) => {
        if (this.#isTroubleTold) return;
        this.#isTroubleTold = true;
        this.#options.onTrouble?.(error);
      });
  }

  #now(): number {
    return Number(this.#options.clock.now().micros / 1000n);
  }
}

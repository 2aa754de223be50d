import { LatencyHistogram, type SparseCounts } from './histogram.ts';

/** `reads` change nothing; a switch does not hold them. */
export type RequestKind = 'reads' | 'writes';
/** `failed`: answered with a 5xx. `abandoned`: the client went away before its answer. */
export type Outcome = 'answered' | 'failed' | 'abandoned';

/** The requests of one kind in one interval. */
export interface Measured {
  readonly times: SparseCounts;
  readonly failed: number;
  readonly abandoned: number;
  readonly slowestMs: number;
}

/** What one server process measured in one interval; one line of its file. */
export interface LatencyRecord {
  /** Milliseconds since 1970, by the server's clock. */
  readonly from: number;
  readonly to: number;
  readonly reads: Measured;
  readonly writes: Measured;
}

/** Gathers requests of one kind. */
export class Gathered {
  readonly #times = new LatencyHistogram();
  #failed = 0;
  #abandoned = 0;
  #slowestMs = 0;

  /** True when nothing was gathered. */
  get isEmpty(): boolean {
    return this.#times.count === 0;
  }

  record(ms: number, outcome: Outcome): void {
    this.#times.record(ms);
    if (outcome === 'failed') this.#failed++;
    else if (outcome === 'abandoned') this.#abandoned++;
    if (ms > this.#slowestMs) this.#slowestMs = ms;
  }

  add({ times, failed, abandoned, slowestMs }: Measured): void {
    this.#times.add(times);
    this.#failed += failed;
    this.#abandoned += abandoned;
    this.#slowestMs = Math.max(this.#slowestMs, slowestMs);
  }

  /** What was gathered; begins anew. */
  take(): Measured {
    const taken = {
      times: this.#times.toSparse(),
      failed: this.#failed,
      abandoned: this.#abandoned,
      slowestMs: Math.round(this.#slowestMs * 10) / 10,
    };
    this.#times.clear();
    this.#failed = 0;
    this.#abandoned = 0;
    this.#slowestMs = 0;
    return taken;
  }

  felt(): Felt {
    // The middle of the slowest request's bucket may be above it.
    const rounded = (value: number | undefined): number | undefined =>
      value === undefined ? undefined : Math.round(Math.min(value, this.#slowestMs) * 10) / 10;
    return {
      requests: this.#times.count,
      failed: this.#failed,
      abandoned: this.#abandoned,
      p50Ms: rounded(this.#times.percentile(0.5)),
      p99Ms: rounded(this.#times.percentile(0.99)),
      slowestMs: this.isEmpty ? undefined : Math.round(this.#slowestMs * 10) / 10,
    };
  }
}

/** What users felt, from their requests to the API as the servers measured them. */
export interface Felt {
  readonly requests: number;
  readonly failed: number;
  readonly abandoned: number;
  /** Milliseconds; `undefined` without requests. At most 3 % away from the truth. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** To the tenth of a millisecond. */
  readonly slowestMs: number | undefined;
}

/** What users felt, by what they did. */
export interface FeltByKind {
  readonly all: Felt;
  readonly reads: Felt;
  readonly writes: Felt;
}

/** Adds up what several processes measured. */
export function feltOf(records: Iterable<LatencyRecord>): FeltByKind {
  const [all, reads, writes] = [new Gathered(), new Gathered(), new Gathered()];
  for (const record of records) {
    reads.add(record.reads);
    writes.add(record.writes);
    all.add(record.reads);
    all.add(record.writes);
  }
  return { all: all.felt(), reads: reads.felt(), writes: writes.felt() };
}

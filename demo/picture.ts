/** What the students of the demo feel, a sample each quarter of a second. */
export interface Sample {
  /** Seconds since the demo began. */
  readonly at: number;
  readonly answersPerSecond: number;
  /** Milliseconds; 0 when nothing was answered. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
  /** Since the beginning. */
  readonly answers: number;
  readonly failed: number;
  readonly serving: 'SQLite' | 'PostgreSQL';
}

/** A command that was typed. */
export interface Mark {
  readonly at: number;
  readonly command: string;
}

const SAMPLE_MS = 250;
/** A rate over less would jump. */
const RATE_SAMPLES = 4;

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

/** Collects answers, and tells whoever looks. */
export class Picture {
  readonly samples: Sample[] = [];
  readonly marks: Mark[] = [];
  serving: Sample['serving'] = 'SQLite';
  readonly #failed: () => number;
  readonly #began = performance.now();
  readonly #watchers = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #took: number[] = [];
  #answers = 0;

  constructor(failed: () => number) {
    this.#failed = failed;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  answered(tookMs: number): void {
    this.#took.push(tookMs);
    this.#answers++;
  }

  mark(command: string): void {
    this.marks.push({ at: this.#now(), command });
  }

  /** Called after each sample, until the returned function is called. */
  watch(look: () => void): () => void {
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The newest sample as a line. */
  line(students: number): string {
    const sample = this.samples.at(-1);
    if (sample === undefined) return '';
    const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
    return `${students} students on ${sample.serving}: ${sample.answersPerSecond} answers a second, p50 ${ms(sample.p50)}, p99 ${ms(sample.p99)}, slowest ${ms(sample.slowest)}, ${sample.failed} failed`;
  }

  #now(): number {
    return Math.round(performance.now() - this.#began) / 1000;
  }

  #sample(): void {
    const took = this.#took.toSorted((a, b) => a - b);
    this.#took = [];
    const before = this.samples.at(-RATE_SAMPLES);
    const now = this.#now();
    const [since, answered] = before === undefined ? [0, 0] : [before.at, before.answers];
    this.samples.push({
      at: now,
      answersPerSecond: Math.round((this.#answers - answered) / (now - since)),
      p50: at(took, 0.5),
      p99: at(took, 0.99),
      slowest: took.at(-1) ?? 0,
      answers: this.#answers,
      failed: this.#failed(),
      serving: this.serving,
    });
    for (const look of this.#watchers) look();
  }
}

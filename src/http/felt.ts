/** Requests looked at: those of the last minute, and of a busy server the newest of them. */
const WINDOW_MS = 60_000;
const REMEMBERED = 5000;

interface Answered {
  readonly at: number;
  readonly ms: number;
  readonly isWrite: boolean;
  readonly isFailed: boolean;
}

/** What users felt of this server in the last minute, in milliseconds; null where nothing was asked. */
export interface FeltNow {
  readonly requests: number;
  /** Answered with a status of 500 or more. */
  readonly failed: number;
  readonly readP50: number | null;
  readonly readP99: number | null;
  readonly writeP50: number | null;
  readonly writeP99: number | null;
}

/** Counts how long the API's answers took, in this process's memory. */
export class Felt {
  readonly #answered: Answered[] = [];
  #next = 0;

  answered(method: string, path: string, status: number, ms: number): void {
    // Who watches a move does not study.
    if (!path.startsWith('/api/v1/') || path.startsWith('/api/v1/move')) return;
    const isWrite = method !== 'GET' && method !== 'HEAD';
    this.#answered[this.#next] = { at: performance.now(), ms, isWrite, isFailed: status >= 500 };
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  now(): FeltNow {
    const since = performance.now() - WINDOW_MS;
    const recent = this.#answered.filter(({ at }) => at >= since);
    const times = (isWrite: boolean): number[] =>
      recent
        .filter((one) => one.isWrite === isWrite)
        .map(({ ms }) => ms)
        .toSorted((a, b) => a - b);
    const [reads, writes] = [times(false), times(true)];
    return {
      requests: recent.length,
      failed: recent.filter(({ isFailed }) => isFailed).length,
      readP50: quantile(reads, 0.5),
      readP99: quantile(reads, 0.99),
      writeP50: quantile(writes, 0.5),
      writeP99: quantile(writes, 0.99),
    };
  }
}

function quantile(sorted: readonly number[], part: number): number | null {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

/** Buckets to each doubling of the time: a percentile is at most 3 % away from the truth. */
const PER_DOUBLING = 16;
/** Below this a request took no time that anybody feels. */
const LEAST_MS = 0.1;
/** About 100 s; slower ones are counted there, and their exact time is the maximum. */
const BUCKETS = 20 * PER_DOUBLING;

/** Counts by bucket, as text holds them: `[bucket, count]`, only those that are not empty. */
export type SparseCounts = readonly (readonly [bucket: number, count: number])[];

/**
 * Times of requests in buckets of equal ratio: recording one is an addition, and histograms of several processes and moments add up, which percentiles
 * do not.
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  get count(): number {
    return this.#total;
  }

  record(ms: number): void {
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log2(ms / LEAST_MS) * PER_DOUBLING);
    this.#add(bucket, 1);
  }

  add(counts: SparseCounts): void {
    for (const [bucket, count] of counts) this.#add(bucket, count);
  }

  /** @param share 0.5 for the median. `undefined` when nothing was recorded. */
  percentile(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    const wanted = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    let bucket = 0;
    while (bucket < BUCKETS) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted) break;
      bucket++;
    }
    // The middle of the bucket, by ratio.
    return LEAST_MS * 2 ** ((bucket - 0.5) / PER_DOUBLING);
  }

  toSparse(): SparseCounts {
    const sparse: [number, number][] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) sparse.push([bucket, count]);
    });
    return sparse;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  #add(bucket: number, count: number): void {
    const within = Math.min(Math.max(bucket, 0), BUCKETS - 1);
    this.#counts[within] = (this.#counts[within] as number) + count;
    this.#total += count;
  }
}

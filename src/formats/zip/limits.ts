/** What an archive may be at most. A few hundred bytes of zip can name any amount of anything. */
export interface ZipLimits {
  readonly entries: number;
  /** All entries unpacked together. */
  readonly totalBytes: number;
  /** One entry unpacked. */
  readonly entryBytes: number;
  /** Unpacked to packed, for what is large. */
  readonly ratio: number;
}

const MIB = 1024 * 1024;

/** Ample for the largest decks that are shared (40,000 files, 5 GB). */
export const LIMITS: ZipLimits = { entries: 100_000, totalBytes: 8192 * MIB, entryBytes: 2048 * MIB, ratio: 250 };

/** Text and empty pages pack well: a small entry may. */
export const RATIO_FROM_BYTES = 16 * MIB;

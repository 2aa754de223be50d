import type { Session } from '../db/database.ts';
import { addDeckStats, settleDeckStats } from '../db/stores/deck-stats.ts';
import { addReviewCounts, deleteEmptyCounts } from '../db/stores/review-counts.ts';
import { buttonOf, LONG_GAP, maturityOf, OUTCOMES, type OutcomeName, outcomeName } from '../study/outcome.ts';
import type { ReviewKind } from '../study/replay.ts';
import type { Phase } from '../study/standing.ts';
import { QUARTER_SECONDS } from '../study/study-calendar.ts';

const QUARTER_MICROS = QUARTER_SECONDS * 1_000_000;
/** Rows of counts that are held in memory, at most. */
const MOST_HELD = 20_000;

const placeOf = new Map(OUTCOMES.map((name, place) => [name, place]));

/** A row of the log as it is counted. */
export interface TalliedReview {
  /** Microseconds since 1970. */
  readonly at: number;
  readonly rating: number | null;
  readonly kind: ReviewKind | null;
  readonly durationMs: number | null;
  readonly interval: number;
  readonly phase: Phase | null;
}

interface Counts {
  readonly deckId: bigint;
  readonly quarter: number;
  readonly gap: number;
  readonly outcomes: number[];
  spentMs: number;
}

interface DeckReviews {
  reviews: number;
  ratings: number;
  ratingSum: number;
  lastAt: number;
}

/** What a review before tells of the next one. */
interface Before {
  readonly quarter: number;
  readonly days: number;
}

/**
 * Counts the reviews of cards whose whole log is written, or removed, in this unit of work, as `rebuildReviewCounts` and
 * `rebuildDeckStats` would: those read all of a user's log, which takes longer the more of it there is.
 */
export class ReviewTally {
  readonly #session: Session;
  readonly #userId: bigint;
  #counts = new Map<string, Counts>();
  #decks = new Map<bigint, DeckReviews>();

  constructor(session: Session, userId: bigint) {
    this.#session = session;
    this.#userId = userId;
  }

  /** Adds the reviews of a card. @param log whole and in its order */
  add(deckId: bigint, log: Iterable<TalliedReview>): Promise<void> {
    return this.#take(deckId, log, 1);
  }

  /** Takes the reviews of a card away again. @param log whole and in its order */
  remove(deckId: bigint, log: Iterable<TalliedReview>): Promise<void> {
    return this.#take(deckId, log, -1);
  }

  async #take(deckId: bigint, log: Iterable<TalliedReview>, sign: 1 | -1): Promise<void> {
    let before: Before | undefined;
    for (const { at, rating, kind, durationMs, interval, phase } of log) {
      if (kind === 'cram') continue;
      const quarter = Math.floor(at / QUARTER_MICROS);
      if (kind !== 'manual') {
        this.#countDeck(deckId, at, rating, sign);
        const button = buttonOf(rating ?? undefined);
        const gap =
          button !== 0 && before !== undefined && before.days >= 1 ? Math.min(quarter - before.quarter, LONG_GAP) : LONG_GAP;
        this.#count(deckId, quarter, gap, outcomeName(maturityOf(before?.days), button), durationMs ?? 0, sign);
      }
      // A card that was made new again has no review before.
      before = kind === 'manual' && phase === 'new' ? undefined : { quarter, days: interval };
    }
    if (this.#counts.size >= MOST_HELD) await this.#writeCounts();
  }

  #count(deckId: bigint, quarter: number, gap: number, name: OutcomeName, spentMs: number, sign: 1 | -1): void {
    const key = `${deckId} ${quarter} ${gap}`;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      counts = { deckId, quarter, gap, outcomes: OUTCOMES.map(() => 0), spentMs: 0 };
      this.#counts.set(key, counts);
    }
    const place = placeOf.get(name) as number;
    counts.outcomes[place] = (counts.outcomes[place] as number) + sign;
    counts.spentMs += sign * spentMs;
  }

  #countDeck(deckId: bigint, at: number, rating: number | null, sign: 1 | -1): void {
    let deck = this.#decks.get(deckId);
    if (deck === undefined) {
      deck = { reviews: 0, ratings: 0, ratingSum: 0, lastAt: at };
      this.#decks.set(deckId, deck);
    }
    deck.reviews += sign;
    if (rating !== null) deck.ratings += sign;
    deck.ratingSum += sign * (rating ?? 0);
    deck.lastAt = Math.max(deck.lastAt, at);
  }

  async #writeCounts(): Promise<void> {
    const rows = [...this.#counts.values()];
    this.#counts = new Map();
    await addReviewCounts(this.#session, this.#userId, rows);
  }

  /** Writes what was not written yet, once the logs themselves are. */
  async write(): Promise<void> {
    await this.#writeCounts();
    await addDeckStats(this.#session, this.#userId, this.#decks);
    this.#decks = new Map();
  }

  /** The same after reviews were taken away: what counts nothing any more goes, and the time of the last review is looked up. */
  async writeRemoved(): Promise<void> {
    const decks = [...this.#decks.keys()];
    await this.write();
    await deleteEmptyCounts(this.#session, this.#userId);
    await settleDeckStats(this.#session, this.#userId, decks);
  }
}

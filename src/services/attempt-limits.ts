import type { Database } from '../db/database.ts';
import { saveRateLimit, takeRateLimits } from '../db/stores/rate-limits.ts';
import { FlashcaseError } from '../errors/index.ts';

/** Attempts within this time count together (`housekeeping.ts` forgets them after an hour). */
const WINDOW_SECONDS = 900;

export interface Attempt {
  readonly subject: string;
  /** Attempts of one window. */
  readonly most: number;
}

/**
 * Counts an attempt at something that is done at most so often, whether it succeeds or not. The counts lie in the database: all servers
 * share them.
 * @throws FC_RATE_LIMITED with the seconds to wait
 */
export async function countAttempt(database: Database, attempts: readonly Attempt[], what: string): Promise<void> {
  await database.write(async (session) => {
    const now = session.clock.now();
    const counted = await takeRateLimits(
      session,
      attempts.map(({ subject }) => subject),
    );
    for (const { subject, most } of attempts) {
      const before = counted.find((limit) => limit.subject === subject);
      const end = before?.window_started_at.plusSeconds(WINDOW_SECONDS);
      const isSameWindow = before !== undefined && end !== undefined && now.isBefore(end);
      if (isSameWindow && before.hits >= most) {
        const retryAfterSeconds = Number((end.micros - now.micros + 999_999n) / 1_000_000n);
        throw new FlashcaseError('FC_RATE_LIMITED', {
          what: `${what} Try again in ${retryAfterSeconds} seconds.`,
          details: { retryAfterSeconds },
        });
      }
      await saveRateLimit(session, {
        subject,
        hits: isSameWindow ? before.hits + 1 : 1,
        window_started_at: isSameWindow ? before.window_started_at : now,
        blocked_until: null,
      });
    }
  }, 'nobody');
}

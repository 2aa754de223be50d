import type { Database } from '../db/database.ts';
import { claimSubject, releaseSubject, saveRateLimit, takeRateLimits } from '../db/stores/rate-limits.ts';

/** Requests of one address: so many at once, and so many a second for ever, of all servers together. No person comes near; a program gone wild does. */
export const BURST = 600;
export const PER_SECOND = 50;

export interface Lease {
  /** Requests the server that asked may answer without asking again. */
  readonly granted: number;
  /** When to come back, where none is granted. */
  readonly retryAfterSeconds: number;
}

/**
 * Takes requests of an address out of what all servers of the installation share, a few at a time: one unit of work for many requests.
 * @param used already answered, and not told yet @param wanted more
 */
export function leaseRequests(database: Database, address: string, used: number, wanted: number): Promise<Lease> {
  return database.write(async (session) => {
    const now = session.clock.now();
    const [limit] = await takeRateLimits(session, [`requests ${address}`]);
    if (limit === undefined) return { granted: wanted, retryAfterSeconds: 0 };
    const elapsed = Math.max(0, Number(now.micros - limit.window_started_at.micros) / 1_000_000);
    const level = Math.max(0, limit.hits - elapsed * PER_SECOND) + used;
    const granted = Math.max(0, Math.min(wanted, Math.floor(BURST - level)));
    await saveRateLimit(session, { ...limit, hits: Math.ceil(level + granted), window_started_at: now });
    return { granted, retryAfterSeconds: granted > 0 ? 0 : Math.max(1, Math.ceil((level + wanted - BURST) / PER_SECOND)) };
  }, 'nobody');
}

/** How long a job belongs to the server that began it. */
export interface JobClaim {
  /** One that dies is followed by another when these are over. */
  readonly seconds: number;
  /** When it is done, nobody does it again before. */
  readonly isOnceInThem: boolean;
}

/**
 * Runs a job that one of the servers on a PostgreSQL does at a time: the first that asks has it, and the others pass it by (SKIP LOCKED). One that
 * fails leaves it to the next who asks. On a file each server does it: there it costs nothing to do it once more.
 * @returns `undefined` where another server has it, or did it
 */
export async function asOnlyServer<T>(
  database: Database,
  job: string,
  { seconds, isOnceInThem }: JobClaim,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (!database.engine.capabilities.hasConcurrentWriters) return work();
  const subject = `job ${job}`;
  const isMine = await database.write(
    (session) => claimSubject(session, subject, session.clock.now().plusSeconds(seconds)),
    'nobody',
  );
  if (!isMine) return undefined;
  const release = () => database.write((session) => releaseSubject(session, subject), 'nobody').catch(() => {});
  try {
    const done = await work();
    if (!isOnceInThem) await release();
    return done;
  } catch (error) {
    await release();
    throw error;
  }
}

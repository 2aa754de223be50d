import type { Database } from '../db/database.ts';
import { deleteRateLimits, findRateLimits, saveRateLimit } from '../db/stores/rate-limits.ts';
import { FlashcaseError } from '../errors/index.ts';

/** Failed logins within this time count together. */
const WINDOW_SECONDS = 900;
/** Failures that cost nothing; each further one doubles the wait. An address serves many students, an account one. */
const FREE = { account: 5, address: 50 } as const;
/** No account is locked for longer: a stranger must not be able to lock somebody out of an exam evening. */
const MAX_WAIT_SECONDS = 300;

const subjectsOf = (username: string, address: string) => [
  { subject: `login account ${username.toLowerCase()}`, free: FREE.account },
  { subject: `login address ${address}`, free: FREE.address },
];

/** Throws `FC_RATE_LIMITED` with the seconds to wait while the account or the address has to. Kept in the database: all servers share it. */
export async function refuseBlockedLogin(database: Database, username: string, address: string): Promise<void> {
  await database.read(async (session) => {
    const now = session.clock.now();
    const limits = await findRateLimits(
      session,
      subjectsOf(username, address).map(({ subject }) => subject),
    );
    const until = limits.map((limit) => limit.blocked_until).filter((time) => time !== null && now.isBefore(time));
    const [latest] = until.toSorted((a, b) => (a === null || b === null ? 0 : a.isBefore(b) ? 1 : -1));
    if (latest == null) return;
    const retryAfterSeconds = Number((latest.micros - now.micros + 999_999n) / 1_000_000n);
    throw new FlashcaseError('FC_RATE_LIMITED', {
      what: `Too many failed logins. Try again in ${retryAfterSeconds} seconds.`,
      details: { retryAfterSeconds },
    });
  });
}

export async function countFailedLogin(database: Database, username: string, address: string): Promise<void> {
  await database.write(async (session) => {
    const now = session.clock.now();
    const subjects = subjectsOf(username, address);
    const known = await findRateLimits(
      session,
      subjects.map(({ subject }) => subject),
    );
    for (const { subject, free } of subjects) {
      const before = known.find((limit) => limit.subject === subject);
      const isSameWindow = before !== undefined && now.isBefore(before.window_started_at.plusSeconds(WINDOW_SECONDS));
      const hits = isSameWindow ? before.hits + 1 : 1;
      await saveRateLimit(session, {
        subject,
        hits,
        window_started_at: isSameWindow ? before.window_started_at : now,
        blocked_until: hits > free ? now.plusSeconds(Math.min(2 ** Math.min(hits - free, 16), MAX_WAIT_SECONDS)) : null,
      });
    }
  });
}

/** A right password clears the account's count, not the address's. */
export async function forgetFailedLogins(database: Database, username: string): Promise<void> {
  await database.write((session) =>
    deleteRateLimits(session, `login account ${username.toLowerCase()}`, session.clock.now().plusSeconds(-86_400)),
  );
}

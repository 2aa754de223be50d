import { createHash } from 'node:crypto';
import type { Database, Session } from '../db/database.ts';
import { type RateLimit, saveRateLimit, takeRateLimits } from '../db/stores/rate-limits.ts';
import { FlashcaseError } from '../errors/index.ts';

/** Failed logins within this time count together. */
const WINDOW_SECONDS = 900;
/** Failures that cost nothing; each further one doubles the wait. An address serves many students, an account one. */
const FREE_OF_ACCOUNT = 10;
const FREE_OF_ADDRESS = 100;
/** Nobody waits longer: a stranger must not be able to lock somebody out of an exam evening. */
const MAX_WAIT_SECONDS = 300;

interface Subject {
  readonly subject: string;
  readonly free: number;
}

/** Who tries: an account by its id, so that name and address of one account count together, or a name nobody has. */
function subjectsOf(account: bigint | string, address: string): readonly [Subject, Subject] {
  const name =
    typeof account === 'bigint' ? `login account ${account}` : `login name ${createHash('sha256').update(account).digest('hex')}`;
  return [
    { subject: name, free: FREE_OF_ACCOUNT },
    { subject: `login address ${address}`, free: FREE_OF_ADDRESS },
  ];
}

/**
 * Counts a login as failed before its password is looked at, so that many at once count as many. Throws `FC_RATE_LIMITED` with the
 * seconds to wait while the account or the address has to. The counts lie in the database: all servers share them.
 */
export async function countLogin(database: Database, account: bigint | string, address: string): Promise<void> {
  await database.write(async (session) => {
    const now = session.clock.now();
    const subjects = subjectsOf(account, address);
    const counted = await takeRateLimits(
      session,
      subjects.map(({ subject }) => subject),
    );
    refuseWhileBlocked(session, counted);
    for (const { subject, free } of subjects) {
      const before = counted.find((limit) => limit.subject === subject);
      const isSameWindow = before !== undefined && now.isBefore(before.window_started_at.plusSeconds(WINDOW_SECONDS));
      const hits = isSameWindow ? before.hits + 1 : 1;
      await saveRateLimit(session, {
        subject,
        hits,
        window_started_at: isSameWindow ? before.window_started_at : now,
        blocked_until: hits > free ? now.plusSeconds(Math.min(2 ** Math.min(hits - free, 16), MAX_WAIT_SECONDS)) : null,
      });
    }
  }, 'nobody');
}

function refuseWhileBlocked(session: Session, limits: readonly RateLimit[]): void {
  const now = session.clock.now();
  const waits = limits.map(({ blocked_until: until }) =>
    until === null || !now.isBefore(until) ? 0 : Number((until.micros - now.micros + 999_999n) / 1_000_000n),
  );
  const retryAfterSeconds = Math.max(...waits);
  if (retryAfterSeconds <= 0) return;
  throw new FlashcaseError('FC_RATE_LIMITED', {
    what: `Too many failed logins. Try again in ${retryAfterSeconds} seconds.`,
    details: { retryAfterSeconds },
  });
}

/** Takes back what `countLogin` counted: the password was right. The account starts anew, the address has one failure less. */
export async function uncountLogin(session: Session, account: bigint, address: string): Promise<void> {
  const [ofAccount, ofAddress] = subjectsOf(account, address);
  const limits = await takeRateLimits(session, [ofAccount.subject, ofAddress.subject]);
  for (const limit of limits) {
    const hits = limit.subject === ofAccount.subject ? 0 : Math.max(0, limit.hits - 1);
    await saveRateLimit(session, {
      ...limit,
      hits,
      blocked_until: hits > ofAddress.free ? limit.blocked_until : null,
    });
  }
}

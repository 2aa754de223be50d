import type { FastifyInstance } from 'fastify';
import type { Database } from '../db/database.ts';
import { FlashcaseError } from '../errors/index.ts';
import { BURST, type Lease, leaseRequests, PER_SECOND } from '../services/shared-limits.ts';
import { addressOf } from './client-address.ts';

/** Addresses remembered; the one not seen for longest is forgotten first. */
const ADDRESSES = 10_000;
/** What a server answers an address without telling the others: people cost them nothing. */
const UNTOLD = 30;
const UNTOLD_PER_SECOND = 1;
/** Requests a server takes out of the common ones at a time. */
const LEASE = 60;
/** A database that does not answer keeps nobody out. */
const PATIENCE_MS = 500;

interface Bucket {
  tokens: number;
  untold: number;
  at: number;
  /** Answered without telling, since the others were told last. */
  used: number;
  leased: number;
  /** Before this nobody is asked again. */
  refusedUntil: number;
  asking: Promise<void> | undefined;
}

/**
 * Limits requests per address: in this process's memory, and, where servers share a database, for all of them together. This machine itself is
 * not limited: it is a proxy nobody named in TRUST_PROXY, behind which everyone would share one limit, or its operator. Failed logins are
 * limited elsewhere.
 */
export function limitRequests(app: FastifyInstance): void {
  const buckets = new Map<string, Bucket>();
  app.addHook('onRequest', async (request) => {
    const ip = addressOf(request);
    if (ip === '127.0.0.1' || ip === '::1') return;
    const now = performance.now();
    const fresh: Bucket = { tokens: BURST, untold: UNTOLD, at: now, used: 0, leased: 0, refusedUntil: 0, asking: undefined };
    const bucket = buckets.get(ip) ?? fresh;
    const seconds = (now - bucket.at) / 1000;
    const tokens = Math.min(BURST, bucket.tokens + seconds * PER_SECOND);
    bucket.tokens = Math.max(0, tokens - 1);
    bucket.untold = Math.min(UNTOLD, bucket.untold + seconds * UNTOLD_PER_SECOND);
    bucket.at = now;
    buckets.delete(ip);
    buckets.set(ip, bucket);
    if (buckets.size > ADDRESSES) buckets.delete(buckets.keys().next().value as string);
    if (tokens < 1) throw tooMany(Math.ceil((1 - tokens) / PER_SECOND));
    if (app.database.engine.capabilities.hasConcurrentWriters) await takeShared(app.database, ip, bucket);
  });
}

/** Counts a request for all servers. Throws `FC_RATE_LIMITED` when they have answered the address too many together. */
async function takeShared(database: Database, ip: string, bucket: Bucket): Promise<void> {
  for (;;) {
    if (bucket.untold >= 1) {
      bucket.untold--;
      bucket.used++;
      return;
    }
    if (bucket.leased > 0) {
      bucket.leased--;
      return;
    }
    const left = bucket.refusedUntil - performance.now();
    if (left > 0) throw tooMany(Math.ceil(left / 1000));
    bucket.asking ??= ask(database, ip, bucket).finally(() => {
      bucket.asking = undefined;
    });
    await bucket.asking;
  }
}

async function ask(database: Database, ip: string, bucket: Bucket): Promise<void> {
  const { used } = bucket;
  bucket.used = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Lease>((resolve) => {
    timer = setTimeout(() => resolve({ granted: LEASE, retryAfterSeconds: 0 }), PATIENCE_MS);
  });
  // The limit of this process holds all the same.
  const lease = leaseRequests(database, ip, used, LEASE).catch((): Lease => ({ granted: LEASE, retryAfterSeconds: 0 }));
  const { granted, retryAfterSeconds } = await Promise.race([lease, late]);
  clearTimeout(timer);
  bucket.leased += granted;
  if (granted === 0) bucket.refusedUntil = performance.now() + retryAfterSeconds * 1000;
}

const tooMany = (seconds: number): FlashcaseError =>
  new FlashcaseError('FC_RATE_LIMITED', {
    what: 'Too many requests. Try again in a moment.',
    details: { retryAfterSeconds: Math.max(1, seconds) },
  });

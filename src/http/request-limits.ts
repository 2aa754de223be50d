import type { FastifyInstance } from 'fastify';
import { FlashcaseError } from '../errors/index.ts';
import { addressOf } from './client-address.ts';

/** Requests of one address: so many at once, and so many a second for ever. No person comes near; a program gone wild does. */
const BURST = 600;
const PER_SECOND = 50;
/** Addresses remembered; the one not seen for longest is forgotten first. */
const ADDRESSES = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Limits requests per address, in this process's memory. This machine itself is not limited: it is a proxy nobody named in TRUST_PROXY,
 * behind which everyone would share one limit, or its operator. Failed logins are limited elsewhere, for all servers together.
 */
export function limitRequests(app: FastifyInstance): void {
  const buckets = new Map<string, Bucket>();
  app.addHook('onRequest', async (request) => {
    const ip = addressOf(request);
    if (ip === '127.0.0.1' || ip === '::1') return;
    const now = performance.now();
    const before = buckets.get(ip) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, before.tokens + ((now - before.at) / 1000) * PER_SECOND);
    buckets.delete(ip);
    buckets.set(ip, { tokens: Math.max(0, tokens - 1), at: now });
    if (buckets.size > ADDRESSES) buckets.delete(buckets.keys().next().value as string);
    if (tokens < 1) {
      const retryAfterSeconds = Math.max(1, Math.ceil((1 - tokens) / PER_SECOND));
      throw new FlashcaseError('FC_RATE_LIMITED', {
        what: 'Too many requests. Try again in a moment.',
        details: { retryAfterSeconds },
      });
    }
  });
}

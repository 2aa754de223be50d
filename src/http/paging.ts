import type { FastifyReply } from 'fastify';
import type { Page } from '../db/stores/page.ts';
import { FlashcaseError } from '../errors/index.ts';
import { MAX_ROWS } from './schemas.ts';

const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -INT64_MAX - 1n;

/** An id beyond 64 bits names nothing (`FC_NOT_FOUND`): the engines would answer it differently. */
export function toId(value: bigint, what: string): bigint {
  if (value > INT64_MAX || value < INT64_MIN) throw new FlashcaseError('FC_NOT_FOUND', { what: `${what} not found` });
  return value;
}

export function pageOf({ limit, after }: { readonly limit: number; readonly after?: bigint }): Page {
  const bounded = after === undefined || (after <= INT64_MAX && after >= INT64_MIN) ? after : after > 0n ? INT64_MAX : INT64_MIN;
  return { limit: Math.min(limit, MAX_ROWS), after: bounded };
}

/** A full page says in `X-Next-After` where the next one starts. */
export function sendPage<T extends { readonly id: bigint }>(
  reply: FastifyReply,
  rows: readonly T[],
  limit: number,
): readonly T[] {
  const last = rows.at(-1);
  if (last !== undefined && rows.length === limit) reply.header('X-Next-After', String(last.id));
  return rows;
}

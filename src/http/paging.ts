import type { FastifyReply } from 'fastify';
import { FlashcaseError } from '../errors/index.ts';

const INT64_MAX = 9_223_372_036_854_775_807n;

/** An id out of a path, query or body. JSON numbers beyond 2^53 have lost digits already: they name nothing. */
export function toId(value: number | string | bigint, what: string): bigint {
  const isExact = typeof value !== 'number' || Number.isSafeInteger(value);
  const id = isExact ? BigInt(value) : -1n;
  if (!isExact || id > INT64_MAX || id < -INT64_MAX) throw new FlashcaseError('FC_NOT_FOUND', { what: `${what} not found` });
  return id;
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

export interface Page {
  readonly limit: number;
  readonly after: string;
}

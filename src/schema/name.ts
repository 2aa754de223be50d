import { createHash } from 'node:crypto';

/** PostgreSQL cuts longer names off in silence, and two that differ only behind the cut collide. SQLite has no limit. */
export const MAX_BYTES = 63;

/**
 * The name of an index or constraint from its parts, at most 63 bytes on either engine. A longer one keeps its beginning and gets eight
 * hex digits of its hash, so that it stays different from its neighbours and the same on every run.
 */
export function objectName(...parts: readonly string[]): string {
  const name = parts.join('_');
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const suffix = `_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  let head = name;
  while (Buffer.byteLength(head) > MAX_BYTES - suffix.length) head = head.slice(0, -1);
  return head + suffix;
}

/** The names that are made from others, the same wherever they are needed. */
export const derivedName = {
  /** Of a primary key's constraint, where constraints of keys have names. */
  primaryKey: (table: string): string => objectName(table, 'pkey'),
  /** Of the sequence that hands out a generated id. */
  sequence: (table: string, column: string): string => objectName(table, column, 'seq'),
  /** Of the check that holds a column to its type's values. */
  valueCheck: (table: string, column: string): string => objectName('ck', table, column),
  /** Of the function behind a trigger. */
  triggerFunction: (trigger: string): string => objectName(trigger, 'trigger'),
};

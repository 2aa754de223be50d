import { isDeepStrictEqual } from 'node:util';
import type { Operation } from './journal.ts';

/** One write as the database holds it after recovery. */
export interface StoredWrite {
  readonly key: string;
  readonly content: unknown;
  /** What the server answered, or would have, for this write. */
  readonly answer: unknown;
}

/**
 * Compares the clients' journal with what is stored: every `ok` exactly once with the sent content and the given answer, no `fail`,
 * each `unknown` at most once, nothing that was never sent. Returns one sentence a violation.
 */
export function findViolations(operations: readonly Operation[], stored: readonly StoredWrite[]): string[] {
  const found = new Map<string, StoredWrite[]>();
  for (const write of stored) found.set(write.key, [...(found.get(write.key) ?? []), write]);
  const violations: string[] = [];
  for (const { key, content, outcome, answer } of operations) {
    const writes = found.get(key) ?? [];
    found.delete(key);
    if (writes.length > 1) violations.push(`doubled: ${key} is stored ${writes.length} times`);
    if (outcome === 'ok' && writes.length === 0) violations.push(`lost: ${key} was acknowledged and is not stored`);
    if (outcome === 'fail' && writes.length > 0)
      violations.push(`half done: ${key} was refused (${String(answer)}) and is stored`);
    for (const write of writes) {
      if (!isDeepStrictEqual(write.content, content))
        violations.push(`changed: ${key} was sent as ${JSON.stringify(content)}, stored as ${JSON.stringify(write.content)}`);
      if (outcome === 'ok' && !isDeepStrictEqual(write.answer, answer))
        violations.push(`changed: ${key} was answered ${JSON.stringify(answer)}, stored is ${JSON.stringify(write.answer)}`);
    }
  }
  for (const key of found.keys()) violations.push(`invented: ${key} is stored and was never sent`);
  return violations;
}

import { createHash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { Step } from './step.ts';

export interface Revision {
  /** Sorts in the order of history: `0001`, `0002`, … */
  readonly id: string;
  /** Snake case, says what changes. */
  readonly name: string;
  readonly upgrade: readonly Step[];
  /** The way back, or a sentence saying why there is none. */
  readonly downgrade: readonly Step[] | string;
}

export const HASH_ALGORITHM = 'sha256-steps-2';

/**
 * Hash of what a revision does on the way up. It covers the steps as data, not the file: line endings, comments, formatting, the way
 * down, and whether the source or its build is running make no difference.
 */
export function revisionHash(revision: Revision): string {
  return createHash('sha256')
    .update(canonical({ id: revision.id, name: revision.name, upgrade: revision.upgrade }))
    .digest('hex');
}

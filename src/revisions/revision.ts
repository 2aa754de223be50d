import { createHash } from 'node:crypto';
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

/**
 * JSON with sorted keys, so that the order in which a literal was written does not count, and without empty lists, so that a new kind of
 * part (a table that may have triggers now) leaves the hashes of older revisions as they are.
 */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, entry]) => !(Array.isArray(entry) && entry.length === 0))
            .toSorted(isOrdered(inner) ? () => 0 : ([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}

/** The columns of a table are the one record whose order means something: it is the order of the columns. */
function isOrdered(value: object): boolean {
  return (
    Object.values(value).length > 0 &&
    Object.values(value).every((entry) => typeof entry === 'object' && entry !== null && 'isGenerated' in entry)
  );
}

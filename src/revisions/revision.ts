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
  /**
   * `false`: on PostgreSQL each statement is committed alone and indexes are built concurrently, so that nobody is kept waiting for
   * long; a run that ends half-way goes on at the statement. SQLite commits step by step.
   */
  readonly isTransactional?: false;
  /** Id of the released revision that made room for what this one takes away: the contract step of its expand step (lint). */
  readonly contracts?: string;
  /** Lint rules that are wrong here, each with the reason. */
  readonly ignores?: Readonly<Record<string, string>>;
  /** Ids of the revisions this one stands for since they were squashed. */
  readonly replaces?: readonly string[];
  /** These revisions themselves, for databases that stand between them; left out once there are none any more (settle.ts). */
  readonly replaced?: readonly Revision[];
}

export const HASH_ALGORITHM = 'sha256-steps-2';

/**
 * Hash of what a revision does on the way up. It covers the steps as data, not the file: line endings, comments, formatting, the way
 * down, and whether the source or its build is running make no difference.
 */
export function revisionHash(revision: Revision): string {
  const known = hashes.get(revision);
  if (known !== undefined) return known;
  const { id, name, upgrade, isTransactional } = revision;
  const hash = createHash('sha256').update(canonical({ id, name, upgrade, isTransactional })).digest('hex');
  hashes.set(revision, hash);
  return hash;
}

/** What the ledger keeps of a revision itself. */
export function writtenAs(revision: Revision): { id: string; name: string; hash: string; hashAlgorithm: string } {
  return { id: revision.id, name: revision.name, hash: revisionHash(revision), hashAlgorithm: HASH_ALGORITHM };
}

/** A revision never changes while a process runs. */
const hashes = new WeakMap<Revision, string>();

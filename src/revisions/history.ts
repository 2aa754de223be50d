import { FlashcaseError } from '../errors/index.ts';
import type { LedgerEntry } from './ledger.ts';
import { isEdited } from './pending.ts';
import type { Revision } from './revision.ts';
import { isIts, type Settled, settle } from './settle.ts';

export interface HistoryEntry {
  readonly id: string;
  readonly name: string;
  /**
   * `pending`: only the code has it. `unknown`: only the database has it. `edited`: the code has other steps than the database was given.
   */
  readonly state: 'applied' | 'pending' | 'unknown' | 'edited';
  readonly appliedAt?: string;
  readonly durationMs?: number;
  readonly appliedBy?: string;
}

/** Both sides of a history in one list, by id: what the code has and what the database was given. Judges nothing. */
export function bothSides(revisions: readonly Revision[], applied: readonly LedgerEntry[]): HistoryEntry[] {
  const { revisions: own, applied: entries } = fitted(revisions, applied);
  const known = own.map((revision): HistoryEntry => {
    const { id, name } = revision;
    const entry = entries.find((one) => isIts(one, revision));
    if (entry === undefined) return { id, name, state: 'pending' };
    return { id, name, state: isEdited(revision, entry) ? 'edited' : 'applied', ...when(entry) };
  });
  const unknown = entries
    .filter((entry) => !own.some((revision) => isIts(entry, revision)))
    .map((entry): HistoryEntry => ({ id: entry.id, name: entry.name, state: 'unknown', ...when(entry) }));
  return [...known, ...unknown].toSorted((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
}

/** Where a database stands between revisions that are squashed, these are listed; where the code lacks them, both sides as they are. */
function fitted(revisions: readonly Revision[], applied: readonly LedgerEntry[]): Pick<Settled, 'revisions' | 'applied'> {
  try {
    return settle(revisions, applied);
  } catch (error) {
    if (error instanceof FlashcaseError) return { revisions, applied };
    throw error;
  }
}

const when = ({
  appliedAt,
  durationMs,
  appliedBy,
}: LedgerEntry): Pick<HistoryEntry, 'appliedAt' | 'durationMs' | 'appliedBy'> => ({
  appliedAt,
  durationMs,
  appliedBy,
});

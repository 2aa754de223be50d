import { FlashcaseError } from '../errors/index.ts';
import type { LedgerEntry } from './ledger.ts';
import { type Revision, writtenAs } from './revision.ts';

/** A squash that takes the place of the entries of all it replaces; nothing is run. */
export interface Restamp {
  readonly squash: Revision;
  readonly entries: readonly LedgerEntry[];
  readonly entry: LedgerEntry;
}

export interface Settled {
  /** The history as it is for this database: where it stands inside a squashed range, the old revisions instead of the squash. */
  readonly revisions: readonly Revision[];
  /** What was applied, with one entry for each range that is applied as a whole. */
  readonly applied: readonly LedgerEntry[];
  readonly restamps: readonly Restamp[];
}

/**
 * Fits a history with squashes to what a database has applied. None of the range: the squash is to be applied. All of it: the squash is
 * as good as applied, and its entry takes the place of theirs. Some of it: the old revisions are the history here until the range is whole.
 * Throws `FC_REVISION_DELETED` for the last where the code does not have them any more.
 * @param keepsOld for a way back: a range that is applied as a whole is taken back revision by revision.
 */
export function settle(revisions: readonly Revision[], applied: readonly LedgerEntry[], keepsOld = false): Settled {
  const history: Revision[] = [];
  const restamps: Restamp[] = [];
  let entries = applied;
  for (const revision of revisions) {
    const { replaces, replaced } = revision;
    if (replaces === undefined || entries.some((entry) => isIts(entry, revision))) {
      history.push(revision);
      continue;
    }
    const inner = settle(replaced ?? [], entries, keepsOld);
    const old = inner.applied.filter((entry) =>
      replaced === undefined ? replaces.includes(entry.id) : inner.revisions.some((one) => isIts(entry, one)),
    );
    if (old.length === 0) {
      history.push(revision);
      continue;
    }
    restamps.push(...inner.restamps);
    entries = inner.applied;
    const isWhole = replaced === undefined ? isWholeBelow(replaces, old) : old.length === inner.revisions.length;
    if (!isWhole && replaced === undefined) throw between(revision, old);
    if (!isWhole || (keepsOld && replaced !== undefined)) {
      history.push(...inner.revisions);
      continue;
    }
    // The schema after the range is the schema after its last revision: whatever is noted of that one stays.
    const entry = entryOf(revision, old.at(-1) as LedgerEntry);
    entries = [...entries.filter((one) => !old.includes(one)), entry].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    restamps.push({ squash: revision, entries: old, entry });
    history.push(revision);
  }
  return { revisions: history, applied: entries, restamps };
}

/** The entry of a revision, with what another says of the schema, the time and the person. */
export function entryOf(revision: Revision, from: LedgerEntry): LedgerEntry {
  return { ...from, ...writtenAs(revision) };
}

/** The revisions with all that squashes among them replace. */
export function withReplaced(revisions: readonly Revision[]): Revision[] {
  return revisions.flatMap((revision) => [...withReplaced(revision.replaced ?? []), revision]);
}

/** The history as it was made: the old revisions in the place of each squash that still has them. */
export function unsquashed(revisions: readonly Revision[]): Revision[] {
  return revisions.flatMap((revision) => (revision.replaced === undefined ? [revision] : unsquashed(revision.replaced)));
}

/** True when the entry is this revision's: a squash has the id of the last one it replaces, so the name counts too. */
export const isIts = (entry: LedgerEntry, revision: Revision): boolean =>
  entry.id === revision.id && entry.name === revision.name;

/** Without the old files only the ids tell; those before the lowest applied one are in an earlier squash. */
function isWholeBelow(replaces: readonly string[], old: readonly LedgerEntry[]): boolean {
  const lowest = (old[0] as LedgerEntry).id;
  return replaces.every((id) => id < lowest || old.some((entry) => entry.id === id));
}

function between(squash: Revision, old: readonly LedgerEntry[]): FlashcaseError {
  const { id, name } = old.at(-1) as LedgerEntry;
  return new FlashcaseError('FC_REVISION_DELETED', {
    what: `The database is at revision ${id} ${name}, between the revisions that ${squash.id} ${squash.name} replaces, and this code does not have these any more.`,
    hint: 'Upgrade with the last version that has them, then with this one; flashcase db history lists both sides.',
    details: { database: id, code: squash.id },
  });
}

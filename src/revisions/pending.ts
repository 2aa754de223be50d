import { FlashcaseError } from '../errors/index.ts';
import type { LedgerEntry } from './ledger.ts';
import { refuseShape } from './refuse-shape.ts';
import { HASH_ALGORITHM, type Revision, revisionHash } from './revision.ts';
import { isIts, settle, withReplaced } from './settle.ts';

export interface OrderOptions {
  /** Applies a revision that was merged late after newer ones, instead of refusing it. */
  readonly allowsOutOfOrder?: boolean;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A revision or its entry in a sentence. */
export const full = ({ id, name }: Named): string => `${id} ${name}`;

/** The file a revision is kept in, by convention. */
export function fileNameOf({ id, name }: Named): string {
  return `${id}-${name.replaceAll('_', '-')}.ts`;
}

/**
 * Judges a history by itself. Throws `FC_REVISION_DUPLICATE` naming both files where two branches wrote the same id, and
 * `FC_REVISION_INVALID` where the list is not in the order of the ids, or one is not written as a revision is.
 */
export function requireOneHistory(revisions: readonly Revision[]): void {
  const squashes = revisions.filter((revision) => revision.replaces !== undefined);
  let before: Revision | undefined;
  for (const revision of revisions) {
    refuseShape(revision);
    const squash = squashes.find((other) => other !== revision && other.replaces?.includes(revision.id) === true);
    if (squash !== undefined && squash.id >= revision.id) {
      if (squash.replaced?.some((old) => old.id === revision.id && old.name === revision.name) === true) {
        throw new FlashcaseError('FC_REVISION_DUPLICATE', {
          what: `${fileNameOf(revision)} is in ${fileNameOf(squash)} already: a squash was stopped half-way.`,
          hint: 'Finish it: flashcase db squash',
          details: { id: revision.id, names: [revision.name, squash.name] },
        });
      }
      throw new FlashcaseError('FC_REVISION_DUPLICATE', {
        what: `${fileNameOf(revision)} has the id of a revision that ${fileNameOf(squash)} replaces.`,
        hint: `Put it behind: flashcase db rebase ${fileNameOf(revision).slice(0, -3)}`,
        details: { id: revision.id, names: [revision.name, squash.name] },
      });
    }
    if (before !== undefined && before.id === revision.id) {
      throw new FlashcaseError('FC_REVISION_DUPLICATE', {
        what: `Two revisions have the id ${revision.id}: ${fileNameOf(before)} and ${fileNameOf(revision)}, from two branches.`,
        hint: `Keep the one that was released or merged first, and give the other the next free id: flashcase db rebase ${fileNameOf(revision).slice(0, -3)}`,
        details: { id: revision.id, names: [before.name, revision.name] },
      });
    }
    if (before !== undefined && before.id > revision.id) {
      throw new FlashcaseError('FC_REVISION_INVALID', {
        what: `Revision ${full(revision)} is listed after ${full(before)}.`,
        hint: 'List the revisions in the order of their ids.',
      });
    }
    before = revision;
  }
}

/**
 * Compares the set of what was applied with what this code knows; returns what is still to apply, in order.
 * Each disagreement is one sentence that names both sides: `FC_REVISION_UNKNOWN` (database ahead of the code),
 * `FC_REVISION_DELETED` (its file is gone, or the database follows another branch), `FC_REVISION_EDITED`,
 * `FC_REVISION_DUPLICATE`, `FC_REVISION_OUT_OF_ORDER` (an older one was merged late); `FC_SCHEMA_UNKNOWN` where the two share nothing.
 */
export function pendingRevisions(
  revisions: readonly Revision[],
  applied: readonly LedgerEntry[],
  options: OrderOptions = {},
): Revision[] {
  requireOneHistory(revisions);
  refuseOtherHistory(revisions, applied);
  const settled = settle(revisions, applied);
  for (const { entries, squash } of settled.restamps) {
    for (const entry of entries) {
      const old = squash.replaced?.find((revision) => revision.id === entry.id);
      if (old !== undefined) refuseEdited(old, entry);
    }
  }
  return pendingOf(settled.revisions, settled.applied, options);
}

/** A database that has nothing of this history follows another application's: no advice about two branches would help there. */
function refuseOtherHistory(revisions: readonly Revision[], applied: readonly LedgerEntry[]): void {
  const [oldest] = applied;
  const first = revisions[0];
  if (oldest === undefined || first === undefined) return;
  const isKnown = (entry: LedgerEntry): boolean =>
    withReplaced(revisions).some((revision) => isIts(entry, revision)) ||
    // The old files of a squash may be gone; then only their ids are known.
    revisions.some(({ replaces, replaced }) => replaced === undefined && replaces?.includes(entry.id) === true);
  if (applied.some(isKnown)) return;
  throw new FlashcaseError('FC_SCHEMA_UNKNOWN', {
    what: `This database follows another history: it begins with ${full(oldest)}, this code’s with ${full(first)}, and they have no revision in common.`,
    hint: 'It is another application’s: check DATABASE_URL, and --versions where that is given. flashcase db history lists both sides.',
    details: { database: oldest.id, code: first.id },
  });
}

/** Throws `FC_REVISION_UNKNOWN` for an id that no revision has. */
export function refuseStranger(id: string | undefined, revisions: readonly Revision[]): void {
  if (id === undefined || revisions.some((revision) => revision.id === id)) return;
  const squash = revisions.find((revision) => revision.replaces?.includes(id) === true);
  if (squash !== undefined) {
    throw new FlashcaseError('FC_REVISION_UNKNOWN', {
      what: `Revision ${id} is inside ${squash.id} ${squash.name}, which this database has, or will have, as one.`,
      hint: `Name ${squash.id} or a later one; below it there is only base.`,
    });
  }
  throw new FlashcaseError('FC_REVISION_UNKNOWN', {
    what: `There is no revision ${id}.`,
    hint: `Known: ${idsOf(revisions)}, their names, head, base; flashcase db history lists them.`,
  });
}

/** All ids, or the first and the last of a long history. */
function idsOf(revisions: readonly Revision[]): string {
  const ids = [...new Set(revisions.map(({ id }) => id))];
  return ids.length > 12 ? `${ids[0]} to ${ids.at(-1)}` : ids.join(', ');
}

function pendingOf(revisions: readonly Revision[], applied: readonly LedgerEntry[], options: OrderOptions): Revision[] {
  const known = new Map(revisions.map((revision) => [revision.id, revision]));
  for (const entry of applied) {
    const revision = known.get(entry.id);
    if (revision === undefined) throw unknown(revisions, applied, entry);
    refuseEdited(revision, entry);
  }
  const done = new Set(applied.map((entry) => entry.id));
  const pending = revisions.filter((revision) => !done.has(revision.id));
  const newest = applied.at(-1);
  const late = pending.find((revision) => newest !== undefined && revision.id < newest.id);
  if (late !== undefined && options.allowsOutOfOrder !== true) {
    throw new FlashcaseError('FC_REVISION_OUT_OF_ORDER', {
      what: `Revision ${full(late)} was never applied here, but the newer ${full(newest as LedgerEntry)} was.`,
      hint: `If it does not depend on the order: flashcase db upgrade --allow-out-of-order. Else put it behind: flashcase db rebase ${fileNameOf(late).slice(0, -3)}`,
      details: { late: late.id, newest: newest?.id },
    });
  }
  return pending;
}

function unknown(revisions: readonly Revision[], applied: readonly LedgerEntry[], entry: LedgerEntry): FlashcaseError {
  const newest = applied.at(-1) as LedgerEntry;
  const head = revisions.at(-1);
  const details = { database: entry.id, code: head?.id };
  if (head === undefined || entry.id > head.id) {
    return new FlashcaseError('FC_REVISION_UNKNOWN', {
      what: `The database is at revision ${full(newest)}, which is newer than this code (it knows ${head === undefined ? 'none' : full(head)}).`,
      hint: 'Start the version that made it, or a newer one; flashcase db history lists both sides.',
      details,
    });
  }
  const common = revisions.findLast((revision) => revision.id < entry.id && applied.some((other) => other.id === revision.id));
  return new FlashcaseError('FC_REVISION_DELETED', {
    what: `The database has revision ${full(entry)}, this code (head ${full(head)}) has no such revision; both have ${common === undefined ? 'nothing' : full(common)} before it.`,
    hint: `Bring back ${fileNameOf(entry)}, or use a database that follows this branch; flashcase db history lists both sides.`,
    details,
  });
}

/** A hash made another way says nothing about this text; the way is kept beside it for that reason. */
export const isEdited = (revision: Revision, entry: LedgerEntry): boolean =>
  entry.hashAlgorithm === HASH_ALGORITHM && entry.hash !== revisionHash(revision);

function refuseEdited(revision: Revision, entry: LedgerEntry): void {
  if (!isEdited(revision, entry)) return;
  const hash = revisionHash(revision);
  if (revision.name !== entry.name) {
    throw new FlashcaseError('FC_REVISION_DUPLICATE', {
      what: `Revision ${entry.id} is ${entry.name} in the database and ${revision.name} in this code: two branches wrote the same id.`,
      hint: `Give this code's the next free id: flashcase db rebase ${fileNameOf(revision).slice(0, -3)}, and bring back ${fileNameOf(entry)}.`,
      details: { id: entry.id, names: [entry.name, revision.name] },
    });
  }
  throw new FlashcaseError('FC_REVISION_EDITED', {
    what: `Revision ${full(entry)} was changed after it was applied: the ledger has ${entry.hash.slice(0, 12)}, the code ${hash.slice(0, 12)} (${fileNameOf(revision)}).`,
    hint: 'Bring the old text back and put the change into a new revision; if the change makes no difference, flashcase db repair takes it.',
    details: { revision: entry.id, ledger: entry.hash, code: hash },
  });
}

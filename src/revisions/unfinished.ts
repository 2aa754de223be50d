import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { halfDone, progressKey, readProgress } from './progress.ts';
import type { Revision } from './revision.ts';
import { withReplaced } from './settle.ts';

/**
 * The history as this database has begun it. While the first revision of a squashed range is half done, no entry says that the range was
 * begun, only its parts do: the old revisions then stand in place of the squash, as they do for a database further inside the range.
 */
export async function historyAsBegun(
  connection: Connection,
  engine: Engine,
  revisions: readonly Revision[],
): Promise<readonly Revision[]> {
  if (revisions.every(({ replaced }) => replaced === undefined)) return revisions;
  const begun = new Set((await readProgress(connection, engine)).map((part) => part.revisionId));
  return withSquashesOpen(revisions, begun);
}

function withSquashesOpen(revisions: readonly Revision[], begun: ReadonlySet<string>): Revision[] {
  return revisions.flatMap((revision) => {
    const { id, replaced = [] } = revision;
    const isBegunInside = !begun.has(id) && withReplaced(replaced).some((old) => begun.has(old.id));
    return isBegunInside ? withSquashesOpen(replaced, begun) : [revision];
  });
}

/**
 * Refuses to do anything else while a revision is half done. Throws `FC_REVISION_UNFINISHED` naming the command that finishes it.
 * @param next the revision that is about to be run in this direction; its own half is what it goes on with.
 */
export async function refuseUnfinished(
  connection: Connection,
  engine: Engine,
  revisions: readonly Revision[],
  direction: 'up' | 'down',
  next: string | undefined,
): Promise<void> {
  const own = next === undefined ? undefined : progressKey(next, direction);
  const other = (await readProgress(connection, engine)).find((entry) => entry.revisionId !== own);
  if (other === undefined) return;
  const { id, what, finish } = halfDone(other.revisionId);
  throw new FlashcaseError('FC_REVISION_UNFINISHED', {
    what: `${what} (since ${other.updatedAt} UTC, by ${other.updatedBy}).`,
    where: engine.location,
    hint: withReplaced(revisions).some((revision) => revision.id === id)
      ? `Finish it first: ${finish}.`
      : 'This code does not have that revision any more: finish it with the last version that has it, then go on with this one.',
    details: { revision: id },
  });
}

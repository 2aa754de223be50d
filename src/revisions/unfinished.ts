import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { progressKey } from './pieces.ts';
import { readProgress } from './progress.ts';

/**
 * Refuses to do anything else while a revision is half done. Throws `FC_REVISION_UNFINISHED` naming the command that finishes it.
 * @param next the revision that is about to be run in this direction; its own half is what it goes on with.
 */
export async function refuseUnfinished(
  connection: Connection,
  engine: Engine,
  direction: 'up' | 'down',
  next: string | undefined,
): Promise<void> {
  const own = next === undefined ? undefined : progressKey(next, direction);
  const other = (await readProgress(connection, engine)).find((entry) => entry.revisionId !== own);
  if (other === undefined) return;
  const isDown = other.revisionId.endsWith(' down');
  const id = isDown ? other.revisionId.slice(0, -' down'.length) : other.revisionId;
  throw new FlashcaseError('FC_REVISION_UNFINISHED', {
    what: `Revision ${id} is half ${isDown ? 'taken back' : 'applied'} (since ${other.updatedAt} UTC, by ${other.updatedBy}).`,
    where: engine.location,
    hint: `Finish it first: ${isDown ? 'flashcase db downgrade -1 --yes' : `flashcase db upgrade ${id}`}.`,
    details: { revision: id },
  });
}

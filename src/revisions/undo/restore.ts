import { chmodSync, chownSync, constants, copyFileSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../db/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import { openSqlite } from '../../engine/sqlite/engine.ts';
import { onExclusiveFile } from '../../engine/sqlite/exclusive-file.ts';
import {
  refuseWithoutSpace,
  removeDatabase,
  sizeWithLog,
  syncFolder,
  timeInName,
  verifyCopy,
} from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type LedgerEntry, readLedger } from '../ledger.ts';
import type { Revision } from '../revision.ts';
import { upgrade } from '../run.ts';
import { settle } from '../settle.ts';
import { EMPTY } from '../state.ts';
import { refuseInMove } from '../underway-move.ts';
import { describeWrites, type Writes, writtenSince } from './written-since.ts';

export type RestoreStep = 'locked' | 'replayed' | 'compared' | 'kept aside' | 'restored';

export interface Restore {
  /** Of the database; it is closed. */
  readonly engine: Engine;
  readonly copy: string;
  readonly revision: Pick<Revision, 'id' | 'name'>;
  /** Its own first pieces are in the database and count as written since. */
  readonly isHalfApplied: boolean;
  readonly revisions: readonly Revision[];
  readonly clock: Clock;
  readonly discardsWrites: boolean;
  /** Called behind each step that a crash could fall behind. */
  readonly onStep?: (step: RestoreStep) => Promise<void> | void;
}

export interface Restored {
  /** Where the file that was in use is now. */
  readonly keptAside: string;
  readonly writes: readonly Writes[];
}

/**
 * Puts the copy made before a revision in the place of the database, when that loses nothing. What would be lost is found out, not
 * remembered: the same revisions run on a copy of the copy, and what the database holds beyond that was written since, by anybody, in any
 * way. All of it under the exclusive lock, so nothing is written between the comparison and the exchange.
 *
 * The exchange is one rename; the file that was in use keeps a second name, given first. A crash before leaves the old database under its
 * name, one after it the new one, and never none. A process that opens the file in that moment has the old one in its hands; SQLite lets
 * it read and refuses its writes, since the file was moved. Throws `FC_DB_BUSY`, `FC_DB_DISK_FULL`, `FC_REVISION_DECISION_NEEDED` with what would be lost.
 */
export async function restoreCopy(restore: Restore): Promise<Restored> {
  const { engine, copy, revision, clock } = restore;
  const file = engine.location;
  const step = async (name: RestoreStep): Promise<void> => restore.onStep?.(name);
  const scratch = `${file}.undo-scratch`;
  refuseWithoutSpace(
    dirname(file),
    2 * sizeWithLog(copy),
    'Comparing the database with its copy',
    'Make room and run the same command again.',
  );
  return onExclusiveFile(file, async (connection) => {
    await refuseInMove(connection, engine);
    await step('locked');
    try {
      removeLeftovers(file, scratch);
      verifyCopy(copy);
      const found = await readLedger(connection, engine);
      refuseMovedOn(restore, found);
      await replayOn(scratch, restore, found);
      await step('replayed');
      connection.runSync('ATTACH ? AS expected', [scratch]);
      const writes = await writtenSince(connection);
      if (writes.length > 0 && !restore.discardsWrites) throw wouldLose(restore, writes);
      await step('compared');
      // Nothing but the database and its names may be left behind the exchange.
      removeDatabase(scratch);
      const keptAside = `${file}.undone-${revision.id}-${timeInName(clock.now())}`;
      takeOwnerAndRights(copy, file);
      keepAside(file, keptAside, copy);
      syncFolder(dirname(file));
      await step('kept aside');
      renameSync(copy, file);
      syncFolder(dirname(file));
      await step('restored');
      return { keptAside, writes };
    } finally {
      if (connection.isInTransaction) connection.scriptSync('ROLLBACK');
      removeDatabase(scratch);
    }
  });
}

/** Another process may have gone on between the look and the lock. */
function refuseMovedOn({ engine, revision, isHalfApplied }: Restore, found: readonly LedgerEntry[]): void {
  const newest = found.at(-1);
  if (isHalfApplied || newest?.id === revision.id) return;
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: `Revision ${revision.id} ${revision.name} is not the newest any more: ${newest?.id ?? 'none'} is. Nothing was changed.`,
    where: engine.location,
    hint: 'Look with flashcase db current, and run flashcase db undo again.',
  });
}

/** Runs on a copy of the copy what was applied to the database since. */
async function replayOn(
  scratch: string,
  { copy, revision, revisions, clock }: Restore,
  found: readonly LedgerEntry[],
): Promise<void> {
  copyFileSync(copy, scratch, constants.COPYFILE_FICLONE);
  const engine = openSqlite({ file: scratch, schema: EMPTY });
  try {
    const known = await engine.dedicated((connection) => readLedger(connection, engine));
    if (known.some(({ id }) => id === revision.id)) {
      throw new FlashcaseError('FC_REVISION_UNKNOWN', {
        what: `The copy is not from before revision ${revision.id} ${revision.name}: it has that revision. Nothing was changed.`,
        where: copy,
        hint: 'Give the file a name of another kind if you want to keep it, and run the same command again.',
      });
    }
    const settled = settle(revisions, found);
    const history = settled.revisions.filter(({ id }) => settled.applied.some((entry) => entry.id === id));
    await upgrade({ engine, clock, revisions: history, allowsOutOfOrder: true });
  } finally {
    await engine.close();
  }
}

/** As root, the copy is root's: a server of another user could not open what undo leaves. */
function takeOwnerAndRights(copy: string, file: string): void {
  const { mode, uid, gid } = statSync(file);
  chmodSync(copy, mode);
  const own = statSync(copy);
  if (own.uid !== uid || own.gid !== gid) chownSync(copy, uid, gid);
}

/** A copy would not do: closing the file after reading it would give up the lock on it (POSIX), in the middle of the exchange. */
function keepAside(file: string, keptAside: string, copy: string): void {
  try {
    linkSync(file, keptAside);
  } catch (cause) {
    throw new FlashcaseError('FC_DB_UNSUPPORTED', {
      what: 'The database cannot get a second name, without which its file is not exchanged. Nothing was changed.',
      where: file,
      why: (cause as Error).message,
      hint: `With every program stopped, move ${file} aside and ${copy} to its name by hand.`,
      cause,
    });
  }
}

/** A run killed after it gave the file its second name and before the exchange: that name is the database itself, not another file. */
function removeLeftovers(file: string, scratch: string): void {
  removeDatabase(scratch);
  const { ino, dev } = statSync(file);
  const start = `${basename(file)}.undone-`;
  for (const name of readdirSync(dirname(file))) {
    const path = join(dirname(file), name);
    if (!name.startsWith(start)) continue;
    const other = statSync(path);
    if (other.ino === ino && other.dev === dev) rmSync(path);
  }
}

function wouldLose({ engine, revision, copy, isHalfApplied }: Restore, writes: readonly Writes[]): FlashcaseError {
  return new FlashcaseError('FC_REVISION_DECISION_NEEDED', {
    what: `Going back to the copy made before revision ${revision.id} ${revision.name} would lose what was written since. Nothing was changed.`,
    where: engine.location,
    why: `Written since${isHalfApplied ? ', by the half-applied revision itself too' : ''}:\n${writes.map((entry) => `         ${describeWrites(entry)}`).join('\n')}`,
    hint: 'Keep them (there is nothing to do), or go back all the same: flashcase db undo --discard-writes, which keeps today’s file aside by name.',
    details: { copy, writes },
  });
}

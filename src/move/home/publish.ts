import { existsSync, linkSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { partialOf } from './home-options.ts';
import { syncFile } from './make-file.ts';

/** File systems without hard links say one of these. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

const isThere = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

/**
 * Refuses a place where something is. A log of an old database counts: SQLite would take it for the new file's, and write it over it.
 * Throws `FC_MOVE_TARGET_UNFIT`.
 */
export function refuseTaken(sqliteFile: string): void {
  const taken = ['', '-wal', '-journal', '-shm'].map((end) => sqliteFile + end).find(isThere);
  if (taken !== undefined)
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: `There is something at ${taken}; a move home overwrites nothing.`,
      where: sqliteFile,
      hint: 'Move it away, or name another file with --to.',
    });
  if (!existsSync(dirname(sqliteFile)))
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: 'The folder of the new file does not exist.',
      where: dirname(sqliteFile),
      hint: 'Make it, or name another file with --to.',
    });
}

/**
 * Gives the file its name, in one step that does not overwrite. What has the name is on the disk then.
 * Throws `FC_MOVE_TARGET_UNFIT` when the name was taken meanwhile.
 */
export function publish(sqliteFile: string): void {
  const partial = partialOf(sqliteFile);
  syncFile(partial);
  refuseTaken(sqliteFile);
  try {
    linkSync(partial, sqliteFile);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') refuseTaken(sqliteFile);
    if (!NO_LINKS.has(code)) throw error;
    renameSync(partial, sqliteFile);
  }
  syncFolder(dirname(sqliteFile));
  forgetPartial(sqliteFile);
}

/** The second name of a file that was given its own goes. */
export function forgetPartial(sqliteFile: string): void {
  rmSync(partialOf(sqliteFile), { force: true });
  syncFolder(dirname(sqliteFile));
}

/** Whether a run that was killed while it published had come to the end of it. `lost`: neither name is there any more. */
export function publishedState(sqliteFile: string): 'yes' | 'no' | 'lost' | 'taken' {
  const file = lstatSync(sqliteFile, { throwIfNoEntry: false });
  const partial = lstatSync(partialOf(sqliteFile), { throwIfNoEntry: false });
  if (file === undefined) return partial === undefined ? 'lost' : 'no';
  return partial === undefined || (partial.ino === file.ino && partial.dev === file.dev) ? 'yes' : 'taken';
}

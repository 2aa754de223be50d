import { closeSync, lstatSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { FlashcaseError } from '../../../errors/index.ts';
import { giveToOwnerOf } from '../backup-folder.ts';
import { type Lock, takeLock } from '../lock.ts';

/** It lies beside the database while a restore works there, and stays when that is killed. */
export const lockOf = (file: string): string => `${file}.restore-lock`;

const inodeOf = (path: string): bigint | undefined => lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino;

function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new FlashcaseError('FC_RESTORE_TARGET', {
      what: 'Nothing can be written beside the place of the restore. Nothing was changed.',
      where: path,
      why: (cause as Error).message,
      hint: 'Make the folder, make room in it, or correct its rights. Or restore into another place: --into FILE.',
      cause,
    });
  }
}

/**
 * Takes the place of a restore: who restores there, or brings a killed restore there to an end, holds it, whatever directory their backups are in. A process that is killed holds it no more.
 * @returns `undefined` while somebody else has it. Throws `FC_RESTORE_TARGET` where nothing can be written.
 */
export function takePlace(file: string): Lock | undefined {
  const path = lockOf(file);
  for (;;) {
    makeFile(path);
    const inode = inodeOf(path);
    const lock = takeLock(path);
    if (lock === undefined) return undefined;
    // Who held it before has removed the file in between: a lock on that one keeps nobody out.
    if (inode === undefined || inodeOf(path) !== inode) {
      lock.close();
      continue;
    }
    const place: Lock = {
      close() {
        try {
          rmSync(path, { force: true });
        } finally {
          lock.close();
        }
      },
    };
    try {
      giveToOwnerOf(dirname(file), path);
      return place;
    } catch (error) {
      place.close();
      throw error;
    }
  }
}

/** Runs a restore into a place that nobody else restores into meanwhile. Throws `FC_BACKUP_BUSY`, and what `takePlace` throws. */
export async function holdPlace<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = takePlace(file);
  if (lock === undefined)
    throw new FlashcaseError('FC_BACKUP_BUSY', {
      what: 'Another process is restoring into this place.',
      where: file,
      hint: 'Wait until it is done, then run the same command again.',
    });
  try {
    return await work();
  } finally {
    lock.close();
  }
}

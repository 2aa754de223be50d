import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BackupSettings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { giveToOwnerOf, leftoversIn, makeDirectory } from './backup-folder.ts';
import { type Lock, takeLock } from './lock.ts';

const SCRATCH = '.flashcase-scratch-';
/** Held by whoever works in the folder, so that nobody takes it for left. */
const LOCK = '.lock';

function makeScratch(scratch: string): string {
  try {
    return mkdtempSync(join(scratch, SCRATCH));
  } catch (cause) {
    if (['ENOSPC', 'EDQUOT'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    throw new FlashcaseError('FC_SETTINGS_INVALID', {
      what: 'No folder can be made for the copy a backup, a drill or a restore works on.',
      where: scratch,
      why: (cause as Error).message,
      hint: 'Correct the rights of this folder, or set BACKUP_SCRATCH to another one.',
      cause,
    });
  }
}

/**
 * Runs work in a new folder that nobody else can read, outside of the backups where these are encrypted: the database lies in it in plain. Nothing of it is left, unless the
 * process is killed; the next backup or start removes it then.
 */
export async function withScratch<T>({ scratch }: BackupSettings, work: (folder: string) => Promise<T>): Promise<T> {
  makeDirectory(scratch, 'BACKUP_SCRATCH');
  const folder = makeScratch(scratch);
  let lock: Lock | undefined;
  try {
    lock = takeLock(join(folder, LOCK));
    giveToOwnerOf(scratch, folder, join(folder, LOCK));
    return await work(folder);
  } finally {
    lock?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const scratchIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.startsWith(SCRATCH))
        .map((name) => join(folder, name))
    : [];

/** What processes that were killed left of backups and drills: none of it is a backup. What somebody is at work on counts, too. */
export const leftovers = ({ directory, scratch }: BackupSettings): string[] => [
  ...leftoversIn(directory),
  // A key that was set later sends scratch elsewhere, and the plain one of before must not stay.
  ...new Set([directory, scratch].flatMap(scratchIn)),
];

/** Removes leftovers; the directory of the backups must be held, so that nobody is at work there. @param say a line about each */
export function removeLeftovers(backup: BackupSettings, say: (line: string) => void): void {
  for (const path of leftovers(backup)) {
    try {
      if (basename(path).startsWith(SCRATCH)) {
        // Backups with another directory may have their scratch here as well.
        const lock = takeLock(join(path, LOCK));
        if (lock === undefined) continue;
        lock.close();
      }
      rmSync(path, { recursive: true, force: true });
      say(`removed ${path}, which a killed process left`);
    } catch (error) {
      // Of another user, for example: no reason to make no backup.
      say(`${path} was left by a killed process and cannot be removed: ${(error as Error).message}`);
    }
  }
}

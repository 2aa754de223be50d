import { existsSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Of emptying a folder to which nobody finds the way any more. */
const REMOVE_TRIES = 20;

/** The folder of that ending beside the real SQLite file; where a finish has taken that away, beside where it was. */
export function folderBeside(sqliteFile: string, ending: string): string {
  if (existsSync(sqliteFile)) return `${realpathSync(sqliteFile)}${ending}`;
  const folder = dirname(sqliteFile);
  return `${existsSync(folder) ? join(realpathSync(folder), basename(sqliteFile)) : sqliteFile}${ending}`;
}

/** Removes a folder to which servers may be writing at the moment. */
export function removeFolder(folder: string): void {
  const aside = `${folder}.removed`;
  // Left by a process that was killed here.
  rmSync(aside, { recursive: true, force: true });
  if (!existsSync(folder)) return;
  // Under another name nothing is added to it, but for a file that is just being made.
  renameSync(folder, aside);
  for (let tries = 1; ; tries++)
    try {
      rmSync(aside, { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || tries === REMOVE_TRIES) throw error;
    }
}

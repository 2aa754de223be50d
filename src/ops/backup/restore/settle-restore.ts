import { realpathSync, statSync } from 'node:fs';
import { removeDatabase } from '../../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { withDirectory } from '../backup-folder.ts';
import { isExchanged, isThere, readPlan, removePlan, restoringOf, takeBack } from './exchange-plan.ts';

/** The database behind every link. */
export const realFile = (given: string): string => (isThere(given) ? realpathSync(given) : given);

/**
 * Brings a restore that was killed to an end: the name has the database of before or the restored one, and what lies aside is told. Call it before the database is opened. A restore that is under
 * way is left alone. @param held the directory of backups that the caller holds
 */
export async function settleRestore(given: string, say: (line: string) => void, held?: string): Promise<void> {
  const file = realFile(given);
  const directory = readPlan(file)?.directory;
  if (directory === undefined || directory === held) {
    settle(file, say);
    return;
  }
  try {
    await withDirectory(directory, async () => settle(file, say));
  } catch (error) {
    if (!(error instanceof FlashcaseError) || error.code !== 'FC_BACKUP_BUSY') throw error;
    say(`a restore of ${file} is under way, or was cut off while a backup is made now`);
  }
}

function settle(file: string, say: (line: string) => void): void {
  const ready = restoringOf(file);
  // Read again: whoever held the directory may have come to the end.
  const plan = readPlan(file);
  if (plan === undefined) {
    if (!isThere(ready)) return;
    const isNamed = isThere(file) && statSync(file).ino === statSync(ready).ino;
    removeDatabase(ready);
    say(
      isNamed
        ? `a restore into ${file} was cut off after its last step: the file is complete`
        : `a restore was cut off before it changed anything: ${file} is as it was. Run it again`,
    );
    return;
  }
  if (isExchanged(file, plan)) {
    removePlan(file);
    say(
      `the restore of ${plan.backup} was cut off after its last step: ${file} is the restored database; what was there lies at ${plan.aside}`,
    );
    return;
  }
  const kept = takeBack(file);
  say(
    `the restore of ${plan.backup} was cut off: ${file} is the database from before. Run it again: flashcase restore ${plan.backup}`,
  );
  for (const path of kept) say(`${path} lies aside: the database was written after it was put there`);
}

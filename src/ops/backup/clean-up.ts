import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { removeLeftDrills } from '../physical/drill-cluster.ts';
import { withDirectory } from './backup-folder.ts';
import { settleRestore } from './restore/settle-restore.ts';
import { leftovers, removeLeftovers } from './scratch.ts';

/** What a failure is told as: it stops no server. */
async function orTold(say: (line: string) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FlashcaseError && error.code === 'FC_BACKUP_BUSY') return;
    say(error instanceof FlashcaseError ? `${error.code}: ${error.message} ${error.hint ?? ''}`.trim() : String(error));
  }
}

/** Brings a restore into this file that was killed to an end, before a server opens the file; what fails is told. */
export const settleFile = (file: string, say: (line: string) => void): Promise<void> =>
  orTold(say, async () => settleRestore(file, say));

/**
 * What a starting server does before it opens its database: a restore that was killed is brought to an end, and what killed backups and drills left is removed. Whoever is at work keeps
 * their own.
 */
export async function cleanUp(
  { backup, database }: Pick<Settings, 'backup' | 'database'>,
  say: (line: string) => void,
): Promise<void> {
  if (database.engine === 'sqlite') await settleFile(database.file, say);
  await orTold(say, async () => {
    if (leftovers(backup).length > 0) await withDirectory(backup.directory, async () => removeLeftovers(backup, say));
  });
  const { physical } = backup;
  if (physical === undefined) return;
  await orTold(say, async () => {
    const removed = await removeLeftDrills(physical.directory);
    if (removed > 0) say(`removed what ${removed} killed drill${removed === 1 ? '' : 's'} of physical backups left`);
  });
}

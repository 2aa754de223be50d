import { FlashcaseError } from '../../errors/index.ts';
import { recordFailure } from '../backup/make-backup.ts';
import type { BackupOptions } from '../backup/options.ts';
import { record } from '../backup/record.ts';
import { openReader, repositoryOwner } from './restore-cluster.ts';
import { physicalWindows } from './windows.ts';

/**
 * Reads every byte of the repository and compares it with its sums, and looks for holes in the log behind the sets. Records the verdict. Throws `FC_BACKUP_DAMAGED` with what was found.
 */
export async function verifyRepository(options: BackupOptions): Promise<void> {
  const { backup, clock, say } = options;
  const started = performance.now();
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  const tool = await openReader(options, repositoryOwner(options));
  say('reading the physical backups');
  const problems = [...(await tool.verify())];
  const inventory = await tool.inventory();
  const usable = new Set(physicalWindows(inventory).flatMap(({ sets }) => sets.map(({ label }) => label)));
  for (const { label, isDamaged } of inventory.sets) {
    if (isDamaged) problems.push(`${label}: a page of the cluster was damaged when it was taken`);
    else if (!usable.has(label)) problems.push(`${label}: a piece of the log it needs is missing`);
  }
  if (problems.length === 0) {
    record(backup.directory, { at: clock.now().text, kind: 'physical-verify', isGood: true, seconds: seconds() });
    return;
  }
  const error = new FlashcaseError('FC_BACKUP_DAMAGED', {
    what: 'The physical backups are damaged.',
    why: problems.slice(0, 5).join('; '),
    hint: 'Take a new one now: flashcase backup now --physical full. Look at the disk of the repository.',
    details: { finding: 'repository', problems },
  });
  recordFailure(options, 'physical-verify', error, seconds());
  throw error;
}

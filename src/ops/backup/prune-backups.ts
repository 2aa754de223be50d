import { listBackups, removeBackup, withDirectory } from './backup-folder.ts';
import { pruneLogs } from './log/prune-log.ts';
import { isVouchedFor } from './manifest.ts';
import { type BackupOptions, keyOf } from './options.ts';
import { readRecord, record } from './record.ts';
import { type Fate, fatesOf } from './retention.ts';
import { removeLeftovers } from './scratch.ts';

/** Removes what is past its time, of the change log as well; the directory must be held. Works on a full disk. Throws `FC_BACKUP_KEY` for a key that cannot be read. @returns what becomes of each backup. */
export function prune(options: BackupOptions, isDryRun: boolean): Fate[] {
  const { backup, clock, say } = options;
  const { directory, retention } = backup;
  const key = keyOf(options);
  const fates = fatesOf(listBackups(directory), readRecord(directory), retention, clock.now(), (manifest) =>
    isVouchedFor(manifest, key),
  );
  if (isDryRun) return fates;
  removeLeftovers(backup, say);
  for (const { name, isKept } of fates) {
    if (isKept) continue;
    removeBackup(directory, name);
    say(`removed ${name}`);
    record(directory, { at: clock.now().text, kind: 'prune', backup: name, isGood: true });
  }
  pruneLogs(options);
  return fates;
}

/** `flashcase backup prune`. */
export function pruneBackups(options: BackupOptions, isDryRun: boolean): Promise<Fate[]> {
  return withDirectory(options.backup.directory, async () => prune(options, isDryRun));
}

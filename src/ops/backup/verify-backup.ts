import { FlashcaseError } from '../../errors/index.ts';
import { backupNamed, folderOf, listBackups } from './backup-folder.ts';
import { checkStored, unpack } from './data-file.ts';
import { refuseUntrusted } from './manifest.ts';
import { type BackupOptions, keyOf } from './options.ts';
import { record } from './record.ts';

/** Whether a backup is what was made. */
export interface VerifiedBackup {
  readonly name: string;
  /** Absent where it is whole. */
  readonly error?: FlashcaseError;
}

/**
 * Reads every byte of a backup and compares it with its manifest, then unpacks it to nowhere and compares what comes out. Throws what is wrong with it. Writes nothing but
 * the verdict.
 */
export async function verifyBackup(name: string, options: BackupOptions): Promise<void> {
  const { directory } = options.backup;
  const at = (): string => options.clock.now().text;
  try {
    const manifest = backupNamed(directory, name);
    const folder = folderOf(directory, name);
    const key = keyOf(options);
    await checkStored(folder, manifest);
    refuseUntrusted(manifest, key, options.acceptsUnsealed === true);
    await unpack(folder, manifest, key);
  } catch (error) {
    // A key that is not here says nothing about the backup.
    if (error instanceof FlashcaseError && error.code === 'FC_BACKUP_DAMAGED')
      record(directory, { at: at(), kind: 'verify', backup: name, isGood: false, detail: String(error.details.finding) });
    throw error;
  }
  record(directory, { at: at(), kind: 'verify', backup: name, isGood: true });
}

/** Verifies one backup, or all of them, the newest first; what is wrong with one is told beside its name. */
export async function verifyBackups(names: readonly string[] | undefined, options: BackupOptions): Promise<VerifiedBackup[]> {
  const wanted = names ?? listBackups(options.backup.directory).map(({ name }) => name);
  const results: VerifiedBackup[] = [];
  for (const name of wanted) {
    options.say(`reading ${name}`);
    try {
      await verifyBackup(name, options);
      results.push({ name });
    } catch (error) {
      if (!(error instanceof FlashcaseError)) throw error;
      results.push({ name, error });
    }
  }
  return results;
}

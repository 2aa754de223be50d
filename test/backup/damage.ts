import assert from 'node:assert/strict';
import { closeSync, cpSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { backupNamed, listBackups } from '../../src/ops/backup/backup-folder.ts';
import type { BackupOptions } from '../../src/ops/backup/options.ts';
import { restoreInPlace } from '../../src/ops/backup/restore/restore-file.ts';
import { stateOf } from './backups.ts';

/** Changes one byte of a file to another one. */
export function flip(file: string, offset: number, by: number): void {
  const handle = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, offset);
  writeSync(handle, Buffer.from([(byte[0] as number) ^ by]), 0, 1, offset);
  closeSync(handle);
}

/**
 * Flips a byte of a backup so many times, anywhere in its files, and tries to restore each: every one must be found, with the live file and the backup as they were.
 * @param random a number from 0 up to, not with, the given one.
 * @returns how many were found in each file.
 */
export async function findFlips(
  options: BackupOptions,
  file: string,
  rounds: number,
  random: (below: number) => number,
): Promise<Record<string, number>> {
  const { directory } = options.backup;
  const [newest] = listBackups(directory);
  const name = newest?.name as string;
  const folder = join(directory, name);
  const spare = `${directory}.spare`;
  cpSync(folder, spare, { recursive: true });
  const files = readdirSync(folder).map((entry) => ({ entry, bytes: statSync(join(folder, entry)).size }));
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const live = stateOf(join(file, '..'));
  const isLive = ([path]: [string, string]): boolean => !path.startsWith(directory) && !path.startsWith(spare);
  const found: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    // Half of them in the manifest, which is small beside the data.
    const isManifest = round % 2 === 0 || random(all) === 0;
    const { entry, bytes } = files.find((one) => (one.entry === 'manifest.json') === isManifest) as (typeof files)[number];
    const offset = random(bytes);
    const by = 1 + random(255);
    flip(join(folder, entry), offset, by);
    await assert.rejects(
      async () => restoreInPlace(backupNamed(directory, name), file, options, { skipsRestorePoint: true }),
      { code: 'FC_BACKUP_DAMAGED' },
      `${entry}, byte ${offset} ^ ${by}`,
    );
    flip(join(folder, entry), offset, by);
    found[entry] = (found[entry] ?? 0) + 1;
  }
  assert.deepEqual(Object.entries(stateOf(join(file, '..'))).filter(isLive), Object.entries(live).filter(isLive));
  assert.deepEqual(
    readdirSync(folder).map((entry) => statSync(join(folder, entry)).size),
    readdirSync(spare).map((entry) => statSync(join(spare, entry)).size),
  );
  rmSync(spare, { recursive: true });
  return found;
}

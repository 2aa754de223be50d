import { dirname } from 'node:path';
import { copyVerified, refuseWithoutSpace, sizeWithLog, timeInName } from '../../engine/sqlite/verified-copy.ts';
import type { Timestamp } from '../../schema/index.ts';

/**
 * Makes a verified copy of an SQLite file as `<file>.backup-<time>`, and returns its path.
 * Throws `FC_DB_DISK_FULL` and `FC_DB_CORRUPT` before anything is changed.
 */
export async function backUp(file: string, now: Timestamp, say: (line: string) => void): Promise<string> {
  const copy = `${file}.backup-${timeInName(now)}`;
  refuseWithoutSpace(
    dirname(file),
    sizeWithLog(file),
    'The backup made before the adoption',
    'Make room and run the same command again.',
  );
  await copyVerified(file, copy);
  say(`backup ${copy} verified`);
  return copy;
}

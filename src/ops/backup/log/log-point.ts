import { DatabaseSync } from 'node:sqlite';
import { WalFile } from '../../../engine/sqlite/wal-file.ts';
import { extentIn } from '../../../engine/sqlite/wal-hold.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import type { Timestamp } from '../../../schema/index.ts';
import type { BackupKey } from '../key.ts';
import { chainKeys, chainNames, isAheadOfClock, readChain, readHead } from './chain.ts';

/** Where in a database's write-ahead log something is. Empty salt: all of the log before is in the file. */
export interface LogPlace {
  readonly salt: string;
  readonly frame: number;
}

/** Behind everything of the log with that salt. */
export const UNKNOWN_FRAME = Number.MAX_SAFE_INTEGER;

/** How a backup lies in a chain: a restore to a moment begins with it. */
export interface LogPoint {
  readonly chain: string;
  /** All records up to this one are in the backup. */
  readonly after: number;
  /** Where that record ends, and when its last commit was made (microseconds since 1970). */
  readonly from: LogPlace & { readonly micros: string };
  /** Nothing behind this place is in the backup. What lies between was written while it was begun: it is applied again, all of it. */
  readonly reach: LogPlace;
  /** When the copy had begun. */
  readonly at: string;
}

/** The chain a server is writing of this file, as far as it is on the disk; taken before the copy begins. None while it is dated in the future: a new one is about to begin. */
export function chainNow(
  directory: string,
  file: string,
  key: BackupKey | undefined,
  now: Timestamp,
): Pick<LogPoint, 'chain' | 'after' | 'from'> | undefined {
  try {
    for (const name of chainNames(directory)) {
      const chain = readChain(directory, name);
      if (chain.file !== file) continue;
      if (chain.keyFingerprint !== key?.fingerprint) return undefined;
      const head = readHead(directory, chain, chainKeys(chain, key));
      if (head.ended !== undefined || isAheadOfClock(head, now)) return undefined;
      const { seq, position, changedAt } = head;
      return { chain: name, after: seq, from: { salt: position.salt, frame: position.frame, micros: changedAt } };
    }
  } catch (error) {
    // A backup needs no log.
    if (!(error instanceof FlashcaseError)) throw error;
  }
  return undefined;
}

/** How far the log of a file is committed now. */
export function placeNow(file: string): LogPlace {
  // For reading only: closed as the last one, it carries nothing into the file.
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
    const noop = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    const wal = new WalFile(file);
    try {
      for (;;) {
        const salt = wal.salt();
        const { frames } = extentIn(noop);
        if (wal.salt() !== salt) continue;
        // About to be started over: all of the log with this salt is before.
        return { salt, frame: frames === 0 ? UNKNOWN_FRAME : frames };
      }
    } finally {
      wal.close();
    }
  } finally {
    db.close();
  }
}

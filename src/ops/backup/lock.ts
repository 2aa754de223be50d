import { DatabaseSync } from 'node:sqlite';
import { isBusy, translateSqliteError } from '../../engine/sqlite/errors.ts';

/** A lock on a file; whoever holds it may be killed, it ends with the process. */
export interface Lock {
  close(): void;
}

/** Takes the lock of a file that is made for it and stays empty; `undefined` while somebody else has it. Once the file is there it works on a full disk. */
export function takeLock(file: string): Lock | undefined {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { timeout: 0 });
    // With a journal in a file it would need a block of its own.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (isBusy(error)) return undefined;
    throw translateSqliteError(error, file);
  }
}

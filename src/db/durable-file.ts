import { chmodSync, chownSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from '../engine/sqlite/verified-copy.ts';

/** Rights and owner of a file; the owner is kept where this process may give files away. */
export interface FileRights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes a small file as a whole: whoever reads it finds the old text or the new one, after a kill and a power cut too. It never has
 * wider rights than the given ones.
 */
export function writeDurably(file: string, content: Uint8Array, { mode, uid, gid }: FileRights): void {
  const partial = `${file}.partial`;
  // Left by a process that was killed, perhaps with other rights.
  rmSync(partial, { force: true });
  try {
    const handle = openSync(partial, 'wx', 0o600);
    try {
      writeFileSync(handle, content);
      if (process.getuid?.() === 0) chownSync(partial, uid, gid);
      chmodSync(partial, mode & 0o7777);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}

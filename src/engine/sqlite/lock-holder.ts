import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** The byte of the `-shm` file that a writer of a WAL database locks (SQLite's WAL-index format: lock 0 of 8, at 120). */
const WRITE_LOCK_BYTE = 120;

export interface LockHolder {
  readonly pid: number;
  /** Its command line; absent where it cannot be read. */
  readonly command?: string;
}

/**
 * The process that holds the write lock of a database file now, as the kernel tells it; `undefined` when nobody does, when the holder
 * lives in another container, and on systems without `/proc/locks`.
 */
export function writeLockHolder(file: string): LockHolder | undefined {
  let locks: string;
  let inode: number;
  try {
    inode = statSync(`${file}-shm`).ino;
    locks = readFileSync('/proc/locks', 'utf8');
  } catch {
    return undefined;
  }
  for (const line of locks.split('\n')) {
    // 12: POSIX  ADVISORY  WRITE 4711 fe:00:2491555 120 120
    const found = /POSIX +ADVISORY +WRITE +(\d+) +[\da-f]+:[\da-f]+:(\d+) +(\d+) +(\d+)$/.exec(line);
    if (found === null || Number(found[2]) !== inode || Number(found[1]) === 0) continue;
    if (Number(found[3]) > WRITE_LOCK_BYTE || Number(found[4]) < WRITE_LOCK_BYTE) continue;
    return named(Number(found[1]));
  }
  return undefined;
}

/** Other processes of this user that have the file open, where the system tells (Linux). @param file as it is called behind every link */
export function processesWith(file: string): LockHolder[] {
  const entries = (folder: string): string[] => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  const target = (link: string): string => {
    try {
      return readlinkSync(link);
    } catch {
      return '';
    }
  };
  return entries('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => entries(`/proc/${pid}/fd`).some((handle) => target(`/proc/${pid}/fd/${handle}`) === file))
    .map((pid) => named(Number(pid)));
}

function named(pid: number): LockHolder {
  const command = commandOf(pid);
  return { pid, ...(command === undefined ? {} : { command }) };
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ') || undefined;
  } catch {
    return undefined;
  }
}

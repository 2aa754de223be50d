import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A folder whose power can fail: everything that was not synced is then gone. */
export interface PowerCutFolder {
  readonly path: string;
  /** Kill the writer first; open the files after. */
  cut(): Promise<void>;
  remove(): void;
}

/** Why power cuts cannot be tried here, or false. The script and the binary come from the environment: LazyFS is no part of FlashCase. */
export function withoutPowerCuts(): string | false {
  const { FLASHCASE_LAZYFS_SCRIPT: script, FLASHCASE_LAZYFS: binary } = process.env;
  if (script === undefined || binary === undefined) return 'not run: no LazyFS here (FLASHCASE_LAZYFS_SCRIPT, FLASHCASE_LAZYFS)';
  return existsSync('/dev/fuse') ? false : 'not run: no /dev/fuse here';
}

/** Mounts LazyFS on a new folder. */
export function powerCutFolder(): PowerCutFolder {
  const { FLASHCASE_LAZYFS_SCRIPT: script = '', FLASHCASE_LAZYFS: binary = '' } = process.env;
  // No "-" before the random letters: LazyFS takes a settings path with "-o" in it (any case) for an option, and does not start.
  const base = mkdtempSync(join(tmpdir(), 'flashcase_power_'));
  const run = (...args: string[]): void => {
    execFileSync('bash', [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'], timeout: 60_000 });
  };
  run('mount', binary, base);
  // Held open for reading and writing: LazyFS answers into this pipe and never closes it, so its end is no sign of anything.
  const answers = openSync(join(base, 'done.fifo'), constants.O_RDWR | constants.O_NONBLOCK);
  return {
    path: join(base, 'data'),
    async cut() {
      const commands = openSync(join(base, 'faults.fifo'), constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(commands, 'lazyfs::clear-cache\n');
      closeSync(commands);
      await lineFrom(answers, 'finished::clear-cache\n');
    },
    remove() {
      closeSync(answers);
      run('umount', base);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** SQLITE_IOERR_SHMOPEN */
const SHM_NOT_OPENED = 4618;

/**
 * True for LazyFS's own fault at an open: `lfs_truncate` answers from a variable it never set, so a `ftruncate` that was done is now and
 * then reported as failed. SQLite truncates only the `-shm` file at an open, which holds nothing of value: the open may be tried again.
 */
function isTruncateFault(error: unknown): boolean {
  const { errcode, cause } = error as { errcode?: number; cause?: { errcode?: number } };
  return (errcode ?? cause?.errcode) === SHM_NOT_OPENED;
}

/** The fault comes in runs of up to three. */
const OPENS = 10;

/** Opens something, again where that fault is in the way: it is of the test's means, not of FlashCase. */
export async function openedDespiteFault<T>(open: () => T | Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await open();
    } catch (error) {
      if (run === OPENS || !isTruncateFault(error)) throw error;
    }
  }
}

/** Waits until the pipe has given the text. */
async function lineFrom(pipe: number, text: string): Promise<void> {
  const buffer = Buffer.alloc(256);
  let received = '';
  for (let attempt = 0; attempt < 3000; attempt++) {
    try {
      received += buffer.toString('utf8', 0, readSync(pipe, buffer));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    if (received === text) return;
    await delay(10);
  }
  throw new Error(`LazyFS did not answer a power cut, only ${JSON.stringify(received)}`);
}

/** A file system of its own with little room. */
export interface SmallDisk {
  readonly path: string;
  remove(): void;
}

/** Mounts a tmpfs of the given size, or returns why that is refused here (it takes root). */
export function smallDisk(mebibytes: number): SmallDisk | string {
  const path = join(mkdtempSync(join(tmpdir(), 'flashcase-disk-')), 'small');
  mkdirSync(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=777`, 'flashcase-test', path]);
  if (mounted.status !== 0) return 'not run: mounting a small file system is refused here';
  return {
    path,
    remove() {
      execFileSync('umount', [path]);
      rmSync(join(path, '..'), { recursive: true, force: true });
    },
  };
}

/** Fills the file system of a folder, but for some bytes. Returns what frees it again. */
export function fillDisk(folder: string, leaveBytes: number): () => void {
  const file = join(folder, 'filler');
  for (let size = 64 * 1_048_576; size >= 1; ) {
    try {
      writeFileSync(file, Buffer.alloc(size, 1), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      size = Math.floor(size / 2);
    }
  }
  truncateSync(file, statSync(file).size - leaveBytes);
  return () => rmSync(file);
}

/** Why system calls cannot be counted here, or false. */
export function withoutSystemCallCounts(): string | false {
  const tried = spawnSync('strace', ['-f', '-e', 'trace=fsync,fdatasync', '-o', '/dev/null', 'true']);
  return tried.status === 0 ? false : 'not run: no strace here';
}

import { existsSync, realpathSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { FlashcaseError } from '../../../errors/index.ts';
import { listBackups, makeDirectory } from '../backup-folder.ts';
import { type Lock, takeLock } from '../lock.ts';
import { type BackupOptions, keyOf } from '../options.ts';
import { record } from '../record.ts';
import { logDirectory } from './chain.ts';
import type { CommitMark } from './commit-marks.ts';
import { LogFollower, LogGap } from './follow-log.ts';
import { isBase } from './windows.ts';

/** How often the log is looked at: commits of other processes are dated by this. */
const LOOK_MS = 100;
/** A copy that takes longer is watched: its disk may hang. */
const WATCH_MS = 1000;
/** What is left of a database that was closed, or moved, is not waited for longer: it is held meanwhile. */
const FINISH_MS = 5000;
/** After a failure, while another server has the log, and while the data is elsewhere. */
const AGAIN_MS = 10_000;
/** A gap so soon after another is not closed at once. */
const GAPS_MS = 60_000;

export interface KeepLogOptions {
  readonly options: BackupOptions;
  readonly file: string;
  /** A change waits no longer than this. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly takeMarks: () => Promise<readonly CommitMark[]>;
  /** Begins and ends to note commits. */
  readonly onWatch: (isWatching: boolean) => void;
  /** A chain has no backup to begin with: make one now. */
  readonly onBaseNeeded: () => void;
  readonly tell: (line: string) => void;
}

/** The disk of the backups takes nothing, and the log had to give way. */
class GaveWay extends Error {
  /** What still waits for that disk; it never rejects. Until it ends nobody else may write the chain. */
  readonly pending: Promise<unknown>;

  constructor(why: string, pending: Promise<unknown> = Promise.resolve()) {
    super(why);
    this.pending = pending;
  }
}

const sentence = (error: unknown): string =>
  error instanceof FlashcaseError ? `${error.code} ${error.message}` : error instanceof Error ? error.message : String(error);

/** Where the data of this file is: asked without keeping it open. `unknown` for a file that is not there, cannot be read, or has no write gate. */
export function whereDataIs(file: string): 'here' | 'moved' | 'unknown' {
  if (!existsSync(file)) return 'unknown';
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
    return db.prepare('SELECT state FROM write_gate WHERE id = 1').get()?.state === 'moved' ? 'moved' : 'here';
  } catch {
    return 'unknown';
  } finally {
    db?.close();
  }
}

/** Takes the chain of one server at a time. A directory that hangs is waited for before anything is held. */
async function takeLog({ options: { backup } }: KeepLogOptions): Promise<Lock | undefined> {
  const folder = logDirectory(backup.directory);
  if (!existsSync(backup.directory)) makeDirectory(backup.directory);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await stat(folder);
  return takeLock(join(folder, '.lock'));
}

interface Watching {
  /** How often it is asked. */
  readonly ms: number;
  /** Why it is not waited for any longer. */
  readonly whyGiveWay: () => string | undefined;
}

/** Waits for work on the backups' disk, and gives it up when it has to; it may go on by itself then, when the disk answers. */
async function watched(work: Promise<void>, { ms, whyGiveWay }: Watching): Promise<void> {
  const ended = work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  for (;;) {
    const waiting = new AbortController();
    const slow = delay(ms, 'slow' as const, { signal: waiting.signal }).catch(() => 'slow' as const);
    const outcome = await Promise.race([ended, slow]);
    waiting.abort();
    if (outcome !== 'slow') {
      if (outcome !== undefined) throw outcome.error;
      return;
    }
    const why = whyGiveWay();
    if (why !== undefined) throw new GaveWay(why, ended);
  }
}

/** Copies, and watches meanwhile that the database's own disk does not fill because this one takes nothing, and that nobody waits for the file. */
function copyWatched(follower: Pick<LogFollower, 'copy' | 'head' | 'isMoved' | 'isTooLong'>): Promise<void> {
  let { seq } = follower.head;
  return watched(follower.copy(), {
    ms: WATCH_MS,
    whyGiveWay() {
      // The end of a move waits for whoever reads the file.
      if (follower.isMoved) return 'the data was moved while the disk of the backups did not answer';
      const isStill = follower.head.seq === seq;
      ({ seq } = follower.head);
      return isStill && follower.isTooLong ? 'the disk of the backups does not answer' : undefined;
    },
  });
}

const finishWatched = (follower: LogFollower, why?: string): Promise<void> =>
  watched(follower.finish(why), {
    ms: FINISH_MS,
    whyGiveWay: () => 'the disk of the backups did not answer when the database was given back',
  });

/** Follows the log until it is stopped, or cannot be continued. */
async function follow(keeping: KeepLogOptions): Promise<void> {
  const { options, seconds, signal, tell } = keeping;
  const { backup, clock } = options;
  const file = realpathSync(keeping.file);
  const key = keyOf(options);
  const { follower, begun } = await LogFollower.open({
    file,
    directory: backup.directory,
    key,
    clock,
    takeMarks: keeping.takeMarks,
  });
  try {
    keeping.onWatch(true);
    if (begun !== undefined) tell(`a new change log begins: ${begun}`);
    const hasBase = listBackups(backup.directory).some(
      ({ manifest }) => isBase(manifest) && manifest.log.chain === follower.chain,
    );
    if (!hasBase) keeping.onBaseNeeded();
    let copiedAt = performance.now();
    let failedWith = '';
    while (!signal.aborted) {
      await delay(LOOK_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      follower.look();
      if (follower.isReplaced) throw new LogGap('another file has the name of the database');
      // At once: the end of a move waits for whoever reads the file.
      if (follower.isMoved) {
        await finishWatched(follower, 'the data was moved to the other side of a live move');
        tell('the data is on the other side of a live move: the change log rests');
        return;
      }
      if (performance.now() - copiedAt < seconds * 1000) continue;
      copiedAt = performance.now();
      try {
        await copyWatched(follower);
        if (failedWith !== '') tell('the change log goes on');
        failedWith = '';
      } catch (error) {
        if (error instanceof LogGap || error instanceof GaveWay) throw error;
        const { code } = error as NodeJS.ErrnoException;
        if (failedWith !== (code ?? '?'))
          fail(keeping, `the change log cannot be written (it is tried again): ${sentence(error)}`);
        failedWith = code ?? '?';
        if (follower.mustGiveWay(code === 'ENOSPC' || code === 'EDQUOT'))
          throw new GaveWay('the disk is full, and the database needs what is left of it');
      }
    }
    await finishWatched(follower);
  } finally {
    keeping.onWatch(false);
    follower.close();
  }
}

/** Tells a failure, and writes it down where that is possible. */
function fail({ options: { backup, clock }, tell }: KeepLogOptions, line: string): void {
  tell(`FAILED: ${line}`);
  try {
    record(backup.directory, { at: clock.now().text, kind: 'log', isGood: false, detail: line });
  } catch {
    // It is in the server's log.
  }
}

/**
 * Keeps the change log of a file until the signal comes: a chain, the backup it begins with, and a new chain with a new backup whenever something is missing. Never throws; no request waits for it.
 */
export async function keepLog(keeping: KeepLogOptions): Promise<void> {
  const { file, signal, tell } = keeping;
  let told = '';
  let gapAt = Number.NEGATIVE_INFINITY;
  const tellOnce = (line: string): void => {
    if (told !== line) tell(line);
    told = line;
  };
  const rest = () => delay(AGAIN_MS, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    let lock: Lock | undefined;
    try {
      if (whereDataIs(file) === 'here') lock = await takeLog(keeping);
      if (lock === undefined) keeping.onWatch(false);
      else await follow(keeping);
    } catch (error) {
      // A gap that is closed at once: the next chain begins here.
      if (error instanceof LogGap) {
        fail(keeping, `the change log has a gap: ${error.message}; a new one is begun, and a backup made`);
        const isFirst = performance.now() - gapAt > GAPS_MS;
        gapAt = performance.now();
        if (isFirst) continue;
      }
      if (error instanceof GaveWay) {
        fail(keeping, `the change log gave way, and has a gap: ${error.message}`);
        // The file is held no more, and the lock still is: two that write one chain would spoil it.
        await error.pending;
      } else tellOnce(`FAILED: the change log cannot be kept (it is tried again): ${sentence(error)}`);
    } finally {
      lock?.close();
    }
    await rest();
  }
}

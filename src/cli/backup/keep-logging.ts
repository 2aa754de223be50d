import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Settings } from '../../db/settings.ts';
import { logDirectory } from '../../ops/backup/log/chain.ts';
import type { CommitMarks } from '../../ops/backup/log/commit-marks.ts';
import { whereDataIs } from '../../ops/backup/log/keep-log.ts';
import type { LogAsked, LogTold, LogWork } from './log-worker.ts';

/** A server that lives for a moment only keeps no log; one that finds a log goes on with it at once. */
const FIRST_MS = 20_000;
const LOOK_MS = 5000;
/** A backup that failed is tried again. */
const AGAIN_MS = 60_000;
const STOP_MS = 5000;

export interface Logging {
  /** Copies what is left. Call it when the server's own connections are closed. */
  stop(): Promise<void>;
}

/**
 * Keeps the change log of the SQLite file in a thread of this process. @param fileNow the file, while there is one on this machine
 * @param marks told of this process's commits @param tell a line for the log
 */
export function keepLogging(
  settings: Settings,
  fileNow: () => string | undefined,
  marks: CommitMarks,
  tell: (line: string) => void,
  { firstMs = FIRST_MS }: { readonly firstMs?: number } = {},
): Logging {
  if (settings.backup.logSeconds === undefined) {
    if (settings.backup.minuteOfDay === undefined && fileNow() !== undefined)
      tell(
        'no change log is written: while BACKUP_SCHEDULE is off nothing would prune it. Set BACKUP_LOG (5, for example) for one; flashcase backup now and flashcase backup prune prune it',
      );
    return { stop: async () => {} };
  }
  // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
  const script = new URL(`./log-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  const threads = new Set<Worker>();
  const timers = new Set<NodeJS.Timeout>();
  let isStopped = false;
  let isMaking = false;
  /** A chain that was begun while the backup of the one before was made needs its own. */
  let isAskedAgain = false;
  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!isStopped) work();
    }, ms);
    timer.unref();
    timers.add(timer);
  };
  const start = (work: Omit<LogWork, 'settings'>, take: (told: LogTold, ask: (asked: LogAsked) => void) => void): void => {
    const worker = new Worker(script, { workerData: { ...work, settings } });
    threads.add(worker);
    worker.unref();
    worker.on('message', (told: LogTold) => take(told, (asked) => worker.postMessage(asked)));
    worker.on('error', (error) => tell(`FAILED: the change log: ${String(error)}`));
    worker.on('exit', () => {
      threads.delete(worker);
      if (work.kind === 'base') {
        isMaking = false;
        if (isAskedAgain) makeBase(work.file);
      } else {
        marks.stop();
        // It ends by itself only when it fails.
        later(AGAIN_MS, begin);
      }
    });
  };
  const makeBase = (file: string): void => {
    if (isStopped) return;
    isAskedAgain = isMaking;
    if (isMaking) return;
    isMaking = true;
    start({ kind: 'base', file }, (told) => {
      if (told.kind !== 'made') return;
      if (told.line !== '') tell(told.line);
      if (!told.isGood) later(AGAIN_MS, () => makeBase(file));
    });
  };
  const watch = (file: string, isWatching: boolean): void => {
    try {
      if (isWatching && !isStopped) marks.watch(file);
      else marks.stop();
    } catch (error) {
      tell(`commits are dated by when they are seen: ${(error as Error).message}`);
    }
  };
  const begin = (): void => {
    const file = fileNow();
    if (file === undefined || !existsSync(file)) {
      later(LOOK_MS, begin);
      return;
    }
    // From now on, not from when the thread is there: what is committed meanwhile is dated, too.
    if (whereDataIs(file) === 'here') watch(file, true);
    start({ kind: 'log', file }, (told, ask) => {
      if (told.kind === 'line') tell(told.line);
      if (told.kind === 'watch') watch(file, told.isWatching);
      if (told.kind === 'marks') ask({ kind: 'marks', marks: marks.take() });
      if (told.kind === 'base') makeBase(file);
    });
  };
  later(existsSync(logDirectory(settings.backup.directory)) ? 0 : firstMs, begin);
  return {
    async stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      const ended = [...threads].map((worker) => {
        worker.ref();
        worker.postMessage({ kind: 'stop' } satisfies LogAsked);
        return new Promise((resolve) => worker.once('exit', resolve));
      });
      const late = setTimeout(() => {
        for (const worker of threads) void worker.terminate();
      }, STOP_MS);
      await Promise.all(ended);
      clearTimeout(late);
      marks.stop();
    },
  };
}

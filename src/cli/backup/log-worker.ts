import { parentPort, workerData } from 'node:worker_threads';
import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { CommitMark } from '../../ops/backup/log/commit-marks.ts';
import { keepLog, whereDataIs } from '../../ops/backup/log/keep-log.ts';
import { backupNow } from '../../ops/backup/make-backup.ts';
import { backupOptions } from './backup-options.ts';

/** Threads of the server: one keeps the change log, and another makes the backup a new chain begins with. */

export interface LogWork {
  readonly kind: 'log' | 'base';
  readonly settings: Settings;
  readonly file: string;
}

export type LogTold =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'watch'; readonly isWatching: boolean }
  | { readonly kind: 'marks' }
  | { readonly kind: 'base' }
  | { readonly kind: 'made'; readonly line: string; readonly isGood: boolean };

export type LogAsked = { readonly kind: 'marks'; readonly marks: readonly CommitMark[] } | { readonly kind: 'stop' };

const port = parentPort as NonNullable<typeof parentPort>;
const { kind, settings, file } = workerData as LogWork;
const tell = (told: LogTold): void => port.postMessage(told);
const options = backupOptions(settings, () => {});

async function log(): Promise<void> {
  const stopping = new AbortController();
  let onMarks: ((marks: readonly CommitMark[]) => void) | undefined;
  port.on('message', (asked: LogAsked) => {
    if (asked.kind === 'stop') stopping.abort();
    else onMarks?.(asked.marks);
  });
  await keepLog({
    options,
    file,
    seconds: settings.backup.logSeconds ?? 5,
    signal: stopping.signal,
    takeMarks: () =>
      new Promise((resolve) => {
        onMarks = resolve;
        tell({ kind: 'marks' });
      }),
    onWatch: (isWatching) => tell({ kind: 'watch', isWatching }),
    onBaseNeeded: () => tell({ kind: 'base' }),
    tell: (line) => tell({ kind: 'line', line }),
  });
}

async function base(): Promise<void> {
  // Tried again after a cutover, it would be of a file nobody writes any more, and the newest backup.
  if (whereDataIs(file) === 'moved') {
    tell({ kind: 'made', isGood: true, line: '' });
    return;
  }
  try {
    const { name } = await backupNow({ ...options, database: { engine: 'sqlite', file } });
    tell({ kind: 'made', isGood: true, line: `made ${name}, with which the change log begins` });
  } catch (error) {
    const isBusy = error instanceof FlashcaseError && error.code === 'FC_BACKUP_BUSY';
    const line = error instanceof FlashcaseError ? `${error.code} ${error.message} ${error.hint ?? ''}`.trim() : String(error);
    tell({ kind: 'made', isGood: false, line: isBusy ? '' : `FAILED: the backup the change log begins with: ${line}` });
  }
}

await (kind === 'log' ? log() : base());
port.close();

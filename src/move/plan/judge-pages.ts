import { Worker } from 'node:worker_threads';
import { type ErrorCode, FlashcaseError } from '../../errors/index.ts';
import { BinaryWriter } from '../copy/binary-writer.ts';
import { openPageReader, type PageReader } from '../copy/page-reader/page-reader.ts';
import type { RowidRange } from '../copy/page-reader/table-scan.ts';
import type { SourceTable } from '../source/source-tables.ts';
import { columnList } from '../source/stored-rows.ts';

export interface JudgeRange extends RowidRange {
  readonly table: string;
}

export interface JudgeJob {
  readonly snapshotFile: string;
  readonly sources: readonly SourceTable[];
  readonly ranges: readonly JudgeRange[];
}

export type JudgeMessage =
  /** Rows looked at, and those among them that do not convert. */
  | { readonly kind: 'judged'; readonly table: string; readonly rows: number; readonly refused: readonly bigint[] }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly what: string; readonly where: string; readonly hint: string };

/** Two threads, as for copying. */
const WORKERS = 2;
/** Below this, starting threads takes longer than reading. */
const ROWS_WORTH_A_THREAD = 50_000;
const PARTS = 8;
/** Refused rows told at once. */
const BATCH = 10_000;

/** Reads a range as the copy would, without keeping anything but the ids of the rows that do not convert. */
export function* refusedRows(pages: PageReader, source: SourceTable, range: JudgeRange): Generator<JudgeMessage> {
  const scan = pages.scan(source.storedAs, columnList(source), { from: range.from, to: range.to });
  const writer = new BinaryWriter();
  let refused: bigint[] = [];
  for (let isDone = false; !isDone; ) {
    const before = refused.length;
    const step = scan.read(writer, ({ rowid }) => {
      refused.push(rowid);
      return refused.length < BATCH ? 'go_on' : 'stop';
    });
    writer.clear();
    isDone = step.done;
    yield { kind: 'judged', table: source.table.name, rows: step.rows + refused.length - before, refused };
    refused = [];
  }
}

function runWorker(job: JudgeJob, onMessage: (message: JudgeMessage) => void): Promise<void> {
  // The packed package holds JavaScript, a checkout TypeScript: the worker has the ending of this file.
  const file = new URL(import.meta.url.endsWith('.ts') ? './judge-worker.ts' : './judge-worker.js', import.meta.url);
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: job });
    worker.on('message', (message: JudgeMessage) => {
      if (message.kind === 'failed') reject(new FlashcaseError(message.code, message));
      else onMessage(message);
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}

/**
 * Reads every row of the tables whose pages can be read directly, over two threads, and tells the ids of those that do not convert.
 * Returns the tables that must be judged by SQL.
 */
export async function judgePages(
  snapshotFile: string,
  sources: readonly SourceTable[],
  onJudged: (table: string, rows: number, refused: readonly bigint[]) => void,
): Promise<SourceTable[]> {
  const pages = openPageReader(snapshotFile);
  const filled = sources.filter(({ rows }) => rows > 0);
  const onMessage = (message: JudgeMessage): void => {
    if (message.kind === 'judged') onJudged(message.table, message.rows, message.refused);
  };
  try {
    const readable = filled.filter((source) => pages.canRead(source.storedAs, columnList(source)) === undefined);
    const rows = readable.reduce((sum, source) => sum + source.rows, 0);
    if (rows < ROWS_WORTH_A_THREAD) {
      for (const source of readable)
        for (const message of refusedRows(pages, source, { table: source.table.name })) onMessage(message);
    } else {
      const ranges = readable.flatMap(({ table, storedAs, rows: count }) =>
        pages
          .split(storedAs, count < ROWS_WORTH_A_THREAD ? 1 : PARTS)
          .map((range): JudgeRange => ({ ...range, table: table.name })),
      );
      // Dealt out in turn: neighbouring ranges of a large table go to different threads.
      const shares = Array.from({ length: WORKERS }, (_, worker) => ranges.filter((_range, i) => i % WORKERS === worker));
      await Promise.all(shares.map((share) => runWorker({ snapshotFile, sources: readable, ranges: share }, onMessage)));
    }
    return filled.filter((source) => !readable.includes(source));
  } finally {
    pages.close();
  }
}

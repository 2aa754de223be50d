import { openPageReader } from '../copy/page-reader/page-reader.ts';
import type { Pace } from '../move-options.ts';
import type { SourceTable } from '../source/source-tables.ts';
import { columnList } from '../source/stored-rows.ts';
import type { WorkerMessage, WorkerOrder } from '../workers/worker-orders.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';

/** A smaller table is judged in one piece. */
const ROWS_WORTH_PARTS = 50_000;
const PARTS = 8;

/**
 * Reads every row of the tables whose pages can be read directly, and tells the ids of those that do not convert.
 * Returns the tables that must be judged by SQL.
 */
export async function judgePages(
  workers: WorkerPool,
  snapshotFile: string,
  sources: readonly SourceTable[],
  onJudged: (table: string, rows: number, refused: readonly bigint[]) => void,
  pace: Pace | undefined,
): Promise<SourceTable[]> {
  const pages = openPageReader(snapshotFile);
  const filled = sources.filter(({ rows }) => rows > 0);
  try {
    const readable = filled.filter((source) => pages.canRead(source.storedAs, columnList(source)) === undefined);
    const orders = readable.flatMap(({ table, storedAs, rows }) =>
      pages
        .split(storedAs, rows < ROWS_WORTH_PARTS ? 1 : PARTS)
        .map((range): WorkerOrder => ({ kind: 'judge', range: { ...range, table: table.name } })),
    );
    const onMessage = (message: WorkerMessage): void => {
      if (message.kind === 'judged') onJudged(message.table, message.rows, message.refused);
    };
    await workers.share(orders, onMessage, pace);
    return filled.filter((source) => !readable.includes(source));
  } finally {
    pages.close();
  }
}

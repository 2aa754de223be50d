import { parentPort, workerData } from 'node:worker_threads';
import { FlashcaseError } from '../../errors/index.ts';
import { openPageReader } from '../copy/page-reader/page-reader.ts';
import { type JudgeJob, type JudgeMessage, type JudgeRange, refusedRows } from './judge-pages.ts';

/** A judging worker: one thread that reads the ranges it is given page by page and names the rows that do not convert. */

const port = parentPort as NonNullable<typeof parentPort>;
const { snapshotFile, sources, ranges } = workerData as JudgeJob;
const say = (message: JudgeMessage): void => port.postMessage(message);

try {
  const pages = openPageReader(snapshotFile);
  for (const range of ranges as readonly JudgeRange[]) {
    const source = sources.find(({ table }) => table.name === range.table);
    if (source !== undefined) for (const message of refusedRows(pages, source, range)) say(message);
  }
  pages.close();
} catch (error) {
  const known = error instanceof FlashcaseError ? error : undefined;
  say({
    kind: 'failed',
    code: known?.code ?? 'FC_MOVE_SOURCE_UNFIT',
    what: known?.message ?? String(error),
    where: known?.where ?? snapshotFile,
    hint: known?.hint ?? 'Please report this.',
  });
}

import { openPageReader } from '../copy/page-reader/page-reader.ts';
import type { SourceTable } from '../source/source-tables.ts';
import type { RowRange } from '../target/bookkeeping.ts';

/** Rows a checkpoint covers: a fraction of a second of work, so that little is done twice after a crash and two workers end together. */
const ROWS_A_RANGE = 125_000;

const FIRST = -(2n ** 63n);
const LAST = 2n ** 63n - 1n;

/** Ranges of about equally many ids, for tables whose pages cannot be looked at. */
function evenly(firstRowid: bigint, lastRowid: bigint, count: number): { from: bigint | undefined; to: bigint | undefined }[] {
  const width = (lastRowid - firstRowid) / BigInt(count) + 1n;
  return Array.from({ length: count }, (_, i) => ({
    from: i === 0 ? undefined : firstRowid + width * BigInt(i),
    to: i === count - 1 ? undefined : firstRowid + width * BigInt(i + 1) - 1n,
  }));
}

/**
 * Cuts tables into ranges of row ids, largest table first. Ranges touch and cover every id, so no row can lie between two.
 * A table of one range is copied in one piece.
 */
export function rowRanges(snapshotFile: string, sources: readonly SourceTable[], rowsARange = ROWS_A_RANGE): RowRange[] {
  const pages = openPageReader(snapshotFile);
  try {
    return [...sources]
      .sort((a, b) => b.rows - a.rows)
      .flatMap(({ table, storedAs, rows, firstRowid, lastRowid }): RowRange[] => {
        if (firstRowid === undefined || lastRowid === undefined) return [];
        const count = Math.max(1, Math.ceil(rows / rowsARange));
        const isReadable = pages.canRead(storedAs, []) === undefined;
        const ranges = isReadable ? pages.split(storedAs, count) : evenly(firstRowid, lastRowid, count);
        return ranges.map(({ from = FIRST, to = LAST }, i) => ({
          table: table.name,
          no: i + 1,
          first: from,
          last: to,
          isWholeTable: ranges.length === 1,
        }));
      });
  } finally {
    pages.close();
  }
}

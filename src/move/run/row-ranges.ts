import type { SourceTable } from '../source/source-tables.ts';
import type { RowRange } from '../target/bookkeeping.ts';

/** Rows a checkpoint covers: a second or two of work, so that little is done twice after a crash. */
const ROWS_A_RANGE = 250_000;

/**
 * Cuts tables into ranges of row ids, largest table first. Ranges touch and cover every id, so no row can lie between two.
 * A table of one range is copied in one piece.
 */
export function rowRanges(sources: readonly SourceTable[], rowsARange = ROWS_A_RANGE): RowRange[] {
  return [...sources]
    .sort((a, b) => b.rows - a.rows)
    .flatMap(({ table, rows, firstRowid, lastRowid }): RowRange[] => {
      if (firstRowid === undefined || lastRowid === undefined) return [];
      const count = Math.max(1, Math.ceil(rows / rowsARange));
      const width = (lastRowid - firstRowid + 1n + BigInt(count) - 1n) / BigInt(count);
      const ranges: RowRange[] = [];
      for (let first = firstRowid, no = 1; first <= lastRowid; first += width, no++) {
        const end = first + width - 1n;
        ranges.push({ table: table.name, no, first, last: end < lastRowid ? end : lastRowid, isWholeTable: false });
      }
      return ranges.length === 1 ? ranges.map((range) => ({ ...range, isWholeTable: true })) : ranges;
    });
}

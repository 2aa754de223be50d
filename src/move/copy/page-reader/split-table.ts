import type { PageFile } from './file-header.ts';
import { childOf, headerOf, INTERIOR, interiorKey, type Level, readInterior } from './interior-page.ts';
import { PageWindow } from './page-window.ts';
import { Varint } from './rowid.ts';
import type { RowidRange } from './table-scan.ts';

/** Enough subtrees for each part that their different sizes even out. */
const SUBTREES_A_PART = 16;

interface Subtree {
  readonly page: number;
  /** The largest row id that can be in it; `undefined` for the last one. */
  readonly last: bigint | undefined;
}

function childrenOf(level: Level, last: bigint | undefined): Subtree[] {
  const varint = new Varint();
  return Array.from({ length: level.cells + 1 }, (_, i) => ({
    page: childOf(level, i),
    last: i === level.cells ? last : interiorKey(level, i, varint),
  }));
}

/**
 * Cuts a table into at most `parts` ranges of about equally many pages, overflow pages not counted, by looking at its upper interior pages only.
 * Together the ranges hold every row id once. A table of one page is one range.
 */
export function splitTable(file: PageFile, root: number, parts: number): RowidRange[] {
  const window = new PageWindow(file, file.pageSize);
  const isInterior = (page: number): boolean => window.bytes[window.locate(page) + headerOf(page)] === INTERIOR;
  let subtrees: Subtree[] = [{ page: root, last: undefined }];
  // All leaves are on one level, so the first page of a level speaks for the rest.
  while (subtrees.length < parts * SUBTREES_A_PART && isInterior((subtrees[0] as Subtree).page)) {
    subtrees = subtrees.flatMap(({ page, last }) => childrenOf(readInterior(file, window, page), last));
  }
  const ranges: RowidRange[] = [];
  let from: bigint | undefined;
  for (let part = 1; part <= Math.min(parts, subtrees.length); part++) {
    const { last } = subtrees[Math.round((part * subtrees.length) / Math.min(parts, subtrees.length)) - 1] as Subtree;
    ranges.push({ from, to: last });
    from = last === undefined ? undefined : last + 1n;
  }
  return ranges;
}

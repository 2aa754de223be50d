/**
 * How many bytes rows and index entries need on PostgreSQL, from what the planner knows of them. Estimates: of the layout in PostgreSQL's manual
 * ("Database Page Layout", "B-Tree Implementation"), with the average width of each column. Exact figures take the extension pgstattuple, which reads everything.
 */

const PAGE = 8192;
const PAGE_HEADER = 24;
/** Header of a row without its null bitmap, and its pointer in the page. */
const ROW_HEADER = 23;
const POINTER = 4;
const INDEX_HEADER = 8;
const INDEX_SPECIAL = 16;
/** PostgreSQL fills the pages of a new B-tree so far. */
const FILL = 0.9;

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** @param width of a row's values, in bytes. @param columns of a row that has a null bitmap; 0 where none has. */
export function tableBytesNeeded(rows: number, { width, columns }: { readonly width: number; readonly columns: number }): number {
  const row = aligned(ROW_HEADER + Math.ceil(columns / 8)) + aligned(width) + POINTER;
  // A long value lies in pages of its own, and its row keeps a pointer to it.
  const onPage = Math.max(1, Math.floor((PAGE - PAGE_HEADER) / row));
  return Math.ceil(rows / onPage) * PAGE;
}

/** @param width of an entry's values, in bytes. An index that keeps equal keys together needs less than this. */
export function indexBytesNeeded(entries: number, width: number): number {
  const entry = INDEX_HEADER + aligned(width) + POINTER;
  const onPage = Math.max(1, Math.floor(((PAGE - PAGE_HEADER - INDEX_SPECIAL) * FILL) / entry));
  // One page more says where the root is.
  return (Math.ceil(entries / onPage) + 1) * PAGE;
}

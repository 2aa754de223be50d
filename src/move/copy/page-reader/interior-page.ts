import { damaged } from './damage.ts';
import type { PageFile } from './file-header.ts';
import type { PageWindow } from './page-window.ts';
import { rowidOf, type Varint } from './rowid.ts';

/** Types of the pages of a table b-tree (SQLite file format, section 1.6). */
export const INTERIOR = 0x05;
export const LEAF = 0x0d;
const INTERIOR_HEADER_BYTES = 12;
/** The header of the file comes before that of the first page. */
const FILE_HEADER_BYTES = 100;

/** Where a page's own header starts in it. */
export const headerOf = (page: number): number => (page === 1 ? FILE_HEADER_BYTES : 0);

/** An interior page copied out of its window. */
export interface Level {
  readonly bytes: Buffer;
  readonly header: number;
  readonly cells: number;
  next: number;
}

/** The child page at this index; the one after the last cell is the right-most. */
export function childOf({ bytes, header, cells }: Level, index: number): number {
  return index === cells
    ? bytes.readUInt32BE(header + 8)
    : bytes.readUInt32BE(bytes.readUInt16BE(header + INTERIOR_HEADER_BYTES + 2 * index));
}

/** The largest row id below the child at this index. */
export function interiorKey({ bytes, header }: Level, index: number, varint: Varint): bigint {
  varint.read(bytes, bytes.readUInt16BE(header + INTERIOR_HEADER_BYTES + 2 * index) + 4);
  return rowidOf(varint.high, varint.low);
}

/** Copies an interior page out of the window, which goes on to other pages. Throws `FC_DB_CORRUPT` when it is none. */
export function readInterior(file: PageFile, window: PageWindow, page: number): Level {
  const start = window.locate(page);
  const bytes = Buffer.from(window.bytes.subarray(start, start + file.usableSize));
  const header = headerOf(page);
  const cells = bytes.readUInt16BE(header + 3);
  const pointersEnd = header + INTERIOR_HEADER_BYTES + 2 * cells;
  if (bytes[header] !== INTERIOR || pointersEnd > file.usableSize)
    throw damaged(file.name, `page ${page} is not built as a b-tree page`);
  for (let at = header + INTERIOR_HEADER_BYTES; at < pointersEnd; at += 2) {
    const cell = bytes.readUInt16BE(at);
    if (cell < pointersEnd || cell + 5 > file.usableSize) throw damaged(file.name, `page ${page} points beyond itself`);
  }
  return { bytes, header, cells, next: 0 };
}

import { fstatSync, readSync } from 'node:fs';
import { sizeOf } from '../../source/snapshot.ts';

/** An open SQLite file whose pages can be read directly. */
export interface PageFile {
  readonly descriptor: number;
  readonly name: string;
  /** Bytes, a power of two from 512 to 65,536. */
  readonly pageSize: number;
  /** Page size less the bytes reserved at the end of every page. */
  readonly usableSize: number;
  readonly pageCount: number;
  /** Goes up with each change, outside WAL mode. */
  readonly changeCounter: number;
}

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
/** 1: rollback journal, 2: write-ahead log. */
const NEWEST_FILE_VERSION = 2;
const NEWEST_SCHEMA_FORMAT = 4;
const UTF8 = 1;
/** The smallest usable page SQLite allows. */
const LEAST_USABLE = 480;

/**
 * Reads the header of a file that nobody writes (SQLite file format, section 1.3). The freelist is of no interest: tables are walked from their
 * roots, which no free page can be reached from.
 * @returns the reason, as half a sentence, when its pages must not be read directly.
 */
export function readFileHeader(descriptor: number, name: string): PageFile | string {
  // A log or journal with content holds pages that are newer, or older, than those of the file.
  for (const companion of ['-wal', '-journal']) {
    if (sizeOf(name + companion) > 0) return `there is a ${companion.slice(1)} file beside it`;
  }
  const header = Buffer.alloc(HEADER_BYTES);
  if (readSync(descriptor, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return 'the file is too short to be an SQLite database';
  if (header.toString('latin1', 0, 16) !== MAGIC)
    return 'the file does not start as an SQLite database does (it may be encrypted)';
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return `its page size of ${pageSize} is not one SQLite knows`;
  const usableSize = pageSize - (header[20] as number);
  if (usableSize < LEAST_USABLE) return `its pages of ${pageSize} bytes reserve ${header[20]}`;
  if ((header[18] as number) > NEWEST_FILE_VERSION || (header[19] as number) > NEWEST_FILE_VERSION)
    return `its file format ${header[19]} is newer than this program knows`;
  // Payload fractions: fixed values; others would lay out overflowing rows in another way.
  if (header[21] !== 64 || header[22] !== 32 || header[23] !== 32) return 'its payload fractions are not those SQLite uses';
  const schemaFormat = header.readUInt32BE(44);
  if (schemaFormat > NEWEST_SCHEMA_FORMAT) return `its schema format ${schemaFormat} is newer than this program knows`;
  const encoding = header.readUInt32BE(56);
  // An empty database has neither schema format nor encoding yet.
  if (encoding !== UTF8 && schemaFormat !== 0) return 'it stores text as UTF-16';
  const changeCounter = header.readUInt32BE(24);
  const pagesInFile = Math.floor(fstatSync(descriptor).size / pageSize);
  // Versions before 3.7.0 did not keep the size in the header; the two counters differ then.
  const pageCount = header.readUInt32BE(92) === changeCounter ? header.readUInt32BE(28) : pagesInFile;
  if (pageCount > pagesInFile) return `it is cut off: ${pagesInFile} of ${pageCount} pages are there`;
  return { descriptor, name, pageSize, usableSize, pageCount, changeCounter };
}

import { timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { randomBytes } from '../../../db/random.ts';
import type { WalChecksum } from '../../../engine/sqlite/wal-file.ts';
import { damagedLog } from '../findings.ts';
import { NONCE_BYTES, openPiece, sealPiece } from '../key.ts';
import { type ChainKeys, firstSeqOf, logFilesOf, tagOf, type Undated } from './chain.ts';

/** One commit: the frame it ends with, when it was made (microseconds since 1970, UTC), and how many pages the database has then. */
export type Commit = readonly [frame: number, micros: string, databasePages: number];

/** What a record says of the frames in it. */
export interface RecordHead {
  readonly seq: number;
  readonly salt: string;
  /** Number of its first frame in the log with that salt. */
  readonly first: number;
  readonly pageBytes: number;
  readonly pages: readonly number[];
  readonly commits: readonly Commit[];
  /** When those of them were made that nobody noted. */
  readonly undated?: Undated;
  /** SQLite's own sums behind its last frame. */
  readonly checksum: WalChecksum;
}

/** A record, proved to follow the one before it. */
export interface LogRecord extends RecordHead {
  readonly file: string;
  /** Where the next one begins. */
  readonly endsAt: number;
  readonly tag: Buffer;
  /** The page images, in the order of `pages`. */
  readonly images: Buffer;
}

const MAGIC = Buffer.from('FCLOG1\n\0');
const TAG_BYTES = 32;
/** More than any record has: a damaged length asks for no more memory. */
const LARGEST_BYTES = 1 << 28;

/** How a file begins: with the tag of the record before it. */
export const fileStart = (before: Buffer): Buffer => Buffer.concat([MAGIC, before]);
export const FILE_START_BYTES = MAGIC.length + TAG_BYTES;

/** A record as it is stored, and its tag. @param before the tag of the record it follows */
export function encodeRecord(
  head: RecordHead,
  images: readonly Buffer[],
  keys: ChainKeys,
  before: Buffer,
): { bytes: Buffer; tag: Buffer } {
  const json = Buffer.from(JSON.stringify(head));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(json.length);
  const plain = zstdCompressSync(Buffer.concat([size, json, ...images]));
  const body = keys.seal === undefined ? plain : sealPiece(keys.seal, randomBytes(NONCE_BYTES), plain);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const tag = tagOf(keys, 'record', before, length, body);
  return { bytes: Buffer.concat([length, body, tag]), tag };
}

function decode(body: Buffer, keys: ChainKeys): RecordHead & { readonly images: Buffer } {
  const plain = zstdDecompressSync(keys.seal === undefined ? body : openPiece(keys.seal, body), {
    maxOutputLength: LARGEST_BYTES,
  });
  const size = plain.readUInt32BE(0);
  const head = JSON.parse(plain.toString('utf8', 4, 4 + size)) as RecordHead;
  return { ...head, images: plain.subarray(4 + size) };
}

function readAt(handle: number, bytes: number, at: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  return buffer.subarray(0, readSync(handle, buffer, 0, bytes, at));
}

/** What a chain's files are read by. */
export interface Reading {
  readonly folder: string;
  readonly name: string;
  readonly keys: ChainKeys;
}

/**
 * Reads the records of one file, in order, each proved to follow the one before. A record that was cut off ends it, as a killed process leaves one: whoever reads compares with the head. Throws
 * `FC_BACKUP_DAMAGED`. @param before the tag it must begin with; any, when absent @param to no further than so many bytes
 */
export function* recordsIn(file: string, { folder, name, keys }: Reading, before?: Buffer, to?: number): Generator<LogRecord> {
  const path = join(folder, file);
  const handle = openSync(path, 'r');
  try {
    const start = readAt(handle, FILE_START_BYTES, 0);
    const first = start.subarray(MAGIC.length);
    if (!start.subarray(0, MAGIC.length).equals(MAGIC) || first.length !== TAG_BYTES)
      throw damagedLog('log_changed', name, `${file} does not begin as it was written.`, path);
    if (before !== undefined && !first.equals(before))
      throw damagedLog(
        'log_missing',
        name,
        `${file} does not follow the file before it: one is missing, or was exchanged.`,
        path,
      );
    let tag = first;
    let seq = firstSeqOf(file);
    const end = Math.min(to ?? Number.POSITIVE_INFINITY, fstatSync(handle).size);
    for (let at = FILE_START_BYTES; at + 4 <= end; seq++) {
      const length = readAt(handle, 4, at);
      const bytes = length.readUInt32BE(0);
      const endsAt = at + 4 + bytes + TAG_BYTES;
      if (endsAt > end) return;
      const stored = readAt(handle, bytes + TAG_BYTES, at + 4);
      const body = stored.subarray(0, bytes);
      const right = tagOf(keys, 'record', tag, length, body);
      if (!timingSafeEqual(right, stored.subarray(bytes)))
        throw damagedLog('log_changed', name, `Its record ${seq} was changed, or does not follow the one before.`, path);
      const record = decode(body, keys);
      if (record.seq !== seq || record.images.length !== record.pages.length * record.pageBytes)
        throw damagedLog('log_changed', name, `Its record ${seq} says what cannot be.`, path);
      tag = right;
      at = endsAt;
      yield { ...record, file, endsAt, tag };
    }
  } finally {
    closeSync(handle);
  }
}

/**
 * Reads a chain from the record behind `after` on, to its head: every byte is compared with what was written. Throws `FC_BACKUP_DAMAGED` where a file is missing, exchanged, changed or shorter than the head
 * says.
 */
export function* recordsAfter(
  after: number,
  reading: Reading,
  head: { readonly seq: number; readonly file: string; readonly bytes: number; readonly tag: string },
): Generator<LogRecord> {
  if (head.seq <= after) return;
  const { folder, name } = reading;
  const files = logFilesOf(folder).filter((file) => file <= head.file);
  const from = files.findLastIndex((file) => firstSeqOf(file) <= after + 1);
  if (from === -1 || files.at(-1) !== head.file)
    throw damagedLog(
      'log_missing',
      name,
      from === -1 ? `Its record ${after + 1} is not there.` : `Its file ${head.file} is not there.`,
      folder,
    );
  let before: Buffer | undefined;
  let last = firstSeqOf(files[from] as string) - 1;
  for (const file of files.slice(from)) {
    const isLast = file === head.file;
    if (firstSeqOf(file) !== last + 1)
      throw damagedLog('log_missing', name, `Its record ${last + 1} is not there.`, join(folder, file));
    let end = FILE_START_BYTES;
    for (const record of recordsIn(file, reading, before, isLast ? head.bytes : undefined)) {
      before = record.tag;
      last = record.seq;
      end = record.endsAt;
      if (record.seq > after) yield record;
    }
    const size = isLast ? head.bytes : sizeOf(join(folder, file));
    if (end !== size || (isLast && last !== head.seq))
      throw damagedLog(
        'log_too_short',
        name,
        `${file} ends before its record ${isLast ? head.seq : last + 1}.`,
        join(folder, file),
      );
  }
  if (before?.toString('hex') !== head.tag)
    throw damagedLog('log_changed', name, 'Its last record is not the one that was written.', folder);
}

function sizeOf(path: string): number {
  const handle = openSync(path, 'r');
  try {
    return fstatSync(handle).size;
  } finally {
    closeSync(handle);
  }
}

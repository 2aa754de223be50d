import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FlashcaseError } from '../../errors/index.ts';

/** Two 32-bit sums over everything from the log's header on: a frame that is not the next one does not fit. */
export type WalChecksum = readonly [number, number];

/** A place in the log: behind so many frames of the log with this salt. Empty salt: there is no log yet. */
export interface WalPosition {
  readonly salt: string;
  readonly frame: number;
  readonly checksum: WalChecksum;
}

/** Frames one after the other, as they lie in the log. */
export interface WalFrames {
  readonly salt: string;
  /** Number of the first of them, from 1. */
  readonly first: number;
  readonly pageBytes: number;
  readonly frames: readonly { readonly page: number; readonly databasePages: number; readonly bytes: Buffer }[];
  /** Behind the last of them. */
  readonly end: WalPosition;
}

export interface WalHeader {
  readonly salt: string;
  readonly pageBytes: number;
  readonly checksum: WalChecksum;
  readonly isBigEndian: boolean;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/** Each reset raises the first half of the salt by one, also one behind which nothing was written. */
const MOST_RESETS = 1000;

/** Whether a log's salt is that of a later one: it was started over since. Empty salt: there was no log yet. */
export const isLater = (salt: string, before: string): boolean => {
  if (before === '') return true;
  const resets = (Number.parseInt(salt.slice(0, 8), 16) - Number.parseInt(before.slice(0, 8), 16) + 2 ** 32) % 2 ** 32;
  return resets > 0 && resets <= MOST_RESETS;
};

/** Adds bytes, whose number is a multiple of 8, to the sums. */
function summed(bytes: Buffer, isBigEndian: boolean, [from, also]: WalChecksum): WalChecksum {
  let first = from;
  let second = also;
  const read = isBigEndian ? (at: number) => bytes.readUInt32BE(at) : (at: number) => bytes.readUInt32LE(at);
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + read(at) + second) >>> 0;
    second = (second + read(at + 4) + first) >>> 0;
  }
  return [first, second];
}

function read(handle: number, bytes: number, at: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  return buffer.subarray(0, readSync(handle, buffer, 0, bytes, at));
}

/**
 * The write-ahead log beside a database, read as a file. The database itself and its `-shm` are never opened this way: closing them would drop this process's locks.
 */
export class WalFile {
  readonly #handle: number;
  readonly #file: string;

  /** Throws what the system says where there is no log; while somebody has the database open there is one. */
  constructor(databaseFile: string) {
    this.#file = `${databaseFile}-wal`;
    this.#handle = openSync(this.#file, 'r');
  }

  /** Whether this is still the log that has the name. */
  get inode(): number {
    return fstatSync(this.#handle).ino;
  }

  /** The header; `undefined` for an empty log. Throws `FC_DB_CORRUPT` for one whose sums are wrong. */
  header(): WalHeader | undefined {
    const bytes = read(this.#handle, HEADER_BYTES, 0);
    if (bytes.length < HEADER_BYTES) return undefined;
    const magic = bytes.readUInt32BE(0);
    const isBigEndian = magic === MAGIC + 1;
    const checksum: WalChecksum = [bytes.readUInt32BE(24), bytes.readUInt32BE(28)];
    const found = summed(bytes.subarray(0, 24), isBigEndian, [0, 0]);
    if ((magic | 1) !== (MAGIC | 1) || found[0] !== checksum[0] || found[1] !== checksum[1])
      throw this.#corrupt('Its header is not what SQLite writes.');
    return { salt: bytes.toString('hex', 16, 24), pageBytes: bytes.readUInt32BE(8), checksum, isBigEndian };
  }

  /** The salt as it is now, for a quick look; empty for an empty log. */
  salt(): string {
    const bytes = read(this.#handle, 8, 16);
    return bytes.length < 8 ? '' : bytes.toString('hex');
  }

  /** The sums behind a frame, as they are stored with it. @param frame from 1; 0 is the header */
  checksumAt(frame: number, { pageBytes, checksum }: WalHeader): WalChecksum {
    if (frame === 0) return checksum;
    const bytes = read(this.#handle, 8, HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + pageBytes) + 16);
    return bytes.length < 8 ? [0, 0] : [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  }

  /** Reads the frames behind a place, at most so many, up to the committed one; proves that each follows the one before. Throws `FC_DB_CORRUPT`. */
  frames(from: WalPosition, to: number, header: WalHeader, atMost: number): WalFrames {
    const { pageBytes, isBigEndian, salt } = header;
    const size = FRAME_HEADER_BYTES + pageBytes;
    const count = Math.min(atMost, to - from.frame);
    const bytes = read(this.#handle, count * size, HEADER_BYTES + from.frame * size);
    if (bytes.length < count * size) throw this.#corrupt(`It ends before its frame ${to}.`);
    let checksum = from.checksum;
    const frames = Array.from({ length: count }, (_, i) => {
      const head = bytes.subarray(i * size, i * size + FRAME_HEADER_BYTES);
      const page = bytes.subarray(i * size + FRAME_HEADER_BYTES, (i + 1) * size);
      checksum = summed(page, isBigEndian, summed(head.subarray(0, 8), isBigEndian, checksum));
      const isNext = head.readUInt32BE(16) === checksum[0] && head.readUInt32BE(20) === checksum[1];
      if (!isNext || head.toString('hex', 8, 16) !== salt)
        throw this.#corrupt(`Its frame ${from.frame + i + 1} does not follow the one before.`);
      return { page: head.readUInt32BE(0), databasePages: head.readUInt32BE(4), bytes: page };
    });
    return { salt, first: from.frame + 1, pageBytes, frames, end: { salt, frame: from.frame + count, checksum } };
  }

  close(): void {
    closeSync(this.#handle);
  }

  #corrupt(why: string): FlashcaseError {
    return new FlashcaseError('FC_DB_CORRUPT', {
      what: 'The write-ahead log is not what SQLite wrote.',
      where: this.#file,
      why,
      hint: 'Run flashcase db check; if the file itself is damaged, restore a backup.',
    });
  }
}

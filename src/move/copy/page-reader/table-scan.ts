import type { BinaryWriter } from '../binary-writer.ts';
import { damaged } from './damage.ts';
import type { PageFile } from './file-header.ts';
import { childOf, headerOf, INTERIOR, interiorKey, LEAF, type Level, readInterior } from './interior-page.ts';
import { PageWindow } from './page-window.ts';
import type { RecordDigest } from './record-digest.ts';
import { DAMAGED, fieldOf, type RecordEncoder, reasonOf, WRITTEN } from './record-encoder.ts';
import type { AfterRefusal, Refusal } from './refusal.ts';
import { compareRowids, highOf, lowOf, rowidOf, Varint } from './rowid.ts';

/** Which rows of a table. Both ends belong to it; without one it is open. */
export interface RowidRange {
  readonly from?: bigint | undefined;
  readonly to?: bigint | undefined;
}

export interface ScanOptions extends RowidRange {
  /** Rows to leave out: they are neither written nor refused. */
  readonly except?: ReadonlySet<bigint> | undefined;
  /** Hashes the written rows on the way. */
  readonly digest?: RecordDigest | undefined;
}

export interface ScanStep {
  /** Rows written. */
  readonly rows: number;
  /** The last row looked at, also when it was refused or left out; `undefined` when there was none. */
  readonly lastRowid: bigint | undefined;
  /** True when the range has no more rows. */
  readonly done: boolean;
}

const LEAF_HEADER_BYTES = 8;
/** SQLite's own limit; a tree that is deeper runs in a circle. */
const MOST_LEVELS = 20;

const LEAF_WINDOW_BYTES = 512 * 1024;
const OVERFLOW_WINDOW_BYTES = 256 * 1024;
/** A longer row's memory is given back after it. */
const KEPT_SCRATCH_BYTES = 4 * 1024 * 1024;

/** Walks a table b-tree in the order of row ids. Memory stays the same, whatever the size of the file. */
export class TableScan {
  readonly #file: PageFile;
  readonly #encoder: RecordEncoder;
  readonly #leaf: PageWindow;
  readonly #overflow: PageWindow;
  readonly #onEnd: () => void;
  readonly #digest: RecordDigest | undefined;
  readonly #except: readonly bigint[];
  #nextExcept = 0;
  readonly #from: bigint | undefined;
  readonly #toHigh: number;
  readonly #toLow: number;

  readonly #levels: Level[] = [];
  readonly #root: number;
  #isStarted = false;
  #isDone = false;
  #page = 0;
  #pageStart = 0;
  #cell = 0;
  #cells = 0;
  #lastHigh = 0;
  #lastLow = 0;
  #hasLast = false;

  readonly #varint = new Varint();
  /** Holds a row that goes on over other pages. */
  #scratch: Buffer = Buffer.alloc(0);
  #scratchView = new DataView(this.#scratch.buffer, this.#scratch.byteOffset, 0);

  /** @param onEnd called once, when the last row of the range was read. */
  constructor(file: PageFile, root: number, encoder: RecordEncoder, options: ScanOptions, onEnd: () => void) {
    this.#file = file;
    this.#root = root;
    this.#encoder = encoder;
    this.#leaf = new PageWindow(file, LEAF_WINDOW_BYTES);
    this.#overflow = new PageWindow(file, OVERFLOW_WINDOW_BYTES);
    this.#onEnd = onEnd;
    this.#digest = options.digest;
    const { from, to = 2n ** 63n - 1n } = options;
    this.#from = from;
    this.#toHigh = highOf(to);
    this.#toLow = lowOf(to);
    this.#except = [...(options.except ?? [])]
      .filter((rowid) => (from === undefined || rowid >= from) && rowid <= to)
      .sort((a, b) => (a < b ? -1 : 1));
  }

  /**
   * Goes on where the last call ended, until the writer is full, the range is done, or `onRefused` says `'stop'`. To be repeated until `done`;
   * the last call may write nothing. Throws `FC_DB_CORRUPT` when the file is damaged.
   */
  read(writer: BinaryWriter, onRefused: (refusal: Refusal) => AfterRefusal): ScanStep {
    let rows = 0;
    let seen = 0;
    const usable = this.#file.usableSize;
    const mostLocal = usable - 35;
    const leastLocal = Math.floor(((usable - 12) * 32) / 255) - 23;
    const { bytes, view } = this.#leaf;
    const varint = this.#varint;
    const encoder = this.#encoder;
    const digest = this.#digest;

    while (!this.#isDone && !writer.isFull) {
      if (this.#cell === this.#cells) {
        if (!this.#nextLeaf()) this.#end();
        continue;
      }
      const pageStart = this.#pageStart;
      const pageEnd = pageStart + usable;
      const cellAt = view.getUint16(this.#cellPointer(this.#cell));
      let p = pageStart + cellAt;
      if (cellAt < LEAF_HEADER_BYTES || p + 4 > pageEnd) throw this.#damagedCell();
      let size = bytes[p++] as number;
      if (size >= 0x80) {
        const second = bytes[p++] as number;
        if (second < 0x80) size = ((size & 0x7f) << 7) | second;
        else {
          varint.read(bytes, p - 2);
          if (varint.high !== 0 || varint.low < 0) throw this.#damagedCell();
          size = varint.low;
          p = varint.end;
        }
      }
      varint.read(bytes, p);
      const high = varint.high;
      const low = varint.low;
      p = varint.end;
      let local = size;
      if (size > mostLocal) {
        const kept = leastLocal + ((size - leastLocal) % (usable - 4));
        local = kept <= mostLocal ? kept : leastLocal;
      }
      if (p + local + (local < size ? 4 : 0) > pageEnd) throw this.#damagedCell();
      // A tree in order cannot run in a circle, and a range of it misses nothing.
      if (this.#hasLast && compareRowids(high, low, this.#lastHigh, this.#lastLow) <= 0)
        throw damaged(this.#file.name, `the row ids on page ${this.#page} are out of order`);
      if (compareRowids(high, low, this.#toHigh, this.#toLow) > 0) {
        this.#end();
        break;
      }
      this.#cell++;
      this.#hasLast = true;
      this.#lastHigh = high;
      this.#lastLow = low;
      seen++;
      if (this.#nextExcept < this.#except.length && this.#isExcept(high, low)) continue;

      const before = writer.length;
      let code: number;
      if (local === size) code = encoder.encode(bytes, view, p, size, high, low, writer);
      else {
        this.#gather(p, local, size);
        code = encoder.encode(this.#scratch, this.#scratchView, 0, size, high, low, writer);
        if (this.#scratch.length > KEPT_SCRATCH_BYTES) this.#useScratch(0);
      }
      if (code === WRITTEN) {
        rows++;
        if (digest !== undefined) digest.add(high, low, writer.view, before, writer.length);
      } else {
        if (code === DAMAGED) throw this.#damagedCell();
        const refusal = { rowid: rowidOf(high, low), column: encoder.nameOf(fieldOf(code)), reason: reasonOf(code) };
        if (onRefused(refusal) === 'stop') break;
      }
    }
    return { rows, lastRowid: seen === 0 ? undefined : rowidOf(this.#lastHigh, this.#lastLow), done: this.#isDone };
  }

  #end(): void {
    this.#isDone = true;
    this.#onEnd();
  }

  #damagedCell(): Error {
    return damaged(this.#file.name, `a row on page ${this.#page} does not fit into it`);
  }

  #cellPointer(cell: number): number {
    return this.#pageStart + headerOf(this.#page) + LEAF_HEADER_BYTES + 2 * cell;
  }

  /** Steps over row ids of `#except` that are behind; true for one that is here. */
  #isExcept(high: number, low: number): boolean {
    const rowid = rowidOf(high, low);
    while (this.#nextExcept < this.#except.length && (this.#except[this.#nextExcept] as bigint) < rowid) this.#nextExcept++;
    return this.#except[this.#nextExcept] === rowid;
  }

  /** Opens the next leaf, from left to right; false after the last one. */
  #nextLeaf(): boolean {
    if (!this.#isStarted) {
      this.#isStarted = true;
      if (this.#enter(this.#root)) return true;
    }
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      if (level.next > level.cells) this.#levels.pop();
      else if (this.#enter(childOf(level, level.next++))) return true;
    }
    return false;
  }

  /** Opens a page: true for a leaf, false for an interior page, whose children come next. */
  #enter(page: number): boolean {
    const start = this.#leaf.locate(page);
    const header = headerOf(page);
    const type = this.#leaf.bytes[start + header];
    const cells = this.#leaf.view.getUint16(start + header + 3);
    if (type === LEAF) {
      if (header + LEAF_HEADER_BYTES + 2 * cells > this.#file.usableSize) throw this.#damagedPage(page);
      this.#page = page;
      this.#pageStart = start;
      this.#cells = cells;
      this.#cell = this.#hasLast || this.#from === undefined ? 0 : this.#firstLeafCell(this.#from);
      return true;
    }
    if (type !== INTERIOR || this.#levels.length === MOST_LEVELS) throw this.#damagedPage(page);
    const level = readInterior(this.#file, this.#leaf, page);
    if (!this.#hasLast && this.#from !== undefined) {
      while (level.next < level.cells && interiorKey(level, level.next, this.#varint) < this.#from) level.next++;
    }
    this.#levels.push(level);
    return false;
  }

  #firstLeafCell(from: bigint): number {
    const { bytes, view } = this.#leaf;
    const fromHigh = highOf(from);
    const fromLow = lowOf(from);
    for (let cell = 0; cell < this.#cells; cell++) {
      this.#varint.read(bytes, this.#pageStart + view.getUint16(this.#cellPointer(cell)));
      this.#varint.read(bytes, this.#varint.end);
      if (compareRowids(this.#varint.high, this.#varint.low, fromHigh, fromLow) >= 0) return cell;
    }
    return this.#cells;
  }

  #damagedPage(page: number): Error {
    return damaged(this.#file.name, `page ${page} is not a page of a table`);
  }

  /** Puts a row together that goes on over a chain of overflow pages (SQLite file format, section 1.7). */
  #gather(localAt: number, local: number, size: number): void {
    const { usableSize, pageCount, pageSize, name } = this.#file;
    if (size > pageCount * pageSize) throw this.#damagedCell();
    if (this.#scratch.length < size) this.#useScratch(size);
    const leaf = this.#leaf;
    leaf.bytes.copy(this.#scratch, 0, localAt, localAt + local);
    let next = leaf.view.getUint32(localAt + local);
    for (let have = local; have < size; ) {
      if (next === 0) throw damaged(name, `a row on page ${this.#page} ends before its length`);
      // In a file in order the pages of the chain are read with the leaves.
      const window = leaf.has(next) ? leaf : this.#overflow;
      const at = window.locate(next);
      const taken = Math.min(size - have, usableSize - 4);
      window.bytes.copy(this.#scratch, have, at + 4, at + 4 + taken);
      next = window.view.getUint32(at);
      have += taken;
    }
  }

  #useScratch(size: number): void {
    this.#scratch = Buffer.allocUnsafeSlow(size);
    this.#scratchView = new DataView(this.#scratch.buffer, this.#scratch.byteOffset, size);
  }
}

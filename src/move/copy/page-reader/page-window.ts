import { readSync } from 'node:fs';
import { damaged } from './damage.ts';
import type { PageFile } from './file-header.ts';

/** Read when pages are wanted here and there. */
const LEAST_BYTES = 16 * 1024;

/**
 * A stretch of neighbouring pages held in memory. Each read that follows the one before is twice as long, up to the limit, so that a file in
 * order is read in large pieces and a fragmented one is not read many times over.
 */
export class PageWindow {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly #file: PageFile;
  readonly #leastPages: number;
  readonly #mostPages: number;
  #first = 0;
  #end = 0;

  /** @param limit bytes kept at most, at least one page. */
  constructor(file: PageFile, limit: number) {
    this.#file = file;
    this.#mostPages = Math.max(1, Math.floor(limit / file.pageSize));
    this.#leastPages = Math.min(this.#mostPages, Math.max(1, Math.floor(LEAST_BYTES / file.pageSize)));
    this.bytes = Buffer.allocUnsafeSlow(this.#mostPages * file.pageSize);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  has(page: number): boolean {
    return page >= this.#first && page < this.#end;
  }

  /**
   * Where the page starts in `bytes`, until the next call. Reads it when it is not there.
   * Throws `FC_DB_CORRUPT` for a page the file does not have.
   */
  locate(page: number): number {
    if (!this.has(page)) this.#read(page);
    return (page - this.#first) * this.#file.pageSize;
  }

  #read(page: number): void {
    const { descriptor, name, pageSize, pageCount } = this.#file;
    if (page < 1 || page > pageCount) throw damaged(name, `page ${page} of ${pageCount} is referred to`);
    const before = this.#end - this.#first;
    const isNear = page >= this.#end && page - this.#end <= before;
    const pages = Math.min(
      isNear ? Math.max(before * 2, this.#leastPages) : this.#leastPages,
      this.#mostPages,
      pageCount - page + 1,
    );
    // Nothing is there until everything is: an error must not leave half a window that looks whole.
    this.#first = 0;
    this.#end = 0;
    const wanted = pages * pageSize;
    for (let have = 0; have < wanted; ) {
      const got = readSync(descriptor, this.bytes, have, wanted - have, (page - 1) * pageSize + have);
      if (got === 0) throw damaged(name, `it ends within page ${page + Math.floor(have / pageSize)}`);
      have += got;
    }
    this.#first = page;
    this.#end = page + pages;
  }
}

import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { tooLarge, unpackFailure, unreadable, unsafe } from '../refusals.ts';
import { RATIO_FROM_BYTES, type ZipLimits } from './limits.ts';

const mib = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024).toLocaleString('en')} MiB`;

function openZip(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    yauzl.open(file, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) =>
      error === null ? resolve(zip) : reject(error),
    ),
  );
}

/** yauzl's words for names that lead out of the archive. */
const LEADS_OUT = /invalid relative path|absolute path|invalid characters in fileName/;

function listEntries(zip: ZipFile, limits: ZipLimits): Promise<Map<string, Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Entry>();
    let total = 0;
    zip.on('error', (error: Error) =>
      reject(LEADS_OUT.test(error.message) ? unsafe(`The archive names a file outside of itself: ${error.message}.`) : error),
    );
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      const { fileName, uncompressedSize, compressedSize } = entry;
      total += uncompressedSize;
      if (entries.size >= limits.entries) {
        return reject(tooLarge(`The archive has more than ${limits.entries.toLocaleString('en')} files.`));
      }
      if (total > limits.totalBytes) return reject(tooLarge(`The archive unpacks to more than ${mib(limits.totalBytes)}.`));
      if (uncompressedSize > limits.entryBytes) {
        return reject(tooLarge(`${fileName} unpacks to more than ${mib(limits.entryBytes)}.`));
      }
      if (uncompressedSize > RATIO_FROM_BYTES && uncompressedSize > compressedSize * limits.ratio) {
        return reject(tooLarge(`${fileName} grows more than ${limits.ratio} times when it is unpacked.`));
      }
      if (entry.isEncrypted()) {
        return reject(unreadable('The archive is encrypted.', { hint: 'Unpack it with its password, and pack it without one.' }));
      }
      // Two files of one name: readers disagree which of them counts.
      if (entries.has(fileName)) return reject(unsafe(`The archive has two files named ${fileName}.`));
      entries.set(fileName, entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

/** Passes on at most so many bytes, and at most so many times what went in. */
function capped(name: string, maxBytes: number, packedBytes: number, ratio: number): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      total += chunk.length;
      if (total > maxBytes) return done(tooLarge(`${name} unpacks to more than ${mib(maxBytes)}.`));
      if (total > RATIO_FROM_BYTES && total > packedBytes * ratio) {
        return done(tooLarge(`${name} grows more than ${ratio} times when it is unpacked.`));
      }
      done(null, chunk);
    },
  });
}

/** A zip whose list of files was read and found harmless; nothing of it is unpacked yet. */
export class ZipArchive {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #limits: ZipLimits;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>, limits: ZipLimits) {
    this.#zip = zip;
    this.#entries = entries;
    this.#limits = limits;
  }

  /** Throws `FC_IMPORT_UNREADABLE`, `FC_IMPORT_UNSAFE` or `FC_IMPORT_TOO_LARGE`; a file that cannot be read at all keeps Node's error. */
  static async open(file: string, limits: ZipLimits): Promise<ZipArchive> {
    // A missing file is said as such, not as a broken archive.
    await (await open(file, 'r')).close();
    let zip: ZipFile;
    try {
      zip = await openZip(file);
    } catch (error) {
      throw unpackFailure(error, 'The file is not a zip archive, or its end is missing.');
    }
    try {
      return new ZipArchive(zip, await listEntries(zip, limits), limits);
    } catch (error) {
      zip.close();
      throw unpackFailure(error, 'The list of files in the archive is damaged.');
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Bytes of an entry as it lies unpacked in the zip, before any zstd. */
  bytesOf(name: string): number | undefined {
    return this.#entries.get(name)?.uncompressedSize;
  }

  /** @param isZstd unpacks the entry once more, as Anki's newest packages need */
  async stream(name: string, isZstd = false, maxBytes = this.#limits.entryBytes): Promise<Readable> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw unreadable(`The archive has no file named ${name}.`);
    const plain = await new Promise<Readable>((resolve, reject) =>
      this.#zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error))),
    ).catch((error: unknown) => {
      throw unpackFailure(error, `${name} in the archive is damaged.`);
    });
    const cap = capped(name, maxBytes, isZstd ? entry.uncompressedSize : entry.compressedSize, this.#limits.ratio);
    const done = isZstd ? pipeline(plain, createZstdDecompress(), cap) : pipeline(plain, cap);
    // The reader of `cap` gets the error of any part.
    done.catch(() => undefined);
    return cap;
  }

  async read(name: string, maxBytes: number, isZstd = false): Promise<Buffer> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of await this.stream(name, isZstd, maxBytes)) chunks.push(chunk as Buffer);
    } catch (error) {
      throw unpackFailure(error, `${name} in the archive is damaged.`);
    }
    return Buffer.concat(chunks);
  }

  /** Writes an entry into a new file. */
  async extract(name: string, to: string, isZstd = false): Promise<void> {
    try {
      await pipeline(await this.stream(name, isZstd), createWriteStream(to, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      throw unpackFailure(error, `${name} in the archive is damaged.`);
    }
  }

  close(): void {
    this.#zip.close();
  }
}

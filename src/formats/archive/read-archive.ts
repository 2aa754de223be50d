import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { safeMediaName } from '../anki/media.ts';
import type { CollectionSource, Entry, MediaFile, Problem } from '../collection.ts';
import { tooLarge, tooNew, unpackFailure, unreadable } from '../refusals.ts';
import { LIMITS, type ZipLimits } from '../zip/limits.ts';
import { ZipArchive } from '../zip/read-zip.ts';
import { checkedEntry } from './shape.ts';
import { ARCHIVE_LINES, ARCHIVE_VERSION } from './write-archive.ts';

/** No card is as long. */
const LINE_BYTES = 16 * 1024 * 1024;

interface Line {
  readonly type?: unknown;
  readonly format?: unknown;
  readonly version?: unknown;
  readonly [name: string]: unknown;
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = lines.pop() as string;
    if (rest.length > LINE_BYTES) throw tooLarge('A line of the archive is longer than any card.');
    yield* lines;
  }
  if (rest !== '' || decoder.decode() !== '') throw unreadable('The archive ends in the middle of a line.');
}

function parsed(text: string, number: number): Line {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Line;
  } catch {
    // Said below.
  }
  throw unreadable(`Line ${number} of the archive is damaged.`);
}

function checkHead(line: Line): void {
  if (line.format !== 'flashcase' || !Number.isInteger(line.version)) {
    throw unreadable('The archive does not begin as one of FlashCase.');
  }
  if ((line.version as number) > ARCHIVE_VERSION) {
    throw tooNew(`The archive was made by a newer FlashCase (version ${line.version} of the format).`);
  }
}

/** The file as it was hashed when it was written, or an error at its end. */
function verified(stream: Readable, name: string, sha256: unknown): Readable {
  const hash = createHash('sha256');
  const check = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(hash.digest('hex') === sha256 ? null : unreadable(`${name} in the archive is not the file that was put into it.`));
    },
  });
  pipeline(stream, check).catch(() => undefined);
  return check;
}

class Archive implements CollectionSource {
  readonly format = `FlashCase archive (version ${ARCHIVE_VERSION})`;
  readonly media: MediaFile[] = [];
  readonly #zip: ZipArchive;

  constructor(zip: ZipArchive) {
    this.#zip = zip;
  }

  /** Reads all lines; media are known when it ends. */
  async *#lines(onMedia: (line: Line) => void): AsyncGenerator<Entry> {
    let number = 0;
    let count = 0;
    let end: Line | undefined;
    let media = 0;
    try {
      for await (const text of linesOf(await this.#zip.stream(ARCHIVE_LINES))) {
        const line = parsed(text, ++number);
        if (number === 1) checkHead(line);
        else if (end !== undefined) throw unreadable('The archive goes on behind its end.');
        else if (line.type === 'media') {
          media++;
          onMedia(line);
        } else if (line.type === 'end') end = line;
        else {
          count++;
          yield checkedEntry(line, number);
        }
      }
    } catch (error) {
      throw unpackFailure(error, 'The archive is damaged.');
    }
    if (end === undefined || end.entries !== count || end.media !== media) {
      throw unreadable('The archive is not whole: its last lines are missing.');
    }
  }

  entries(): AsyncIterable<Entry> {
    return this.#lines(() => undefined);
  }

  /** Reads the archive once to its end: what is damaged is refused before anything is taken from it. */
  async check(): Promise<void> {
    for await (const _ of this.#lines((line) => this.media.push(this.#mediaOf(line)))) {
      // Every line is looked at on the way.
    }
  }

  #mediaOf({ name, entry, bytes, sha256 }: Line): MediaFile {
    if (typeof name !== 'string' || typeof entry !== 'string' || !this.#zip.has(entry)) {
      throw unreadable('The archive names a media file that it does not have.');
    }
    return {
      name: safeMediaName(name),
      bytes: typeof bytes === 'number' ? bytes : undefined,
      ...(typeof sha256 === 'string' ? { sha256 } : {}),
      open: async () => verified(await this.#zip.stream(entry), name, sha256),
    };
  }

  problems(): readonly Problem[] {
    return [];
  }

  async close(): Promise<void> {
    this.#zip.close();
  }
}

/** Opens an archive of FlashCase and reads it through once. Throws `FC_IMPORT_UNREADABLE`, `_TOO_NEW`, `_TOO_LARGE` or `_UNSAFE`. */
export async function openArchive(file: string, limits: ZipLimits = LIMITS): Promise<CollectionSource> {
  const zip = await ZipArchive.open(file, limits);
  try {
    if (!zip.has(ARCHIVE_LINES)) throw unreadable('The zip holds no archive of FlashCase.');
    const archive = new Archive(zip);
    await archive.check();
    return archive;
  } catch (error) {
    zip.close();
    throw error;
  }
}

import { existsSync, statSync, truncateSync } from 'node:fs';
import { chown, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Chain,
  type ChainKeys,
  chainFolder,
  DESCRIPTION,
  descriptionText,
  HEAD,
  type Head,
  logDirectory,
  logFileName,
  seedOf,
  taggedText,
  withUndated,
} from './chain.ts';
import { encodeRecord, FILE_START_BYTES, fileStart, type LogRecord, type RecordHead, recordsIn } from './records.ts';

/** A file is followed by another one when it is so large; pruning removes whole files. */
const FILE_BYTES = 16_777_216;

// A disk that hangs may hold up none of the thread that holds the database: nothing here waits in the thread itself.

/** A name that was given or changed outlives a power cut then. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The server's user must be able to read it, also when root runs the server. */
async function giveToOwnerOf(directory: string, file: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(directory);
  await chown(file, uid, gid);
}

const withRecord = (head: Head, { seq, file, endsAt, tag, salt, first, pages, checksum, commits, undated }: LogRecord): Head => {
  const micros = commits.at(-1)?.[1];
  return {
    ...head,
    seq,
    file,
    bytes: endsAt,
    tag: tag.toString('hex'),
    position: { salt, frame: first + pages.length - 1, checksum },
    ...(micros === undefined ? {} : { changedAt: micros }),
    ...(undated === undefined ? {} : { undated: withUndated(head.undated, undated) }),
  };
};

/**
 * Writes a chain. Asynchronously, so that a disk that hangs holds up nothing but the log; on the disk when it resolves. One that fails leaves what was written before, and may be tried again.
 */
export class ChainWriter {
  readonly chain: Chain;
  readonly #directory: string;
  readonly #folder: string;
  readonly #keys: ChainKeys;
  #head: Head;

  private constructor(directory: string, chain: Chain, keys: ChainKeys, head: Head) {
    this.chain = chain;
    this.#directory = directory;
    this.#folder = chainFolder(directory, chain.name);
    this.#keys = keys;
    this.#head = head;
  }

  get head(): Head {
    return this.#head;
  }

  /** Begins a chain. */
  static async begin(
    directory: string,
    chain: Chain,
    keys: ChainKeys,
    at: Pick<Head, 'position' | 'completeTo' | 'changedAt'>,
  ): Promise<ChainWriter> {
    const folder = chainFolder(directory, chain.name);
    for (const made of [logDirectory(directory), folder]) {
      if (existsSync(made)) continue;
      await mkdir(made, { mode: 0o700 });
      await giveToOwnerOf(directory, made);
    }
    const head = { seq: 0, file: logFileName(1), bytes: 0, tag: seedOf(chain, keys).toString('hex'), ...at };
    const writer = new ChainWriter(directory, chain, keys, head);
    await writer.#replace(DESCRIPTION, descriptionText(chain));
    await writer.#writeHead(head);
    await syncFolder(logDirectory(directory));
    return writer;
  }

  /** Goes on with a chain. A record that was written but not in the head yet when its process was killed is taken; half of one goes. */
  static async goOn(directory: string, chain: Chain, keys: ChainKeys, head: Head): Promise<ChainWriter> {
    const writer = new ChainWriter(directory, chain, keys, head);
    const { closed: _, ...rest } = head;
    let found: Head = rest;
    const reading = { folder: writer.#folder, name: chain.name, keys };
    for (let file = head.file; existsSync(join(writer.#folder, file)); file = logFileName(found.seq + 1)) {
      const path = join(writer.#folder, file);
      const isBegun = file === head.file && head.bytes > 0;
      const { seq } = found;
      let endsAt = isBegun ? head.bytes : 0;
      // Cut off before its first record, it is none.
      const records =
        isBegun || statSync(path).size > FILE_START_BYTES
          ? recordsIn(file, reading, isBegun ? undefined : Buffer.from(found.tag, 'hex'))
          : [];
      for (const record of records) {
        if (record.seq <= found.seq) continue;
        found = withRecord(found, record);
        endsAt = record.endsAt;
      }
      if (endsAt === 0) await rm(path);
      else truncateSync(path, endsAt);
      if (!isBegun && found.seq === seq) break;
    }
    writer.#head = found;
    return writer;
  }

  /** Adds a record. Throws what the system says; what was half written is cut off again. */
  async add(record: Omit<RecordHead, 'seq'>, images: readonly Buffer[]): Promise<void> {
    const { seq, bytes, tag } = this.#head;
    const isNew = bytes === 0 || bytes >= FILE_BYTES;
    const file = isNew ? logFileName(seq + 1) : this.#head.file;
    const before = Buffer.from(tag, 'hex');
    const encoded = encodeRecord({ seq: seq + 1, ...record }, images, this.#keys, before);
    const start = isNew ? 0 : bytes;
    const content = isNew ? Buffer.concat([fileStart(before), encoded.bytes]) : encoded.bytes;
    await this.#append(file, start, content, isNew);
    this.#head = withRecord(this.#head, {
      ...record,
      seq: seq + 1,
      file,
      endsAt: start + content.length,
      tag: encoded.tag,
      images: content,
    });
  }

  /** Says how far the chain is complete. */
  async mark(completeTo: string, more: Pick<Head, 'closed' | 'ended'> = {}): Promise<void> {
    const head = { ...this.#head, completeTo, ...more };
    await this.#writeHead(head);
    this.#head = head;
  }

  /** The next frames are of a log that was started over. */
  startOver(position: Head['position']): void {
    this.#head = { ...this.#head, position };
  }

  async #append(file: string, start: number, content: Buffer, isNew: boolean): Promise<void> {
    const path = join(this.#folder, file);
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, isNew ? 'w' : 'r+', 0o600);
      // A disk that fills takes a part first, and says so at the next write only.
      for (let done = 0; done < content.length; )
        done += (await handle.write(content, done, content.length - done, start + done)).bytesWritten;
      await handle.sync();
      if (isNew) await syncFolder(this.#folder);
    } catch (error) {
      await handle?.truncate(start).catch(() => {});
      throw error;
    } finally {
      await handle?.close();
    }
    if (isNew) await giveToOwnerOf(this.#directory, path);
  }

  #writeHead(head: Head): Promise<void> {
    return this.#replace(HEAD, taggedText('head', head, this.#keys));
  }

  async #replace(file: string, text: string): Promise<void> {
    const path = join(this.#folder, file);
    const partial = `${path}.partial`;
    try {
      const handle = await open(partial, 'w', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await giveToOwnerOf(this.#directory, partial);
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    await syncFolder(this.#folder);
  }
}

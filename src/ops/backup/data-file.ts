import { createHash, type Hash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, fsyncSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { randomBytes } from '../../db/random.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { damaged, wrongKey } from './findings.ts';
import { type BackupKey, opened, sealed } from './key.ts';
import { type Manifest, PLAIN_DATA, SEALED_DATA, type StoredData } from './manifest.ts';

/** Stored bytes a checksum covers. */
const CHUNK_BYTES = 1 << 22;
const READ = { highWaterMark: 1 << 20 };

type Bytes = AsyncIterable<Buffer>;

/** Passes a stream on and hashes it. */
const counting = (hash: Hash, count: (bytes: number) => void) =>
  async function* (source: Bytes): AsyncGenerator<Buffer> {
    for await (const bytes of source) {
      hash.update(bytes);
      count(bytes.length);
      yield bytes;
    }
  };

/** Checksums of every so many bytes of a stream that passes through. */
class ChunkSums {
  readonly sums: string[] = [];
  bytes = 0;
  readonly #size: number;
  #hash = createHash('sha256');
  #filled = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(bytes: Buffer): void {
    this.bytes += bytes.length;
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + this.#size - this.#filled);
      this.#hash.update(part);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === this.#size) this.#cut();
    }
  }

  finish(): void {
    if (this.#filled > 0) this.#cut();
  }

  #cut(): void {
    this.sums.push(this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
    this.#filled = 0;
  }
}

/** Makes all of a file outlive a power cut. */
export function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Compresses a database file into a folder, encrypted where there is a key. On the disk when this resolves. `signal` ends it.
 * @returns what the manifest says of it.
 */
export async function pack(
  databaseFile: string,
  folder: string,
  key: BackupKey | undefined,
): Promise<Pick<Manifest, 'database' | 'data'>> {
  const name = key === undefined ? PLAIN_DATA : SEALED_DATA;
  const target = join(folder, name);
  const salt = randomBytes(16).toString('hex');
  const sha = createHash('sha256');
  let bytes = 0;
  const sums = new ChunkSums(CHUNK_BYTES);
  const summing = async function* (source: Bytes): AsyncGenerator<Buffer> {
    for await (const part of source) {
      sums.add(part);
      yield part;
    }
  };
  const passing = async function* (source: Bytes): AsyncGenerator<Buffer> {
    yield* source;
  };
  await pipeline(
    createReadStream(databaseFile, READ),
    counting(sha, (more) => (bytes += more)),
    createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
    key === undefined ? passing : sealed(key, salt),
    summing,
    createWriteStream(target, { flags: 'wx', mode: 0o600 }),
  );
  sums.finish();
  syncFile(target);
  return {
    database: { bytes, sha256: sha.digest('hex') },
    data: {
      file: name,
      bytes: sums.bytes,
      compression: 'zstd',
      ...(key === undefined ? {} : { encryption: { cipher: 'aes-256-gcm' as const, keyFingerprint: key.fingerprint, salt } }),
      chunkBytes: CHUNK_BYTES,
      chunks: sums.sums,
    },
  };
}

/** The region of a damaged chunk, for people. */
const regionOf = (index: number, { chunkBytes, bytes }: StoredData): string =>
  `bytes ${index * chunkBytes} to ${Math.min(bytes, (index + 1) * chunkBytes) - 1}`;

/** Compares every stored byte with the manifest, the key is not needed for it. Throws `FC_BACKUP_DAMAGED` naming the regions. */
export async function checkStored(folder: string, { name, data }: Manifest): Promise<void> {
  const file = join(folder, data.file);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw damaged('data_missing', name, 'Its data is not there.', { where: file });
  if (found.size === 0) throw damaged('data_empty', name, 'Its data is empty.', { where: file });
  if (found.size < data.bytes)
    throw damaged('data_too_short', name, `Its data has ${found.size} bytes instead of ${data.bytes}.`, { where: file });
  if (found.size > data.bytes)
    throw damaged('data_too_long', name, `Its data has ${found.size} bytes instead of ${data.bytes}.`, { where: file });
  const sums = new ChunkSums(data.chunkBytes);
  try {
    for await (const bytes of createReadStream(file, READ)) sums.add(bytes as Buffer);
  } catch (cause) {
    throw damaged('data_unreadable', name, `Its data cannot be read: ${(cause as Error).message}`, { where: file, cause });
  }
  sums.finish();
  const wrong = data.chunks.flatMap((sum, i) => (sums.sums[i] === sum ? [] : [regionOf(i, data)]));
  if (wrong.length > 0)
    throw damaged('data_changed', name, `Its data was changed: ${wrong.slice(0, 5).join('; ')}${wrong.length > 5 ? ' …' : ''}.`, {
      where: file,
    });
}

/** The key a backup needs, if it needs one. Throws `FC_BACKUP_KEY` where it is missing or another one. */
function keyFor({ name, data: { encryption } }: Manifest, key: BackupKey | undefined): BackupKey | undefined {
  if (encryption === undefined) return undefined;
  if (key?.fingerprint !== encryption.keyFingerprint) throw wrongKey(name, encryption.keyFingerprint, key?.fingerprint);
  return key;
}

/** Lets no more pass than the manifest says comes out: a few bytes can be made that unpack to any number. */
const atMost = ({ name, database: { bytes } }: Manifest) =>
  async function* (source: Bytes): AsyncGenerator<Buffer> {
    let passed = 0;
    for await (const part of source) {
      passed += part.length;
      if (passed > bytes) throw damaged('content_differs', name, `Its data gives more than the ${bytes} bytes it was made of.`);
      yield part;
    }
  };

/**
 * Decrypts and decompresses the data of a backup, and proves that it gives the database it was made of.
 * @param target where the database goes, a new file; nowhere when absent.
 */
export async function unpack(folder: string, manifest: Manifest, key: BackupKey | undefined, target?: string): Promise<void> {
  const { name, data, database } = manifest;
  const where = join(folder, data.file);
  const own = keyFor(manifest, key);
  const sha = createHash('sha256');
  let bytes = 0;
  const passing = async function* (source: Bytes): AsyncGenerator<Buffer> {
    yield* source;
  };
  const sink = async (source: Bytes): Promise<void> => {
    for await (const _ of source);
  };
  const read = createReadStream(where, READ);
  const steps = [
    own === undefined ? passing : opened(own, data.encryption?.salt ?? ''),
    createZstdDecompress(),
    atMost(manifest),
    counting(sha, (more) => (bytes += more)),
  ] as const;
  try {
    if (target === undefined) await pipeline(read, ...steps, sink);
    else await pipeline(read, ...steps, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
  } catch (cause) {
    if (cause instanceof FlashcaseError) throw cause;
    // What the disk of the target says is no matter of the backup; only the backup is read.
    const { syscall } = cause as NodeJS.ErrnoException;
    if (syscall !== undefined && syscall !== 'read') throw cause;
    throw damaged('data_unreadable', name, `Its data cannot be unpacked: ${(cause as Error).message}`, { where, cause });
  }
  if (bytes !== database.bytes || sha.digest('hex') !== database.sha256)
    throw damaged('content_differs', name, 'Its data gives another database than the one it was made of.', { where });
  if (target !== undefined) syncFile(target);
}

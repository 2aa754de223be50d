import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry, MediaFile } from '../collection.ts';
import { writeZip } from '../zip/write-zip.ts';

export const ARCHIVE_LINES = 'flashcase.ndjson';
export const ARCHIVE_VERSION = 1;
/** Lines are written in pieces: one by one, streams cost more than the lines. */
const PIECE = 64 * 1024;

async function hashOf(media: MediaFile): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of await media.open()) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function* linesOf(entries: Iterable<Entry> | AsyncIterable<Entry>, media: readonly MediaFile[]): AsyncGenerator<string> {
  let piece = `${JSON.stringify({ format: 'flashcase', version: ARCHIVE_VERSION })}\n`;
  let count = 0;
  for await (const entry of entries) {
    count++;
    piece += `${JSON.stringify(entry)}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  for (const [index, one] of media.entries()) {
    piece += `${JSON.stringify({ type: 'media', name: one.name, entry: `media/${index}`, ...(await hashOf(one)) })}\n`;
  }
  yield `${piece}${JSON.stringify({ type: 'end', entries: count, media: media.length })}\n`;
}

/**
 * Writes FlashCase's own archive: a zip with every entry as a line of JSON, and the media. Nothing of the collection is lost in it.
 * What exists at `to` is never overwritten (`EEXIST`); a failure leaves nothing behind.
 */
export async function writeArchive(
  to: string,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  media: readonly MediaFile[],
  {
    temporaryFolder = tmpdir(),
    signal,
  }: { readonly temporaryFolder?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const folder = await mkdtemp(join(temporaryFolder, 'flashcase-export-'));
  try {
    const file = join(folder, 'lines');
    await pipeline(Readable.from(linesOf(entries, media)), createWriteStream(file));
    const parts = [{ name: ARCHIVE_LINES, file }, ...media.map((one, index) => ({ name: `media/${index}`, media: one }))];
    await writeZip(to, parts, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

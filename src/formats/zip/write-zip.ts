import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { MediaFile } from '../collection.ts';

/** Entries of equal content are equal bytes: no time of day in them. */
const MTIME = new Date(Date.UTC(2000, 0, 1));

export type ZipPart = { readonly name: string } & (
  | { readonly text: string }
  | { readonly file: string }
  | { readonly media: MediaFile }
);

/** Writes a zip file; what exists there already is an error (`EEXIST`), and nothing is left behind by a failure. */
export async function writeZip(to: string, parts: readonly ZipPart[], signal?: AbortSignal): Promise<void> {
  const zip = new yazl.ZipFile();
  // As private as the database it comes from.
  const out = createWriteStream(to, { flags: 'wx', mode: 0o600 });
  let hasFile = false;
  out.once('open', () => {
    hasFile = true;
  });
  const written = pipeline(zip.outputStream as Readable, out, signal === undefined ? {} : { signal });
  // One media file is open at a time, however many there are.
  zip.on('error', (error: Error) => out.destroy(error));
  try {
    for (const part of parts) {
      const options = { mtime: MTIME, mode: 0o100644 };
      if ('text' in part) zip.addBuffer(Buffer.from(part.text), part.name, options);
      else if ('file' in part) zip.addFile(part.file, part.name, options);
      // Pictures and sound are packed already.
      else {
        zip.addReadStreamLazy(part.name, { ...options, compress: false }, (done) =>
          part.media.open().then(
            (stream) => done(null, stream),
            (error: unknown) => done(error, undefined as never),
          ),
        );
      }
    }
    zip.end();
    await written;
  } catch (error) {
    out.destroy();
    if (hasFile) await rm(to, { force: true });
    // Why it was given up, not that it was.
    signal?.throwIfAborted();
    throw error;
  }
}

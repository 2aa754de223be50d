import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FlashcaseError } from '../errors/index.ts';

/** Writes pieces of text into a file that must not be there yet, and removes it when that fails. */
async function writePieces(to: string, pieces: AsyncIterable<string>): Promise<void> {
  // What is exported is as private as the database it comes from.
  const out = createWriteStream(to, { flags: 'wx', mode: 0o600 });
  let hasFile = false;
  out.once('open', () => {
    hasFile = true;
  });
  try {
    await pipeline(Readable.from(pieces), out);
  } catch (error) {
    if (hasFile) await rm(to, { force: true });
    throw error;
  }
}

/** Runs what writes a new file, or writes its pieces; says in plain words why the file could not be written. */
export async function writeNewFile(to: string, write: () => Promise<void> | AsyncIterable<string>): Promise<void> {
  try {
    const writing = write();
    await (Symbol.asyncIterator in writing ? writePieces(to, writing) : writing);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new FlashcaseError('FC_BAD_REQUEST', {
        what: 'There is a file of this name already; nothing is overwritten.',
        where: to,
        hint: 'Name another file, or remove that one.',
      });
    }
    if (error instanceof FlashcaseError || typeof code !== 'string') throw error;
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'The file could not be written; nothing of it was kept.',
      where: to,
      why: (error as Error).message,
      cause: error,
    });
  }
}

import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FlashcaseError } from '../../errors/index.ts';
import type { Schema } from '../../schema/table.ts';
import { schemaLock } from '../schema-lock.ts';
import { readFolder, readRevisionFile } from './folder.ts';
import { INDEX_FILE, indexText } from './index-file.ts';
import { libraryFor } from './library.ts';

const LOCK_FILE = 'schema.lock';

/** Writes a file so that it is there as a whole or not at all, also after a crash. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new FlashcaseError('FC_REVISION_FAILED', {
      what: 'A file of the revisions could not be written.',
      where: path,
      why: error instanceof Error ? error.message : String(error),
      hint: 'Nothing is half written. Correct the cause and run the same command again.',
      cause: error,
    });
  }
}

/**
 * Puts a new revision file in its place, once it has been imported from beside it and is what its name says.
 * Throws `FC_REVISION_INVALID` otherwise, and leaves nothing.
 */
export async function placeRevisionFile(folder: string, file: string, text: string): Promise<void> {
  const beside = `.${process.pid}-${file}`;
  try {
    await writeWhole(join(folder, beside), text);
    await readRevisionFile(folder, beside, file);
    await rename(join(folder, beside), join(folder, file));
  } finally {
    await rm(join(folder, beside), { force: true });
  }
}

/** Writes `index.ts` from the files of the folder. Returns its path. */
export async function writeIndex(folder: string): Promise<string> {
  const path = join(folder, INDEX_FILE);
  await writeWhole(path, indexText(await readFolder(folder), libraryFor(folder)));
  return path;
}

/** False where `schema.lock` says something else than the model, as after a merge that went wrong; true where there is none. */
export async function isLockCurrent(folder: string, model: Schema): Promise<boolean> {
  const text = await readFile(join(folder, LOCK_FILE), 'utf8').catch(() => undefined);
  return text === undefined || text === schemaLock(model);
}

/** Writes the model's normal form beside the revisions, where it is not there already. */
export async function writeLock(folder: string, model: Schema): Promise<void> {
  const path = join(folder, LOCK_FILE);
  const text = schemaLock(model);
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeWhole(path, text);
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FlashcaseError } from '../../errors/index.ts';
import type { Revision } from '../revision.ts';
import { cannotLoad } from './load-failure.ts';

/** `0003-parcel-note.ts`: the id, then the name with dashes. */
const FILE = /^(\d{4})-([a-z0-9]+(?:-[a-z0-9]+)*)\.(ts|js)$/;

export interface RevisionFile {
  /** The file's name in the folder. */
  readonly file: string;
  readonly id: string;
  /** The constant it exports. */
  readonly constant: string;
  readonly revision: Revision;
}

/** The names of the revision files in a folder, sorted; other files are left alone. */
async function revisionFileNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    throw new FlashcaseError('FC_REVISION_NO_SOURCES', {
      what: 'There is no folder of revisions here.',
      where: folder,
      why: error instanceof Error ? error.message : String(error),
      hint: 'Name it with --versions DIR, or make one: flashcase db init DIR',
    });
  });
  return files.filter((file) => FILE.test(file)).toSorted();
}

/**
 * Reads the revision files of a folder, sorted by their names: by id, and two of one id in the order of theirs (heads.ts judges that).
 * Throws `FC_REVISION_INVALID` naming a file that holds no revision, or one that is not what the file's name says.
 */
export async function readFolder(folder: string): Promise<RevisionFile[]> {
  return Promise.all((await revisionFileNames(folder)).map((file) => readRevisionFile(folder, file)));
}

/** Reads one revision file. @param named the name it is to have, where it does not have it yet. */
export async function readRevisionFile(folder: string, file: string, named: string = file): Promise<RevisionFile> {
  const where = join(folder, file);
  const invalid = (what: string): FlashcaseError =>
    new FlashcaseError('FC_REVISION_INVALID', {
      what,
      where,
      hint: 'Correct the file; nothing was changed.',
      details: { file },
    });
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(where).href)) as Record<string, unknown>;
  } catch (error) {
    throw cannotLoad(error, where, `The revision file ${file} cannot be loaded.`);
  }
  const found = Object.entries(module).filter((entry): entry is [string, Revision] => isRevision(entry[1]));
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw invalid(`The revision file ${file} exports ${found.length} revisions; it must be one.`);
  const [constant, revision] = only;
  const [, id, name] = FILE.exec(named) ?? [];
  if (revision.id !== id || revision.name.replaceAll('_', '-') !== name)
    throw invalid(`The file ${named} holds revision ${revision.id} ${revision.name}; its name and its id must say the same.`);
  return { file: named, id: revision.id, constant, revision };
}

function isRevision(value: unknown): value is Revision {
  const parts = value as Partial<Revision> | null;
  return (
    typeof value === 'object' &&
    typeof parts?.id === 'string' &&
    typeof parts.name === 'string' &&
    Array.isArray(parts.upgrade) &&
    (Array.isArray(parts.downgrade) || typeof parts.downgrade === 'string')
  );
}

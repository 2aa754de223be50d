import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FlashcaseError } from '../../errors/index.ts';
import type { Schema } from '../../schema/table.ts';
import { full, requireOneHistory } from '../pending.ts';
import type { Project } from '../project.ts';
import type { Revision } from '../revision.ts';
import { type RevisionFile, readFolder } from './folder.ts';
import { filesNamedIn, INDEX_FILE, indexText } from './index-file.ts';
import { libraryFor } from './library.ts';
import { cannotLoad } from './load-failure.ts';
import { writeIndex } from './write-files.ts';

const PROJECT_FILE = 'project.ts';

/** A versions folder as it is on the disk: the files are the history, `index.ts` only lists them. */
export interface Sources {
  readonly folder: string;
  readonly files: readonly RevisionFile[];
  readonly isIndexCurrent: boolean;
  /** Files that `index.ts` lists and the folder does not have. */
  readonly missing: readonly string[];
}

/** The folder of this tool's own revisions. Throws `FC_REVISION_NO_SOURCES` in an installed package. */
export function requireSources(folder: string | undefined): string {
  if (folder !== undefined) return folder;
  throw new FlashcaseError('FC_REVISION_NO_SOURCES', {
    what: 'This installation has no sources: it is a built package, and revision files are written in a checkout.',
    hint: 'Run it in a checkout of FlashCase, or name your own application’s folder: --versions DIR',
  });
}

export async function readSources(folder: string): Promise<Sources> {
  const files = await readFolder(folder);
  if (!existsSync(join(folder, PROJECT_FILE))) {
    const inner = join(folder, 'versions');
    throw new FlashcaseError('FC_REVISION_NO_SOURCES', {
      what: `This is no folder of revisions: it has no ${PROJECT_FILE}.`,
      where: folder,
      hint: existsSync(join(inner, PROJECT_FILE))
        ? `Name the folder in it: --versions ${relative('', inner)}`
        : 'Name it with --versions DIR, or make one: flashcase db init DIR',
    });
  }
  const index = await readFile(join(folder, INDEX_FILE), 'utf8').catch(() => undefined);
  return {
    folder,
    files,
    isIndexCurrent: index === indexText(files, libraryFor(folder)),
    missing: filesNamedIn(index ?? '').filter((name) => !files.some(({ file }) => file === name)),
  };
}

/**
 * Sees to it that `index.ts` can be loaded, and with it the project: one with the marks of a merge, or with files that are not there any
 * more, is written anew. Throws `FC_REVISION_INVALID` where a file is gone that newer revisions stand on: that is a loss, not a wish.
 * Returns what was done, in words, or `undefined`.
 */
export async function mendIndex(sources: Sources): Promise<string | undefined> {
  const { folder, files, missing } = sources;
  const lost = missing.find((name) => isStoodOn(name, files));
  if (lost !== undefined) {
    throw new FlashcaseError('FC_REVISION_INVALID', {
      what: `${INDEX_FILE} lists ${lost}, and there is no such file; newer revisions stand on it.`,
      where: join(folder, INDEX_FILE),
      hint: `Bring it back (git checkout -- ${lost}); or, if it shall go, flashcase db heads --write-index`,
      details: { missing },
    });
  }
  const text = await readFile(join(folder, INDEX_FILE), 'utf8').catch(() => '');
  if (missing.length === 0 && !CONFLICT.test(text)) return undefined;
  await writeIndex(folder);
  return missing.length === 0
    ? `${INDEX_FILE} had the marks of a merge and is written anew from the files.`
    : `${INDEX_FILE} listed ${missing.join(', ')}, which the folder does not have any more; it is written anew without.`;
}

/** Throws `FC_REVISION_INVALID` where the project's history is not what the files are: a database would get only a part of them. */
export function requireListed(sources: Sources, { revisions }: Project): void {
  const named = (list: readonly Pick<Revision, 'id' | 'name'>[]): string => list.map(full).join(', ') || 'none';
  const files = historyOf(sources);
  if (named(files) === named(revisions)) return;
  throw new FlashcaseError('FC_REVISION_INVALID', {
    what: 'The project’s revisions are not the files of the folder.',
    where: sources.folder,
    why: `The files are ${named(files)}; project.ts has ${named(revisions)}.`,
    hint: 'flashcase db heads --write-index lists the files in index.ts.',
  });
}

const CONFLICT = /^(<{7}|={7}|>{7})/m;

/** Newer files are there, and none that took its place: a squash of it, or the same revision under another id. */
function isStoodOn(name: string, files: readonly RevisionFile[]): boolean {
  const id = name.slice(0, 4);
  const isReplaced = files.some(
    ({ file, revision }) => file.slice(4) === name.slice(4) || revision.replaces?.includes(id) === true,
  );
  return !isReplaced && files.some((file) => file.id > id);
}

/** The history the files make. Throws `FC_REVISION_DUPLICATE` where two branches wrote the same id. */
export function historyOf({ files }: Pick<Sources, 'files'>): Revision[] {
  const revisions = files.map((file) => file.revision);
  requireOneHistory(revisions);
  return revisions;
}

/** The application's model, and what it has released, from the folder's `project.ts`. */
export async function readProject(folder: string): Promise<Project> {
  const where = join(folder, PROJECT_FILE);
  try {
    const { project } = (await import(pathToFileURL(where).href)) as { project?: Project };
    if (isSchema(project?.schema)) return project as Project;
  } catch (error) {
    throw cannotLoad(error, where, 'The project file cannot be loaded.');
  }
  throw new FlashcaseError('FC_REVISION_INVALID', {
    what: 'The project file exports no project with a schema.',
    where,
    hint: 'Let it export const project: Project = { schema, revisions }; flashcase db init writes one.',
  });
}

const isSchema = (schema: Schema | undefined): boolean =>
  typeof schema === 'object' && typeof schema.tables === 'object' && Array.isArray(schema.views);

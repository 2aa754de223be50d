import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FlashcaseError } from '../../errors/index.ts';
import type { Schema } from '../../schema/table.ts';
import { requireOneHistory } from '../pending.ts';
import type { Project } from '../project.ts';
import type { Revision } from '../revision.ts';
import { type RevisionFile, readFolder } from './folder.ts';
import { indexText } from './index-file.ts';
import { libraryFor } from './library.ts';
import { INDEX_FILE } from './write-files.ts';

/** A versions folder as it is on the disk: the files are the history, `index.ts` only lists them. */
export interface Sources {
  readonly folder: string;
  readonly files: readonly RevisionFile[];
  readonly isIndexCurrent: boolean;
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
  const index = await readFile(join(folder, INDEX_FILE), 'utf8').catch(() => undefined);
  return { folder, files, isIndexCurrent: index === indexText(files, libraryFor(folder)) };
}

/** The history the files make. Throws `FC_REVISION_DUPLICATE` where two branches wrote the same id. */
export function historyOf({ files }: Pick<Sources, 'files'>): Revision[] {
  const revisions = files.map((file) => file.revision);
  requireOneHistory(revisions);
  return revisions;
}

/** The application's model, and what it has released, from the folder's `project.ts`. */
export async function readProject(folder: string): Promise<Project> {
  const where = join(folder, 'project.ts');
  try {
    const { project } = (await import(pathToFileURL(where).href)) as { project?: Project };
    if (isSchema(project?.schema)) return project as Project;
  } catch (error) {
    throw new FlashcaseError('FC_REVISION_INVALID', {
      what: 'The project file cannot be loaded.',
      where,
      why: error instanceof Error ? error.message : String(error),
      hint: 'Correct it, or the model it imports; nothing was changed.',
      cause: error,
    });
  }
  throw new FlashcaseError('FC_REVISION_INVALID', {
    what: 'The project file exports no project with a schema.',
    where,
    hint: 'Let it export const project: Project = { schema, revisions }; flashcase db init writes one.',
  });
}

const isSchema = (schema: Schema | undefined): boolean =>
  typeof schema === 'object' && typeof schema.tables === 'object' && Array.isArray(schema.views);

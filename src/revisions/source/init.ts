import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FlashcaseError } from '../../errors/index.ts';
import { INDEX_FILE, indexText } from './index-file.ts';
import { type Library, libraryFor } from './library.ts';
import { writeWhole } from './write-files.ts';

/**
 * Writes what a new application needs to have a history: a model with one table to begin with, and a versions folder with its index and
 * project file. Returns the paths. Throws `FC_BAD_REQUEST` where one of the files is there already, and writes none then.
 */
export async function initProject(folder: string): Promise<string[]> {
  const versions = join(folder, 'versions');
  const files = [
    [join(folder, 'model.ts'), modelText(libraryFor(folder))],
    [join(versions, INDEX_FILE), indexText([], libraryFor(versions))],
    [join(versions, 'project.ts'), projectText(libraryFor(versions))],
  ] as const;
  for (const [path] of files) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'There is a file already where one would be written.',
      where: path,
      hint: 'Choose an empty folder: flashcase db init DIR. Nothing was written.',
    });
  }
  await mkdir(versions, { recursive: true });
  for (const [path, text] of files) await writeWhole(path, text);
  return files.map(([path]) => path);
}

const modelText = (
  library: Library,
): string => `import { generatedId, schema, table, text, timestamp } from '${library.path('schema/index')}';

/** The tables as this application wants them today. After each change: flashcase db revision -m '…' --autogenerate --versions versions */
const note = table('note', {
  columns: { id: generatedId(), body: text(), created_at: timestamp() },
  primaryKey: ['id'],
});

export const model = schema({ note });
`;

const projectText = (library: Library): string => `import type { Project } from '${library.path('revisions/project')}';
import { model } from '../model.ts';
import { revisions } from './index.ts';

/** \`released\` is the id of the newest revision that a release has shipped: files up to it never change. */
export const project: Project = { schema: model, revisions };
`;

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileNameOf } from '../../src/revisions/pending.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { libraryFor } from '../../src/revisions/source/library.ts';
import { renderRevision } from '../../src/revisions/source/render.ts';
import { writeIndex } from '../../src/revisions/source/write-files.ts';
import type { Schema } from '../../src/schema/table.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Writes a project as an application has it: the revision files and their index as the tool writes them, and the model. */
export async function writeOwnProject(folder: string, history: readonly Revision[], model: Schema): Promise<void> {
  const versions = join(folder, 'versions');
  mkdirSync(versions, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const revision of history) {
    const text = renderRevision(revision, { library: libraryFor(versions), notes: new Map() });
    writeFileSync(join(versions, fileNameOf(revision)), text);
  }
  await writeIndex(versions);
  writeFileSync(
    join(versions, 'project.ts'),
    `import type { Project } from '${source}revisions/project.ts';
import { revisions } from './index.ts';
export const project: Project = { schema: ${JSON.stringify(model, null, 1)}, revisions };\n`,
  );
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileNameOf } from '../../src/revisions/pending.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import type { Schema } from '../../src/schema/table.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Writes a project as an application has it: a file for each revision, a list of them, and the model. */
export function writeOwnProject(folder: string, history: readonly Revision[], model: Schema): void {
  mkdirSync(join(folder, 'versions'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const type = `import type { Revision } from '${source}revisions/revision.ts';\n`;
  for (const revision of history) {
    writeFileSync(
      join(folder, 'versions', fileNameOf(revision)),
      `${type}export const revision: Revision = ${JSON.stringify(revision, null, 2)};\n`,
    );
  }
  writeFileSync(
    join(folder, 'versions/index.ts'),
    `${type}${history.map((revision) => `import { revision as r${revision.id} } from './${fileNameOf(revision)}';\n`).join('')}
export const revisions: readonly Revision[] = [${history.map(({ id }) => `r${id}`).join(', ')}];\n`,
  );
  writeFileSync(
    join(folder, 'project.ts'),
    `import type { Project } from '${source}revisions/project.ts';
import { revisions } from './versions/index.ts';
export const project: Project = { schema: ${JSON.stringify(model, null, 1)}, revisions };\n`,
  );
}

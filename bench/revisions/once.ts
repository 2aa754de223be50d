import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../src/db/clock.ts';
import { openSqlite } from '../../src/engine/sqlite/engine.ts';
import { readLedger } from '../../src/revisions/ledger.ts';
import { pendingRevisions } from '../../src/revisions/pending.ts';
import type { Project } from '../../src/revisions/project.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { writeRevision } from '../../src/revisions/source/new-revision.ts';
import { readSources } from '../../src/revisions/source/sources.ts';

/**
 * One command in a process of its own, as a shell starts it: `once.ts current|upgrade PROJECT DATABASE`, `once.ts autogenerate PROJECT`, which
 * writes the next revision file and prints its path.
 */
const [command, folder = '', file = ''] = process.argv.slice(2);
const { project } = (await import(pathToFileURL(join(folder, 'versions/project.ts')).href)) as { project: Project };
const { schema, revisions } = project;

if (command === 'autogenerate') {
  const written = await writeRevision(await readSources(join(folder, 'versions')), 'made', { project, drops: [] });
  console.log(written?.path);
} else {
  const engine = openSqlite({ file, schema });
  if (command === 'upgrade') {
    console.log((await upgrade({ engine, revisions, clock: systemClock() })).length);
  } else {
    const applied = await engine.dedicated((connection) => readLedger(connection, engine));
    console.log(applied.at(-1)?.id, pendingRevisions(revisions, applied).length);
  }
  await engine.close();
}

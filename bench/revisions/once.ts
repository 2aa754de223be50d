import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../src/db/clock.ts';
import { openSqlite } from '../../src/engine/sqlite/engine.ts';
import { diff } from '../../src/revisions/diff.ts';
import { readLedger } from '../../src/revisions/ledger.ts';
import { pendingRevisions } from '../../src/revisions/pending.ts';
import type { Project } from '../../src/revisions/project.ts';
import { renamesOf } from '../../src/revisions/renames.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';

/** One command in a process of its own, as a shell starts it: `once.ts current|upgrade|autogenerate PROJECT DATABASE`. */
const [command, folder = '', file = ''] = process.argv.slice(2);
const { project } = (await import(pathToFileURL(join(folder, 'project.ts')).href)) as { project: Project };
const { schema, revisions } = project;

if (command === 'autogenerate') {
  const state = replay(revisions);
  console.log(JSON.stringify(diff(state, schema, renamesOf(state, schema)).length));
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

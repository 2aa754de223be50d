import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { serveProject } from '../../src/cli/commands/serve.ts';
import { readEnv } from '../../src/db/env.ts';
import { readSettings } from '../../src/db/settings.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import type { Project } from '../../src/revisions/project.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { createTable } from '../../src/revisions/step.ts';
import { generatedId, table } from '../../src/schema/index.ts';
import { project } from '../../src/versions/project.ts';

const today = project.revisions;
const head = today.at(-1) as Revision;
const WAIT = "SELECT 'wait until the test lets it go on'";
const goOnFile = `${(process.env.DATABASE_URL ?? '').slice('sqlite:///'.length)}.go-on`;
const { exec } = DatabaseSync.prototype;
/** SQLite has no statement that waits for anybody: this one does, as a long one would, with the file locked and the process busy. */
DatabaseSync.prototype.exec = function (sql) {
  if (sql === WAIT) while (!existsSync(goOnFile)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  return exec.call(this, sql);
};

/** Takes its time, so that servers start while it runs: until the test lets it go on. */
const later: Revision = {
  id: '9000',
  name: 'later',
  upgrade: [
    createTable(table('later', { columns: { id: generatedId() }, primaryKey: ['id'] })),
    {
      kind: 'sql',
      about: 'take some time',
      sqlite: [WAIT],
      postgres: ['DO $body$ BEGIN WHILE NOT EXISTS (SELECT FROM go_on) LOOP PERFORM pg_sleep(0.05); END LOOP; END $body$'],
    },
  ],
  downgrade: 'not needed here.',
};
const PROJECTS: Readonly<Record<string, Project>> = {
  /** Knows 9000, and needs it. */
  new: { ...project, revisions: [...today, later] },
  /** Knows 9000, and runs without it. */
  'new, runs on today’s': { ...project, revisions: [...today, later], minimumRevision: head.id },
  /** Does not know 9000. */
  old: project,
  /** Does not know 9000, and runs on it. */
  'old, runs on 9000': { ...project, maximumRevision: later.id },
};

/** `flashcase serve` of a release with this contract. */
const [, , which = ''] = process.argv;
try {
  await serveProject(readSettings(readEnv(), process.cwd()), PROJECTS[which] as Project);
} catch (error) {
  if (!(error instanceof FlashcaseError)) throw error;
  process.stderr.write(`${error.toText()}\n`);
  process.exitCode = error.exitCode;
}

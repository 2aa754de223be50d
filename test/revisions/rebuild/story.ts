import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { parseDatabaseUrl } from '../../../src/db/database-url.ts';
import type { Connection, Engine } from '../../../src/engine/engine.ts';
import { applySteps, refuseOrphans } from '../../../src/revisions/apply.ts';
import { targetOf } from '../../../src/revisions/compile/target.ts';
import { EMPTY, replaySteps } from '../../../src/revisions/state.ts';
import { createTable, type Step } from '../../../src/revisions/step.ts';
import { schema, type Table } from '../../../src/schema/index.ts';
import { openEngine } from '../../engine/open.ts';
import { engines } from '../../support/database.ts';
import { hasCode } from '../own-schema.ts';

/** Tables with rows, and a revision that changes them. */
export interface Story {
  readonly tables: readonly Table[];
  /** Rows, and what strangers have put into the file. */
  readonly plant: string;
  readonly steps: readonly Step[];
}

/** 3.20 builds everything anew, 3.53 what it must: both have to come to the same end. */
const VERSIONS = ['3.20', '3.53'];
const revision = { id: '0002', name: 'change' };
const creation = (story: Story): Step[] => story.tables.map(createTable);

/** An SQLite file with the story's beginning, for one test. */
export async function onFile(story: Story, work: (engine: Engine, file: string) => Promise<void>): Promise<void> {
  const [sqlite] = engines();
  const place = await (sqlite as NonNullable<typeof sqlite>).fresh();
  const address = parseDatabaseUrl(place.url, '/');
  assert.ok(typeof address === 'object' && address.engine === 'sqlite');
  const engine = openEngine(place, { schema: schema({}) });
  try {
    await engine.dedicated(async (connection) => {
      await connection.script('PRAGMA foreign_keys = OFF');
      await applySteps(connection, engine, targetOf('sqlite', '3.53'), { id: '0001', name: 'tables' }, creation(story), EMPTY);
      await connection.script(story.plant);
    });
    await work(engine, address.file);
  } finally {
    await engine.close();
    await place.drop();
  }
}

const beginning = (story: Story) => replaySteps(EMPTY, { id: '0001', name: 'tables' }, creation(story));

/** Applies the story's steps in one transaction with foreign keys off, as a revision does. */
export async function tell(connection: Connection, engine: Engine, story: Story, version: string): Promise<void> {
  await connection.script('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
  try {
    await applySteps(connection, engine, targetOf('sqlite', version), revision, story.steps, beginning(story));
    await refuseOrphans(connection, engine, revision);
    await connection.script('COMMIT');
  } catch (error) {
    await connection.script('ROLLBACK');
    throw error;
  }
}

/** Tells the story on a plan for an old and for a new SQLite; `look` sees each file afterwards. */
export async function afterwards(story: Story, look: (db: DatabaseSync, version: string) => void): Promise<void> {
  for (const version of VERSIONS) {
    await onFile(story, async (engine, file) => {
      await engine.dedicated((connection) => tell(connection, engine, story, version));
      const db = new DatabaseSync(file);
      try {
        look(db, version);
        assert.equal(value(db, 'SELECT count(*) FROM pragma_foreign_key_check'), 0);
        assert.equal(value(db, 'PRAGMA integrity_check'), 'ok');
        assert.equal(value(db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '\\_\\_%' ESCAPE '\\'"), 0);
      } finally {
        db.close();
      }
    });
  }
}

/** The revision is refused with these words, and the file is as it was. */
export async function refused(story: Story, ...texts: readonly RegExp[]): Promise<void> {
  for (const version of VERSIONS) {
    await onFile(story, async (engine, file) => {
      const before = contentOf(file);
      await assert.rejects(
        engine.dedicated((connection) => tell(connection, engine, story, version)),
        hasCode('FC_REVISION_FAILED', ...texts),
      );
      assert.deepEqual(contentOf(file), before);
    });
  }
}

export const value = (db: DatabaseSync, sql: string): unknown => Object.values(db.prepare(sql).get() ?? {})[0];
export const rows = (db: DatabaseSync, sql: string): unknown[][] =>
  db
    .prepare(sql)
    .all()
    .map((row) => Object.values(row));

/** Everything in a file: each object's text and each row with its storage classes. */
export function contentOf(file: string): unknown {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const objects = rows(db, 'SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2');
    const tables = rows(
      db,
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') ORDER BY 1",
    ).flat();
    return { objects, tables: tables.map((name) => [name, rows(db, `SELECT * FROM "${String(name)}" ORDER BY 1`)]) };
  } finally {
    db.close();
  }
}

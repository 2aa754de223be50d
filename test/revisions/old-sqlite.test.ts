import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { isAtLeast, targetOf } from '../../src/revisions/compile/target.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { script } from '../../src/revisions/script/script.ts';
import { base } from './effect-history.ts';
import { allSteps } from './effect-samples.ts';

/** The sqlite3 program of this machine, where it is of a time before SQLite changed columns and checks in place. */
function oldProgram(): string | undefined {
  const { stdout, error } = spawnSync('sqlite3', ['--version']);
  const version = error === undefined ? stdout.toString().split(' ')[0] : undefined;
  return version === undefined || isAtLeast(targetOf('sqlite', version), 3, 53) ? undefined : version;
}

const version = oldProgram();
const skip = version === undefined ? 'not run: no older sqlite3 program here' : false;
const ROWS = `INSERT INTO depot (town) VALUES ('a'), ('b'), ('c');
INSERT INTO parcel (label, grams, pieces, size, note, depot_id) VALUES ('a', 1, 2, 's', 'n', 1), ('b', 2, 2, 'm', NULL, 2);
INSERT INTO stamp (parcel_id) VALUES (1), (2); DELETE FROM stamp WHERE id = 2;
INSERT INTO memo (words) VALUES ('w');
`;

const feed = (file: string, sql: string): { status: number | null; said: string } => {
  const { status, stderr } = spawnSync('sqlite3', ['-bail', file], { input: sql });
  return { status, said: stderr.toString() };
};

const upgradeTo = (revision: Revision, sqlite: string, from: string, to: string): string =>
  script({ revisions: [base, revision], target: targetOf('sqlite', sqlite), direction: 'up', from, to });

/** What is in a file, whatever wrote it: columns by name, rows, objects, sequences, orphans. */
function contents(file: string): unknown {
  const database = new DatabaseSync(file);
  try {
    const all = (sql: string) => database.prepare(sql).all();
    const tables = all(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'schema_revision' ORDER BY 1",
    );
    return {
      columns: tables.map(({ name }) =>
        all(`SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo('${String(name)}') ORDER BY 1`),
      ),
      rows: tables.map(({ name }) => all(`SELECT * FROM "${String(name)}"`)),
      keys: tables.map(({ name }) =>
        all(`SELECT "table", "from", "to", on_delete FROM pragma_foreign_key_list('${String(name)}') ORDER BY 2`),
      ),
      objects: all("SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY 1, 2"),
      sequences: all('SELECT * FROM sqlite_sequence ORDER BY 1'),
      orphans: all('SELECT * FROM pragma_foreign_key_check'),
      ledger: all('SELECT revision_id, revision_hash FROM schema_revision ORDER BY 1'),
    };
  } finally {
    database.close();
  }
}

test(`checklist 165, 133: the script for SQLite 3.40 runs on a real older SQLite and makes what today's makes (${version ?? 'none'})`, {
  skip,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-old-'));
  try {
    let made = 0;
    for (const [name, step] of allSteps) {
      if (step.kind === 'alterTable' && step.changes.some((change) => change.kind === 'addColumn' && change.column.isGenerated))
        continue;
      const revision: Revision = { id: '0002', name: 'change', upgrade: [step], downgrade: [] };
      const [old, today] = ['old', 'today'].map((kind) => join(folder, `${kind}-${made}.db`)) as [string, string];
      const sql = (of: string): string =>
        `${upgradeTo(revision, of, 'base', '0001')}${ROWS}${upgradeTo(revision, of, '0001', '0002')}`;
      assert.deepEqual(feed(old, sql('3.40')), { status: 0, said: '' }, name);
      const database = new DatabaseSync(today);
      database.exec(sql('3.53'));
      database.close();
      assert.deepEqual(contents(old), contents(today), name);
      made++;
    }
    assert.ok(made > 40, `${made}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('checklist 133: sqlite3 -bail stops at a proof that fails, and the file is as it was', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-old-'));
  try {
    const file = join(folder, 'there.db');
    const revision: Revision = {
      id: '0002',
      name: 'change',
      upgrade: [allSteps.find(([name]) => name === 'addUnique 1')?.[1] as never],
      downgrade: [],
    };
    assert.equal(feed(file, upgradeTo(revision, '3.40', 'base', '0001') + ROWS).status, 0);
    const before = contents(file);
    const lossy = upgradeTo(revision, '3.40', '0001', '0002').replace(/(INSERT INTO "__new_parcel" [^;]*);/, '$1 WHERE id > 1;');
    const { status, said } = feed(file, lossy);
    assert.notEqual(status, 0);
    assert.match(said, /every row of parcel is there with its values/);
    assert.deepEqual(contents(file), before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

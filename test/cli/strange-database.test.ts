import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { db } from '../revisions/source/app.ts';

test('current, check and plan say of a database of somebody else what upgrade says, in a screenful, and change nothing in it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-strange-'));
  const file = join(folder, 'theirs.db');
  const env = { DATABASE_URL: `sqlite:///${file}` };
  try {
    const theirs = new DatabaseSync(file);
    theirs.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)');
    theirs.close();
    const before = readFileSync(file);
    for (const command of ['current', 'check', 'plan']) {
      const { code, stderr } = db([command], env, folder);
      assert.equal(code, 1);
      assert.match(stderr, /FC_SCHEMA_UNKNOWN: This database is neither FlashCase’s nor the original app’s\./);
      assert.match(stderr, /- … and \d{2,} more \(all of them with --json\)\n\+ "orders" /);
      assert.ok(stderr.split('\n').length < 40, stderr);
    }
    const { error } = JSON.parse(db(['check', '--json'], env, folder).stderr) as { error: { details: { missing: string[] } } };
    assert.ok(error.details.missing.length > 100);
    assert.deepEqual(readFileSync(file), before);
    assert.equal(db(['upgrade'], env, folder).code, 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a PostgreSQL that does not answer is said to a command with what a person at a terminal can do', () => {
  const { code, stderr } = db(['current'], { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /FC_DB_UNREACHABLE[\s\S]*next {3}Check that PostgreSQL runs.* and DATABASE_URL\..*a command is typed again/,
  );
});

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { db } from '../revisions/source/app.ts';

test('db current names the processes that have an SQLite file open, as the hint of a busy database says, also while one writes', {
  skip: existsSync('/proc/self/fd') ? false : 'this system does not tell',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-current-'));
  const file = join(folder, 'app.db');
  const env = { DATABASE_URL: `sqlite:///${file}` };
  try {
    assert.equal(db(['upgrade'], env, folder).code, 0);
    const writer = new DatabaseSync(file);
    writer.exec('BEGIN IMMEDIATE');
    assert.match(db(['current'], env, folder).stdout, new RegExp(`\nopen {5}in process ${process.pid}: .*node`));
    const { processes } = JSON.parse(db(['current', '--json'], env, folder).stdout) as { processes: { pid: number }[] };
    assert.deepEqual(
      processes.map(({ pid }) => pid),
      [process.pid],
    );
    writer.close();
    assert.doesNotMatch(db(['current'], env, folder).stdout, /open {5}in process/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { db } from '../revisions/source/app.ts';

test('where there is no database yet, only upgrade makes one: every other command says so and leaves the folder empty', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-empty-'));
  try {
    for (const words of [['current'], ['history'], ['plan']]) {
      const { code, stdout, stderr } = db(words, {}, folder);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /There is no database at .*flashcase\.db yet; flashcase db upgrade makes it\./);
      assert.match(stdout, /0001\s+initial/);
    }
    const current = JSON.parse(db(['current', '--json'], {}, folder).stdout) as Record<string, unknown>;
    assert.deepEqual([current.isMissing, current.applied], [true, []]);
    for (const words of [
      ['check'],
      ['undo'],
      ['downgrade', '-1'],
      ['finish'],
      ['stamp', 'head'],
      ['repair'],
      ['inspect'],
      ['adopt'],
    ]) {
      const { code, stderr } = db(words, {}, folder);
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /FC_DB_MISSING: There is no database yet\.\n {2}where .*flashcase\.db\n {2}next .*flashcase db upgrade makes it/,
      );
    }
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

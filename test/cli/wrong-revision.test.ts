import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

test('a mistyped revision takes nothing away: finish of an unknown id and a way back further than there is are refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-wrong-revision-'));
  try {
    const db = (...words: string[]) =>
      spawnSync(process.execPath, [main, 'db', ...words], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', DATABASE_URL: 'sqlite:///./x.db' },
      });
    assert.equal(db('upgrade').status, 0);
    for (const [words, said] of [
      [['finish', 'foo'], /FC_REVISION_UNKNOWN: There is no revision foo/],
      [['downgrade', '-99', '--yes'], /-99 is further back than there is: 1 revisions are applied/],
    ] as const) {
      const { status, stderr } = db(...words);
      assert.equal(status, 1, stderr);
      assert.match(stderr, said);
    }
    assert.match(db('current').stdout, /applied {2}0001 initial/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { db } from '../revisions/source/app.ts';

test('a mistyped revision changes nothing: each command refuses a word that is none of its own, and says what would do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-wrong-revision-'));
  const env = { DATABASE_URL: 'sqlite:///./x.db' };
  try {
    assert.equal(db(['upgrade'], env, folder).code, 0);
    for (const [words, said] of [
      [['finish', 'foo'], /FC_REVISION_UNKNOWN: There is no revision foo/],
      [['undo', '99'], /FC_REVISION_UNKNOWN: There is no revision 99/],
      [['undo', '-1'], /next {3}flashcase db downgrade -1/],
      [['downgrade', 'foo', '--yes'], /FC_REVISION_UNKNOWN: There is no revision foo/],
      [['downgrade', '+1', '--yes'], /next {3}flashcase db upgrade \+1/],
      [['downgrade', '-99', '--yes'], /-99 is further back than there is: 1 revisions are applied/],
      [['upgrade', '-1'], /next .*flashcase db downgrade -1/],
      [['upgrade', 'base'], /next .*flashcase db downgrade base/],
      [['plan', 'base'], /next .*flashcase db downgrade base/],
      [['stamp', '-1'], /-1 names no revision here/],
      [['upgrade', 'base', '--sql', '--from', '0001'], /next .*flashcase db downgrade base --sql --from 0001/],
    ] as const) {
      const { code, stderr } = db(words, env, folder);
      assert.equal(code, 1, `${words.join(' ')}: ${stderr}`);
      assert.match(stderr, said);
    }
    // What is there already needs no decision.
    const stays = db(['downgrade', 'initial'], env, folder);
    assert.deepEqual([stays.code, stays.stdout], [0, 'Nothing to take back.\n'], stays.stderr);
    assert.match(db(['current'], env, folder).stdout, /applied {2}0001 initial/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

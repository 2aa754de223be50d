import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { db, newApp } from '../revisions/source/app.ts';

test('a mistyped revision changes nothing: each command refuses a word that is none of its own, and says what would do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-wrong-revision-'));
  const env = { DATABASE_URL: 'sqlite:///./x.db' };
  try {
    assert.equal(db(['upgrade', '0001'], env, folder).code, 0);
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

test('a command line that is none is an error as every other: with its code, its next step, and for machines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-wrong-words-'));
  try {
    for (const [words, what, next] of [
      [['upgrade', '--bogus'], "Unknown option '--bogus'.", 'flashcase db upgrade --help'],
      [['show'], "Missing required argument 'id'.", 'flashcase db show --help'],
      [['edit'], "Unknown command 'edit'. (Did you mean init?)", 'flashcase db --help'],
      [
        ['revision', '-m', 'x', '--autogenerate', '--empty'],
        '--autogenerate and --empty exclude each other.',
        'flashcase db revision --help',
      ],
    ] as const) {
      const { code, stdout, stderr } = db(words, {}, folder);
      assert.deepEqual([code, stdout, stderr], [1, '', `FC_BAD_REQUEST: ${what}\n  next   ${next}\n`]);
      const machine = db([...words, '--json'], {}, folder);
      const { error } = JSON.parse(machine.stderr) as { error: Record<string, unknown> };
      assert.deepEqual([machine.code, machine.stdout, error.what, error.hint], [1, '', what, next]);
    }
    const help = db(['upgrade', '--help'], {}, folder);
    assert.deepEqual([help.code, help.stderr], [0, '']);
    assert.match(help.stdout, /Exit codes:/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('db show takes head; a folder that is none of revisions is named, with the one in it that is', (context) => {
  const app = newApp(context);
  assert.match(app.db('show', 'head').stderr, /There is no revision head/);
  app.model('const note = s.table("note", { columns: { id }, primaryKey: ["id"] });', 'note');
  assert.equal(app.db('revision', '-m', 'note', '--autogenerate').code, 0);
  assert.match(app.db('show', 'head').stdout, /Revision 0001 note/);
  for (const command of ['current', 'heads', 'diff']) {
    const { code, stderr } = db([command, '--versions', app.folder], {}, app.folder);
    assert.equal(code, 1);
    assert.match(stderr, /FC_REVISION_NO_SOURCES: .*no project\.ts[\s\S]*next {3}Name the folder in it: --versions versions\n/);
  }
});

// slow
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type App, db, newApp, type Said, tableText } from './app.ts';

const root = resolve(import.meta.dirname, '../../..');

/** An application with as many revisions; each adds a table. */
function withRevisions(context: TestContext, count: number): App {
  const app = newApp(context);
  const names = ['note', 'tag', 'link'].slice(0, count);
  for (const [i, name] of names.entries()) {
    const known = names.slice(0, i + 1);
    app.model(known.map((each) => tableText(each, 'word: s.text()')).join('\n'), known.join(', '));
    assert.equal(app.db('revision', '-m', name, '--autogenerate').code, 0);
  }
  return app;
}

const conflict = (text: string): string => text.replace(/^(import .*0002.*)$/m, '<<<<<<< HEAD\n$1\n=======\n>>>>>>> theirs');
const withDatabase = (app: App, ...words: string[]): Said =>
  db([...words, '--versions', 'versions'], { DATABASE_URL: 'sqlite:///./app.db' }, app.folder);

test('the marks of a merge in index.ts are named by file and line with the command that mends it, and heads and revision help there', (context) => {
  const app = withRevisions(context, 2);
  const index = app.read('index.ts');
  app.write('index.ts', conflict(index));
  const refused = withDatabase(app, 'upgrade');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^FC_REVISION_INVALID: The project file cannot be loaded: index\.ts is wrong\./);
  assert.match(refused.stderr, /where {2}.*index\.ts:\d+\n {2}why {4}Merge conflict marker encountered\./);
  assert.match(refused.stderr, /next {3}flashcase db heads --write-index --versions versions/);
  const heads = app.db('heads');
  assert.deepEqual([heads.code, /head {2}0002-tag\.ts/.test(heads.stdout)], [1, true], heads.stdout + heads.stderr);
  const revision = app.db('revision', '-m', 'more', '--autogenerate');
  assert.equal(revision.code, 0, revision.stderr);
  assert.match(revision.stdout, /had the marks of a merge and is written anew[\s\S]*Nothing to write/);
  assert.equal(app.read('index.ts'), index);
  app.write('index.ts', conflict(index));
  assert.equal(app.db('heads', '--write-index').code, 0);
  assert.equal(app.read('index.ts'), index);
});

test('a revision file that was deleted is named, with how to bring it back; one that newer ones stand on is not dropped by the way', (context) => {
  const app = withRevisions(context, 3);
  const text = app.read('0002-tag.ts');
  rmSync(join(app.versions, '0002-tag.ts'));
  const refused = withDatabase(app, 'check');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /FC_REVISION_INVALID: index\.ts lists 0002-tag\.ts, and there is no such file\./);
  assert.match(refused.stderr, /where {2}.*index\.ts:\d+\n {2}next {3}Bring it back \(git checkout -- 0002-tag\.ts\)/);
  assert.match(app.db('heads').stdout, /gone {2}0002-tag\.ts: index\.ts lists it/);
  const lost = app.db('revision', '-m', 'more', '--autogenerate');
  assert.deepEqual([lost.code, /newer revisions stand on it/.test(lost.stderr)], [1, true], lost.stderr);
  app.write('0002-tag.ts', text);
  assert.equal(app.db('heads').code, 0);
});

test('the newest revision file may be deleted and written anew: revision says what it took out of the index', (context) => {
  const app = withRevisions(context, 2);
  rmSync(join(app.versions, '0002-tag.ts'));
  const said = app.db('revision', '-m', 'tags', '--autogenerate');
  assert.equal(said.code, 0, said.stderr);
  assert.match(said.stdout, /note {3}index\.ts listed 0002-tag\.ts, which the folder does not have any more/);
  assert.match(said.stdout, /wrote {2}.*0002-tags\.ts/);
  assert.equal(app.db('heads').code, 0);
});

test('a revision file that is no TypeScript is named with its line, also by commands that read the folder', (context) => {
  const app = withRevisions(context, 1);
  app.write('0001-note.ts', `${app.read('0001-note.ts')}\nexport const more = ;\n`);
  const line = app.read('0001-note.ts').trimEnd().split('\n').length;
  const { code, stderr } = app.db('heads', '--json');
  assert.equal(code, 1);
  const { error } = JSON.parse(stderr) as { error: { code: string; where: string } };
  assert.equal(error.code, 'FC_REVISION_INVALID');
  assert.ok(error.where.endsWith(`0001-note.ts:${line}`), error.where);
});

test('FlashCase’s own history that cannot be loaded is said as that by every command group, and heads still works', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-broken-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['src', 'bin', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const index = join(folder, 'src/versions/index.ts');
  writeFileSync(index, readFileSync(index, 'utf8').replaceAll('0001-initial', '0001-started'));
  const run = (...words: string[]): Said => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'bin/flashcase.mjs'), ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '' },
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  };
  for (const words of [['db', 'upgrade'], ['serve']]) {
    const { code, stderr } = run(...words);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /FC_REVISION_INVALID: index\.ts lists 0001-started\.ts, and there is no such file\.\n {2}where {2}.*index\.ts:\d/,
    );
    assert.match(stderr, /flashcase db heads --write-index/);
  }
  assert.match(run('db', 'heads').stdout, /head {2}\d{4}-[\w-]+\.ts\ngone {2}0001-started\.ts/);
  assert.equal(run('db', 'heads', '--write-index').code, 0);
  assert.equal(run('db', 'history').code, 0);
});

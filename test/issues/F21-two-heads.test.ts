// slow
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rebaseRevision } from '../../src/revisions/source/rebase.ts';
import { readSources } from '../../src/revisions/source/sources.ts';
import { schema } from '../../src/schema/index.ts';
import { hasCode } from '../revisions/own-schema.ts';
import { type App, newApp, tableText } from '../revisions/source/app.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const BASE = tableText('note', 'body: s.text()');

/** Two branches that are green by themselves, each with a 0002, merged by git without a conflict. */
function merged(context: TestContext): App {
  const app = newApp(context);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args], {
      cwd: app.folder,
      encoding: 'utf8',
    });
  copyFileSync(join(root, '.gitattributes'), join(app.folder, '.gitattributes'));
  const attributes = readFileSync(join(app.folder, '.gitattributes'), 'utf8');
  assert.match(attributes, /^src\/versions\/index\.ts merge=union$/m);
  writeFileSync(join(app.folder, '.gitattributes'), attributes.replaceAll('src/', ''));
  git('init', '-q');
  app.model(BASE, 'note');
  assert.equal(app.db('revision', '-m', 'first', '--autogenerate').code, 0);
  git('add', '-A');
  git('commit', '-qm', 'first');
  const branch = (name: string, message: string, table: string): void => {
    git('checkout', '-qb', name, 'main');
    const model = readFileSync(join(app.folder, 'model.ts'), 'utf8');
    app.model(`${BASE}${tableText(table, 'word: s.text()')}`, `note, ${table}`);
    assert.equal(app.db('revision', '-m', message, '--autogenerate').code, 0);
    assert.equal(app.db('heads').code, 0);
    writeFileSync(join(app.folder, 'model.ts'), model);
    git('add', '-A');
    git('commit', '-qm', message);
  };
  branch('one', 'tags', 'tag');
  branch('two', 'links', 'link');
  git('merge', '-q', '--no-edit', 'one');
  app.model(`${BASE}${tableText('tag', 'word: s.text()')}${tableText('link', 'word: s.text()')}`, 'note, tag, link');
  return app;
}

test('F21: two branches that each wrote a revision merge without a conflict, and heads names both files and the command', (context) => {
  const app = merged(context);
  const said = app.db('heads');
  assert.equal(said.code, 1);
  assert.match(said.stdout, /Two branches wrote 0002: 0002-links\.ts and 0002-tags\.ts\./);
  assert.match(said.stdout, /flashcase db rebase 0002-tags/);
  const refused = app.db('revision', '-m', 'third', '--autogenerate');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /FC_REVISION_DUPLICATE.*0002-links\.ts and 0002-tags\.ts/);
});

test('F21: rebase gives one the next free id, in name, text and index, and then there is one head and nothing to write', (context) => {
  const app = merged(context);
  const said = app.db('rebase', '0002-tags');
  assert.equal(said.code, 0, said.stderr);
  assert.equal(said.stdout, '0002-tags.ts is now 0003-tags.ts\n');
  assert.deepEqual(readdirSync(app.versions).sort(), [
    '0001-first.ts',
    '0002-links.ts',
    '0003-tags.ts',
    'index.ts',
    'project.ts',
    'schema.lock',
  ]);
  assert.match(app.read('0003-tags.ts'), /id: '0003',/);
  assert.equal(app.db('heads').code, 0);
  assert.equal(app.db('diff').code, 0);
  assert.match(app.db('rebase', '0003-tags').stdout, /Nothing to do/);
});

test('rebase refuses what was released, and asks where one of two was', (context) => {
  const app = merged(context);
  const project = join(app.versions, 'project.ts');
  writeFileSync(project, readFileSync(project, 'utf8').replace('revisions };', "revisions, released: '0002' };"));
  const asked = app.db('rebase', '0002-tags');
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /0002 was released, and there are two of it: 0002-tags\.ts and 0002-links\.ts/);
  assert.match(app.db('rebase', '0001').stderr, /0001 first was released \(up to 0002\), so it keeps its id/);
  assert.equal(app.db('rebase', '0002-tags', '--unreleased').code, 0);
});

test('rebase refuses a revision that the database has applied, and takes the other of its id', async (context) => {
  const app = merged(context);
  const sources = await readSources(app.versions);
  const project = { schema: schema({}), revisions: [] };
  const applied = [{ id: '0002', name: 'tags' }];
  await assert.rejects(
    rebaseRevision(sources, '0002-tags', { project, applied }),
    hasCode(
      'FC_REVISION_INVALID',
      /0002 tags is applied in the database, so it keeps its id/,
      /flashcase db rebase 0002-links$/m,
    ),
  );
  assert.deepEqual((await rebaseRevision(sources, '0002-links.ts', { project, applied })).to, '0003-links.ts');
});

test('rebase of an applied revision names the way back that takes just it and the later ones', async (context) => {
  const app = merged(context);
  assert.equal(app.db('rebase', '0002-tags').code, 0);
  const sources = await readSources(app.versions);
  const project = { schema: schema({}), revisions: [] };
  const names = [
    ['0001', 'first'],
    ['0002', 'links'],
    ['0003', 'tags'],
  ] as const;
  const refused = (file: string, count: number, wanted: RegExp): Promise<void> =>
    assert.rejects(
      rebaseRevision(sources, file, { project, applied: names.slice(0, count).map(([id, name]) => ({ id, name })) }),
      hasCode('FC_REVISION_INVALID', wanted),
    );
  await refused('0003-tags', 3, /Take it back first: flashcase db downgrade 0002 --yes/);
  await refused('0002-links', 3, /Take it back first, which takes back 0003 too: flashcase db downgrade 0001 --yes/);
  await refused('0001-first', 2, /which takes back 0002 too: flashcase db downgrade base --yes/);
});

test('rebase refuses a revision that does not fit behind the others, and changes nothing', (context) => {
  const app = newApp(context);
  app.model(BASE, 'note');
  app.db('revision', '-m', 'first', '--autogenerate');
  app.model('', '');
  app.db('revision', '-m', 'gone', '--autogenerate');
  const before = readdirSync(app.versions).sort();
  const said = app.db('rebase', '0001-first');
  assert.equal(said.code, 1);
  assert.match(said.stderr, /does not fit behind the others/);
  assert.deepEqual(readdirSync(app.versions).sort(), before);
});

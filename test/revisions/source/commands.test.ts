// slow
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { libraryFor, ownVersions } from '../../../src/revisions/source/library.ts';
import { requireSources } from '../../../src/revisions/source/sources.ts';
import { hasCode } from '../own-schema.ts';
import { db, newApp, tableText } from './app.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../../..');

test('init, revision --autogenerate, diff: a new application has its history in files that compile and are short', (context) => {
  const app = newApp(context);
  assert.equal(app.db('diff').code, 3);
  const said = app.db('revision', '-m', 'First tables', '--autogenerate');
  assert.equal(said.code, 0, said.stderr);
  assert.match(said.stdout, /^wrote {2}.*0001-first-tables\.ts\nup {5}create table note\ndown {3}drop table note\n$/);
  assert.match(app.read('0001-first-tables.ts'), /upgrade: \[createTable\(note\)\],\n {2}downgrade: \[dropTable\('note'\)\],/);
  assert.match(app.read('index.ts'), /\n {2}firstTables, \/\/ 0001\n/);

  app.model(
    tableText('note', 'body: s.text(), lang: s.text({ default: "de" }), mark: s.int32()', "indexes: { ix_note_lang: ['lang'] }"),
    'note',
  );
  const second = app.db('revision', '-m', 'mark and language', '--autogenerate', '--drop', 'note.created_at');
  assert.equal(second.code, 0, second.stderr);
  const text = app.read('0002-mark-and-language.ts');
  assert.match(text, /addColumn\('lang', text\(\{ default: 'de' \}\)\),/);
  assert.match(
    text,
    /\/\/ To decide: what existing rows have in it, as \{ fill: '…' \}\..*\n {6}addColumn\('mark', int32\(\)\),/,
  );
  assert.match(
    text,
    /\/\/ Drops the values of created_at; the way back cannot bring them back\.\n {6}dropColumn\('created_at'\),/,
  );
  assert.match(text, /\/\/ Its values are gone\.\n {6}\/\/ To decide.*\n {6}addColumn\('created_at', timestamp\(\)\),/);
  assert.equal(app.db('diff').code, 0);

  const lock = app.read('schema.lock');
  app.write('schema.lock', lock.replace('default «de»', 'default «at»'));
  const stale = app.db('diff');
  assert.deepEqual([stale.code, /schema\.lock says something else.*--autogenerate --versions/.test(stale.stdout)], [3, true]);
  assert.match(app.db('revision', '-m', 'lock', '--autogenerate').stdout, /Nothing to write/);
  assert.deepEqual([app.read('schema.lock'), app.db('diff').code], [lock, 0]);

  app.model(tableText('note', 'body: s.text({ nullable: true }), lang: s.text({ nullable: true }), mark: s.int32()', ''), 'note');
  assert.equal(app.db('revision', '-m', 'optional', '--autogenerate').code, 0);
  assert.match(
    app.read('0003-optional.ts'),
    /\/\/ Rows without a lang get one by 'using'; nobody can tell afterwards which they were\.\n {6}changeColumn\('lang'/,
  );

  writeFileSync(join(app.folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(app.folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
      include: ['**/*.ts'],
    }),
  );
  const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', app.folder], {
    encoding: 'utf8',
  });
  assert.equal(
    tsc.stdout
      .split('\n')
      .filter((line) => line.includes('versions/'))
      .join('\n'),
    '',
  );
  assert.equal(tsc.status, 0, tsc.stdout);
});

test('init refuses to write over a file, and writes none then', (context) => {
  const app = newApp(context);
  writeFileSync(join(app.versions, 'index.ts'), '// mine');
  const said = db(['init', app.folder, '--json']);
  assert.equal(said.code, 1);
  assert.match(said.stderr, /FC_BAD_REQUEST/);
  assert.equal(app.read('index.ts'), '// mine');
});

test('revision: an empty one is for a hand to fill; a message without letters and a name that is there are refused', (context) => {
  const app = newApp(context);
  const said = app.db('revision', '-m', 'by hand', '--empty', '--json');
  assert.equal(said.code, 0, said.stderr);
  assert.deepEqual(JSON.parse(said.stdout).written.upgrade, []);
  assert.match(app.read('0001-by-hand.ts'), /upgrade: \[\],\n {2}downgrade: \[\],/);
  assert.equal(app.db('revision', '-m', '!!').code, 1);
  assert.match(app.db('revision', '-m', 'By hand').stderr, /0001 is called by_hand already/);
  assert.equal(app.db('revision', '-m', 'x', '--empty', '--autogenerate').code, 1);
  assert.deepEqual(
    readdirSync(app.versions).filter((file) => /^\.|\.new$/.test(file)),
    [],
    'nothing half written is left',
  );
});

test('an installed package says that it has no sources, and works on another application’s folder by its own name', () => {
  const installed = '/app/node_modules/.pnpm/x/node_modules/flashcase/dist/revisions/source/library.js';
  assert.throws(
    () => requireSources(ownVersions(installed)),
    hasCode('FC_REVISION_NO_SOURCES', /This installation has no sources/),
  );
  assert.equal(libraryFor('/app/versions', installed).path('revisions/step'), 'flashcase/revisions');
  assert.equal(libraryFor('/app/versions', installed).path('schema/index'), 'flashcase/schema');
  assert.ok(existsSync(join(requireSources(ownVersions()), 'index.ts')));
  const said = db(['heads', '--versions', '/nowhere/at/all']);
  assert.equal(said.code, 1);
  assert.match(said.stderr, /FC_REVISION_NO_SOURCES.*\n.*\/nowhere\/at\/all/);
});

test('show tells a revision in words and as SQL on each engine, and says what is not there', (context) => {
  const app = newApp(context);
  app.db('revision', '-m', 'first', '--autogenerate');
  app.model(tableText('note', 'body: s.text({ default: "x" }), created_at: s.timestamp()'), 'note');
  app.db('revision', '-m', 'second', '--autogenerate');
  const said = app.db('show', '0002');
  assert.match(said.stdout, /up {4}change table note: change column body/);
  assert.match(
    said.stdout,
    /-- sqlite, upgrade\n-- note is built anew, its rows copied, compared and counted:\nCREATE TABLE "note"/,
  );
  assert.match(said.stdout, /-- postgres, upgrade\nALTER TABLE "note" ALTER COLUMN "body" SET DEFAULT 'x';\n/);
  assert.deepEqual(Object.keys(JSON.parse(app.db('show', 'second', '--json').stdout).sql), ['sqlite', 'postgres']);
  assert.equal(app.db('show', '0009').code, 1);
});

test('history lists both sides: applied, edited, pending, and what only the database has', (context) => {
  const app = newApp(context);
  const env = { DATABASE_URL: `sqlite:///${join(app.folder, 'flashcase.db')}` };
  assert.match(db(['history'], env).stdout, /^pending {3}0001 {2}initial\n/);
  assert.equal(db(['upgrade'], env).code, 0);
  const [entry] = JSON.parse(db(['history', '--json'], env).stdout).history;
  assert.equal(entry.state, 'applied');
  assert.ok(entry.appliedAt !== undefined && entry.appliedBy !== undefined && entry.durationMs >= 0);
});

test('the files of FlashCase’s own history make its index, and its model has no changes', () => {
  const said = db(['heads', '--json']);
  assert.equal(said.code, 0, said.stdout);
  assert.equal(db(['diff']).stdout, 'No changes: the model is what the history makes.\n');
  assert.match(readFileSync(join(root, 'src/versions/index.ts'), 'utf8'), /initial, \/\/ 0001\n/);
});

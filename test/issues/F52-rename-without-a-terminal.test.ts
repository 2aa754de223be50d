import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { newApp, tableText } from '../revisions/source/app.ts';

/** Nobody answers in CI: what may be a rename is neither dropped nor asked about, and the mark to write is named. */

test('F52: a column that is gone beside a new one is never dropped; the mark to write is named, and it renames', (context) => {
  const app = newApp(context);
  app.model(tableText('note', 'body: s.text({ nullable: true }), mark: s.int32()'), 'note');
  assert.equal(app.db('revision', '-m', 'first', '--autogenerate').code, 0);
  app.model(tableText('note', 'points: s.int32(), content: s.text({ nullable: true })'), 'note');
  const said = app.db('revision', '-m', "it's renamed", '--autogenerate');
  assert.equal(said.code, 2);
  assert.match(said.stderr, /FC_REVISION_DECISION_NEEDED/);
  assert.match(
    said.stderr,
    /note\.body is gone and note\.content is new: if it was renamed, add renamedFrom: 'body' to its options, the others as they are: content: text\(\{ nullable: true, renamedFrom: 'body' \}\)/,
  );
  assert.match(said.stderr, /points: int32\(\{ renamedFrom: 'mark' \}\)/);
  assert.match(
    said.stderr,
    /If all of it really goes: flashcase db revision -m "it's renamed" --autogenerate --drop 'note\.body' --drop 'note\.mark'/,
  );
  assert.deepEqual(readdirSync(app.versions).sort(), ['0001-first.ts', 'index.ts', 'project.ts', 'schema.lock']);

  app.model(tableText('note', 'points: s.int32({ renamedFrom: "mark" }), content: s.text({ nullable: true })'), 'note');
  assert.equal(
    app.db('revision', '-m', 'renamed', '--autogenerate', '--drop', 'note.mark').code,
    1,
    'what is renamed does not go',
  );
  const half = app.db('revision', '-m', 'renamed', '--autogenerate');
  assert.equal(half.code, 2, 'the other is still open');
  assert.doesNotMatch(half.stderr, /note\.mark/);

  const really = app.db('revision', '-m', 'renamed', '--autogenerate', '--drop', 'note.body');
  assert.equal(really.code, 0, really.stderr);
  assert.match(really.stdout, /rename column mark to points, add column content, drop column body/);
  assert.equal(
    app.db('revision', '-m', 'again', '--autogenerate').stdout,
    'Nothing to write: the model is what the history makes.\n',
  );
});

test('F52: a table that is gone beside a new one is never dropped; a drop alone says what it loses', (context) => {
  const app = newApp(context);
  app.model(`${tableText('note', 'body: s.text()')}${tableText('tag', 'word: s.text()')}`, 'note, tag');
  assert.equal(app.db('revision', '-m', 'first', '--autogenerate').code, 0);
  app.model(`${tableText('entry', 'body: s.text()')}${tableText('tag', 'word: s.text()')}`, 'entry, tag');
  const said = app.db('revision', '-m', 'renamed', '--autogenerate');
  assert.equal(said.code, 2);
  assert.match(
    said.stderr,
    /table note is gone and table entry is new: .* add renamedFrom: 'note' to the parts of table\('entry', \{ … \}\)/,
  );
  app.model(`${tableText('entry', 'body: s.text()', "renamedFrom: 'note'")}${tableText('tag', 'word: s.text()')}`, 'entry, tag');
  assert.match(app.db('revision', '-m', 'renamed', '--autogenerate').stdout, /up {5}rename table note to entry\n/);

  app.model(tableText('entry', 'body: s.text()', "renamedFrom: 'note'"), 'entry');
  const dropped = app.db('revision', '-m', 'no tags', '--autogenerate');
  assert.equal(dropped.code, 0, dropped.stderr);
  assert.match(dropped.stdout, /note {3}drop table tag: Drops every row of tag; the way back makes it empty\./);
});

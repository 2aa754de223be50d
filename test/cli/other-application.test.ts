// slow
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { db, newApp, type Said, tableText } from '../revisions/source/app.ts';
import { engines } from '../support/database.ts';

for (const target of engines().filter(({ name }) => name === 'sqlite' || name === 'postgres 15')) {
  test(`every db command works on another application with --versions, from init to undo, and FlashCase’s tables stay out (${target.name})`, {
    skip: target.skip,
  }, async (context) => {
    const app = newApp(context);
    const place = await target.fresh();
    context.after(() => place.drop());
    const run = (...words: string[]): Said => db([...words, '--versions', 'versions'], { DATABASE_URL: place.url }, app.folder);
    const done = (...words: string[]): string => {
      const { code, stdout, stderr } = run(...words);
      assert.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    };
    done('revision', '-m', 'first', '--autogenerate');
    app.model(tableText('note', 'body: s.text(), created_at: s.timestamp(), lang: s.text({ nullable: true })'), 'note');
    done('revision', '-m', 'language', '--autogenerate');
    assert.equal(done('diff'), 'No changes: the model is what the history makes.\n');
    assert.match(done('lint'), /^2 revisions looked at/);
    assert.match(done('plan'), /0001 first[\s\S]*0002 language/);
    const script = JSON.parse(done('upgrade', '--sql', '--from', '0001', '--json')) as Record<string, string>;
    assert.deepEqual([script.direction, script.from, script.to], ['up', '0001', '0002']);
    assert.match(script.script ?? '', /ADD COLUMN "lang"/);
    assert.match(done('upgrade', '+1'), /^applied {2}0001 first {2}\d+ ms\n$/);
    assert.match(
      done('upgrade', '0001'),
      /at 0001 first, as asked\. Pending: 0002 language \(flashcase db upgrade --versions versions\)/,
    );
    assert.match(done('current'), /pending {2}0002 language\n +flashcase db upgrade --versions versions applies/);
    done('upgrade');
    assert.match(done('check'), /^The database is as its revisions say \(0002 language\); the model agrees/);
    assert.match(done('history'), /^applied {3}0001 {2}first .*\napplied {3}0002 {2}language /);
    assert.match(done('stamp', 'head'), /Nothing to do/);
    assert.match(done('repair'), /Nothing to repair/);
    assert.match(done('undo', '0002'), /^taken back {2}0002 /m);
    const asked = run('downgrade', '-1');
    assert.equal(asked.code, 2, asked.stderr);
    assert.match(asked.stderr, /Taking back 0001 deletes[\s\S]*why {4}\S/);
    done('downgrade', 'base', '--yes');
    done('finish');
    const { form } = JSON.parse(db(['inspect', '--json'], { DATABASE_URL: place.url }, app.folder).stdout) as { form: string[] };
    assert.deepEqual(form, []);
  });
}

test('in another application’s folder nothing works on FlashCase’s own tables by mistake, nor on its default database', (context) => {
  const app = newApp(context);
  const unnamed = db(['upgrade'], { DATABASE_URL: 'sqlite:///./app.db' }, app.folder);
  assert.equal(unnamed.code, 1);
  assert.match(unnamed.stderr, /FC_BAD_REQUEST: This folder is an application’s of its own[\s\S]*--versions versions/);
  const nowhere = db(['upgrade', '--versions', 'versions'], {}, app.folder);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /FC_SETTINGS_INVALID: DATABASE_URL is not set/);
  for (const file of ['app.db', 'flashcase.db']) assert.equal(existsSync(join(app.folder, file)), false);
});

test('a database of another application is refused as that, with no advice about branches; a file not listed in the index is not left out', (context) => {
  const app = newApp(context);
  const run = (...words: string[]): Said =>
    db([...words, '--versions', 'versions'], { DATABASE_URL: 'sqlite:///./own.db' }, app.folder);
  assert.equal(db(['upgrade'], { DATABASE_URL: `sqlite:///${join(app.folder, 'own.db')}` }).code, 0);
  assert.equal(run('revision', '-m', 'first', '--autogenerate').code, 0);
  for (const command of ['upgrade', 'check', 'undo']) {
    const { code, stderr } = run(command);
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /FC_SCHEMA_UNKNOWN: This database follows another history: it begins with 0001 initial, this code’s with 0001 first/,
    );
    assert.doesNotMatch(stderr, /rebase/);
  }
  const index = app.read('index.ts');
  app.write('index.ts', index.replace(/^.*\/\/ 0001\n/m, ''));
  const { code, stderr } = run('upgrade');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /FC_REVISION_INVALID[\s\S]*The files are 0001 first; project\.ts has none[\s\S]*heads --write-index --versions versions/,
  );
});

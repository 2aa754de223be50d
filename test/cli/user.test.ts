import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

test('what administrators do about people on the page is a command too', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const user = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'user', ...args], {
      cwd: folder,
      env: {
        ...process.env,
        DATABASE_URL: `sqlite:///${join(folder, 'flashcase.db')}`,
        PUBLIC_URL: 'https://cards.example.org',
      },
      encoding: 'utf8',
    });
    return { status, text: `${stdout}${stderr}` };
  };
  const made = spawnSync(process.execPath, [main, 'db', 'upgrade'], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: `sqlite:///${join(folder, 'flashcase.db')}` },
  });
  assert.equal(made.status, 0);
  user('create', 'root', 'root@law.edu', '--admin');
  user('create', 'anna', 'anna@law.edu');
  const lastAdmin = user('revoke-admin', 'root');
  assert.equal(lastAdmin.status, 1);
  assert.match(lastAdmin.text, /This is the last administrator/);
  assert.match(user('grant-admin', 'anna').text, /anna is an administrator\./);
  assert.equal(user('quota', 'anna', '500').status, 0);
  assert.equal(user('disable', 'anna').status, 0);
  assert.match(user('show', 'anna').text, /disabled, admin.*\n0 decks.*\n0 logins, at most 500 cards/);
  assert.match(user('reset-password', 'anna').text, /https:\/\/cards\.example\.org\/reset-password#[\w-]{43}\n/);
  assert.equal(user('export', 'anna', '-o', 'anna.zip').status, 0);
  assert.ok(existsSync(join(folder, 'anna.zip')));
  const asked = user('delete', 'anna');
  assert.equal(asked.status, 2);
  assert.match(asked.text, /0 decks, 0 cards and 0 reviews.*gone for good/);
  assert.equal(user('delete', 'anna', '--yes').status, 0);
  assert.doesNotMatch(user('list').text, /anna|deleted-/);
  assert.equal(user('show', 'anna').status, 1);
  // The trail has the number of the account, and not its name, also of the deletion that was only asked about.
  const deletions = readFileSync(join(folder, 'flashcase.db.audit', 'journal.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"user delete"'));
  assert.ok(deletions.length >= 4, deletions.join());
  assert.equal(deletions.filter((line) => line.includes('\\"account\\":\\"2\\"')).length, 2, deletions.join());
  assert.ok(
    deletions.every((line) => !line.includes('anna')),
    deletions.join(),
  );
});

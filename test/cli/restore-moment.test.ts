// slow
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../support/child-env.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

test('a moment as an operator restores it: while the server runs into a new file, in place when it is stopped, and refused with the windows when it is out of reach', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-cli-moment-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = childEnv({ DATABASE_URL: 'sqlite:///./flashcase.db', PORT: '0', BACKUP_LOG: '1' });
  const flashcase = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], { cwd: folder, env, encoding: 'utf8' });
    return { code: status, out: stdout, err: stderr };
  };
  // A server that finds the place of a log begins with it at once.
  mkdirSync(join(folder, 'flashcase.db.backups', 'log'), { recursive: true });
  const server = spawn(process.execPath, [entry, 'serve'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => server.kill('SIGKILL'));
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let i = 0; !isSo(); i++) {
      assert.ok(i < 300, said);
      await delay(200);
    }
  };
  await until(() => /with which the change log begins/.test(said));
  assert.match(said, /backup: a new change log begins: there was none/);
  assert.equal(flashcase('user', 'create', 'anna', 'anna@law.edu').code, 0);
  const windows = (): { from: string; to: string }[] =>
    (JSON.parse(flashcase('backup', 'list', '--json').out) as { windows: { from: string; to: string }[] }).windows;
  await until(() => windows()[0]?.to !== undefined);
  const before = windows()[0]?.to ?? '';
  assert.equal(flashcase('user', 'create', 'bob', 'bob@law.edu').code, 0);
  await until(() => (windows()[0]?.to ?? '') > before);
  const list = flashcase('backup', 'list').out;
  assert.match(list, /Any moment from \d{4}-\d\d-\d\d [\d:]{8} to \d{4}-\d\d-\d\d [\d:]{8} UTC: flashcase restore --to TIME/);
  const restored = flashcase('restore', '--to', before, '--into', 'before.db');
  assert.equal(restored.code, 0, restored.err);
  assert.match(restored.out, /^The moment .* UTC \(backup .* and the change log behind it\) is restored: /);
  const usersIn = (file: string): string =>
    spawnSync(process.execPath, [entry, 'user', 'list'], {
      cwd: folder,
      env: { ...env, DATABASE_URL: `sqlite:///./${file}` },
      encoding: 'utf8',
    }).stdout;
  assert.match(usersIn('before.db'), /anna/);
  assert.doesNotMatch(usersIn('before.db'), /bob/);
  const checked = spawnSync(process.execPath, [entry, 'study', 'recompute'], {
    cwd: folder,
    env: { ...env, DATABASE_URL: 'sqlite:///./before.db' },
    encoding: 'utf8',
  });
  assert.equal(checked.status, 0, checked.stderr);
  const refused = flashcase('restore', '--to', '2001-01-01 00:00:00');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /FC_RESTORE_WINDOW: 2001-01-01 [\s\S]*what can be restored is \d{4}-/);
  assert.match(flashcase('restore', '--to', 'yesterday').err, /FC_INPUT_INVALID/);
  assert.equal(flashcase('restore', '--to', before, '--latest').code, 1);
  assert.match(flashcase('restore', '--to', before).err, /FC_DB_BUSY/);
  assert.equal(flashcase('backup', 'verify', '--all').code, 0);
  assert.match(flashcase('drill').out, /is right[\s\S]* moment {4}\d{4}-.* UTC, from the change log: /);
  server.kill('SIGTERM');
  await once(server, 'exit');
  const inPlace = flashcase('restore', '--to', before);
  assert.equal(inPlace.code, 0, inPlace.err);
  assert.match(inPlace.out, / before {2}.*before-restore-/);
  assert.doesNotMatch(usersIn('flashcase.db'), /bob/);
  assert.ok(!existsSync(join(folder, 'flashcase.db-wal')));
});

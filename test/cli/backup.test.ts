// slow
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../support/child-env.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');
const folder = mkdtempSync(join(tmpdir(), 'flashcase-cli-backup-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Env = Record<string, string>;

function flashcase(...given: readonly (string | Env)[]): { code: number | null; out: string; err: string } {
  const args = given.filter((one) => typeof one === 'string');
  const env = given.filter((one) => typeof one !== 'string');
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    cwd: folder,
    env: childEnv({ DATABASE_URL: 'sqlite:///./flashcase.db', ...env[0] }),
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

test('backup, list, verify, drill, restore and prune as an operator types them, with the exit codes they promise', () => {
  assert.match(flashcase('backup', 'now').err, /FC_DB_MISSING/);
  assert.equal(flashcase('db', 'upgrade').code, 0);
  assert.equal(flashcase('user', 'create', 'anna', 'anna@law.edu').code, 0);
  assert.match(flashcase('drill').err, /FC_BACKUP_NOT_FOUND/);
  const none = flashcase('backup', 'verify', '--all');
  assert.deepEqual([none.code, none.out], [1, ''], 'nothing to verify is no good news');
  const made = flashcase('backup', 'now', '--json');
  assert.deepEqual([made.code, made.err], [0, '']);
  const { name } = JSON.parse(made.out) as { name: string };
  assert.match(flashcase('drill').out, /is right[\s\S]* login {5}anna/);
  const list = flashcase('backup', 'list');
  assert.match(list.out, new RegExp(`${name}.*restored in a drill[\\s\\S]*Last drill .* good`));
  assert.equal(flashcase('user', 'create', 'bob', 'bob@law.edu').code, 0);
  assert.deepEqual([flashcase('restore').code, flashcase('restore', name, '--latest').code], [1, 1]);
  const restored = flashcase('restore', '--latest');
  assert.equal(restored.code, 0, restored.err);
  assert.match(restored.out, /is restored: .*[\s\S]*before-restore-[\s\S]*Next: start the server/);
  assert.doesNotMatch(flashcase('user', 'list').out, /bob/);
  // What a killed one left is told by the next.
  writeFileSync(join(folder, 'flashcase.db.restoring'), 'half of it');
  assert.match(flashcase('restore', '--latest').err, /a restore was cut off before it changed anything/);
  assert.match(flashcase('backup', 'prune', '--dry-run').out, /Nothing is past its time/);
  assert.equal(flashcase('backup', 'verify', '--all').code, 0);
  // One of another key among whole ones: not damaged, and not proved either.
  const key = join(folder, 'key');
  writeFileSync(key, 'a'.repeat(64));
  const sealed = flashcase({ BACKUP_KEY_FILE: key }, 'backup', 'now', '--json');
  assert.equal(sealed.code, 0, sealed.err);
  const unproved = flashcase('backup', 'verify', '--all');
  assert.deepEqual([unproved.code, /FC_BACKUP_KEY/.test(unproved.out), /whole/.test(unproved.out)], [1, true, true]);
  assert.match(flashcase({ BACKUP_KEY_FILE: key }, 'restore', name).err, /FC_BACKUP_UNSEALED.*[\s\S]*--accept-unsealed/);
  assert.equal(flashcase({ BACKUP_KEY_FILE: key }, 'backup', 'verify', name).code, 1);
  assert.equal(flashcase({ BACKUP_KEY_FILE: key }, 'backup', 'verify', '--all', '--accept-unsealed').code, 0);
  rmSync(join(folder, 'flashcase.db.backups', (JSON.parse(sealed.out) as { name: string }).name), { recursive: true });
  const data = join(folder, 'flashcase.db.backups', name);
  writeFileSync(join(data, readdirSync(data).find((file) => file.startsWith('database')) as string), 'x', { flag: 'a' });
  const damaged = flashcase('backup', 'verify', name);
  assert.deepEqual([damaged.code, damaged.out], [3, '']);
  assert.match(damaged.err, /FC_BACKUP_DAMAGED: [\s\S]* next /);
  assert.equal(flashcase('backup', 'verify', '--all', '--json').code, 3);
  assert.equal(flashcase('restore', name, '--into', 'new.db').code, 3);
  assert.equal(flashcase('drill', '--json').code, 3);
  assert.equal(readdirSync(folder).includes('new.db'), false);
});

test('a server that starts brings a killed restore to an end, removes what killed backups left, and says so', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'flashcase-cli-start-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const left = join(home, 'flashcase.db.backups', '.partial-20260101T000000000000Z');
  mkdirSync(left, { recursive: true });
  writeFileSync(join(home, 'flashcase.db.restoring'), 'half of it');
  const server = spawn(process.execPath, [entry, 'serve', '--port', '0'], {
    cwd: home,
    env: childEnv({ DATABASE_URL: 'sqlite:///./flashcase.db', BACKUP_SCHEDULE: 'off' }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  t.after(() => server.kill('SIGKILL'));
  await once(server.stdout, 'data');
  assert.match(err, /backup: a restore was cut off before it changed anything[\s\S]*backup: removed .*\.partial-2026/);
  assert.deepEqual([existsSync(left), readdirSync(home).filter((name) => name.endsWith('.restoring'))], [false, []]);
  server.kill('SIGTERM');
  await once(server, 'close');
});

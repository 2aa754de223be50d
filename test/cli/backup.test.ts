// slow
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../support/child-env.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');
const folder = mkdtempSync(join(tmpdir(), 'flashcase-cli-backup-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function flashcase(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    cwd: folder,
    env: childEnv({ DATABASE_URL: 'sqlite:///./flashcase.db' }),
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

test('backup, list, verify, drill, restore and prune as an operator types them, with the exit codes they promise', () => {
  assert.match(flashcase('backup', 'now').err, /FC_DB_MISSING/);
  assert.equal(flashcase('db', 'upgrade').code, 0);
  assert.equal(flashcase('user', 'create', 'anna', 'anna@law.edu').code, 0);
  assert.match(flashcase('drill').err, /FC_BACKUP_NOT_FOUND/);
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
  assert.match(flashcase('backup', 'prune', '--dry-run').out, /Nothing is past its time/);
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

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { legacyFile } from '../support/legacy.ts';

const main = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

test('quarantine: rows are listed with the key they had, shown cell by cell, refused while their parent is missing, and given up on request', (context) => {
  const { url, file, drop } = legacyFile(1);
  context.after(drop);
  const flashcase = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      cwd: dirname(file),
      env: { ...process.env, DATABASE_URL: url },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  assert.equal(flashcase('db', 'adopt').status, 0);
  const list = flashcase('quarantine', 'list').stdout.trimEnd().split('\n');
  assert.equal(list.length, 10);
  assert.match(list[0] as string, /^ +1 {2}card +id=242 +orphan +card\.deck_id = 17: /);
  assert.equal(
    new Set(list.map((line) => line.trim().split(/ +/).slice(1, 3).join(' '))).size,
    10,
    'each row can be told from the others',
  );

  const shown = flashcase('quarantine', 'show', '1').stdout;
  assert.match(shown, /^ +deck_id +integer +17$/m);
  assert.match(shown, /^ +created_at +text +"2025-12-14 11:44:28\.927023"$/m);

  const blocked = flashcase('quarantine', 'restore', '1');
  assert.deepEqual([blocked.status, blocked.stderr.split(':')[0]], [2, 'FC_QUARANTINE_BLOCKED']);
  assert.equal(flashcase('quarantine', 'discard', '1').status, 0);
  assert.equal(flashcase('quarantine', 'list').stdout.trimEnd().split('\n').length, 9);
  assert.deepEqual(
    [flashcase('quarantine', 'show', '1').stderr.split(':')[0], flashcase('quarantine', 'show', 'x').stderr.split(':')[0]],
    ['FC_NOT_FOUND', 'FC_INPUT_INVALID'],
  );
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rowFromJson } from '../../src/schema/stored-cell.ts';
import { legacyFile } from '../support/legacy.ts';

const main = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

test('study counts: an adopted file is counted; what is wrong is named with its user, and counted anew on request', (context) => {
  const { url, file, drop } = legacyFile(2);
  context.after(drop);
  const flashcase = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      cwd: dirname(file),
      env: { ...process.env, DATABASE_URL: url },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const early = flashcase('study', 'counts');
  assert.notEqual(early.status, 0);
  assert.equal(flashcase('db', 'adopt').status, 0);
  assert.deepEqual(flashcase('study', 'counts'), {
    status: 0,
    stdout: 'The counts of all users are what their reviews say.\n',
    stderr: '',
  });

  const db = new DatabaseSync(file);
  // A review whose card was missing comes back, and is counted.
  const orphan = db
    .prepare("SELECT id, cells FROM quarantine WHERE table_name = 'study_log' AND detail LIKE 'study_log.card_id%' LIMIT 1")
    .get() as { id: number; cells: string };
  const cardId = String((rowFromJson(orphan.cells) as { card_id?: { value?: unknown } }).card_id?.value);
  db.exec(
    `INSERT INTO card (id, deck_id, front, back, created_at, updated_at) SELECT ${cardId}, id, 'q', 'a', created_at, updated_at FROM deck LIMIT 1`,
  );
  assert.deepEqual(flashcase('quarantine', 'restore', String(orphan.id)).stderr, '');
  assert.equal(flashcase('study', 'counts').status, 0);

  const { user_id } = db.prepare('SELECT user_id FROM review_counts ORDER BY user_id LIMIT 1').get() as { user_id: number };
  db.prepare(
    'UPDATE review_counts SET young_good = young_good + 1 WHERE rowid IN (SELECT rowid FROM review_counts WHERE user_id = ? LIMIT 2)',
  ).run(user_id);
  db.close();
  const found = flashcase('study', 'counts');
  assert.equal(found.status, 3);
  // Each is there as it should not be, and not there as it should be.
  assert.match(
    found.stdout,
    new RegExp(`^User ${user_id} \\S+: 4 counts are wrong\\.\\nNext: flashcase study counts --rebuild\\n$`),
  );
  const json = flashcase('study', 'counts', '--json');
  assert.deepEqual(
    JSON.parse(json.stdout).map((row: { userId: number; wrong: number }) => [row.userId, row.wrong]),
    [[user_id, 4]],
  );
  const rebuilt = flashcase('study', 'counts', '--rebuild');
  assert.deepEqual([rebuilt.status, /counted anew/.test(rebuilt.stdout)], [3, true]);
  assert.equal(flashcase('study', 'counts').status, 0);
});

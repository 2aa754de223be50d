// slow
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { newFolder, onSources, typeErrors } from '../support/type-check.ts';
import { freshTarget, servers } from './library.ts';
import { onPostgres } from './live.ts';
import { MOVED, writeMoveExample } from './move-example.ts';

test('the code in the guide to the move as a library compiles', (t) => {
  const folder = newFolder(t);
  writeMoveExample(folder, onSources);
  assert.equal(typeErrors(folder), '');
});

for (const target of servers())
  test(`a shop with composite keys, references of two columns and a cycle of rows moves live, back and again by the guide's own code (${target.name})`, {
    skip: target.skip,
    timeout: 240_000,
  }, async (t) => {
    const folder = newFolder(t);
    writeMoveExample(folder, onSources);
    const url = await freshTarget(t, target);
    const { stdout } = await promisify(execFile)(process.execPath, ['shop.ts', join(folder, 'shop.db'), url], { cwd: folder });
    assert.equal(stdout, MOVED);
    assert.equal(existsSync(join(folder, 'shop.db')), false);
    const { rows } = await onPostgres(url, (client) =>
      client.query('SELECT order_no, line_no, seller_id, article FROM order_line ORDER BY 1, 2'),
    );
    assert.deepEqual(
      rows.map((row) => Object.values(row).join(' ')),
      ['10248 1 1 Tofu', '10248 2 1 Chai', '10249 1 3 Chai', '10250 1 2 Pavlova'],
    );
    const bosses = await onPostgres(url, (client) => client.query('SELECT id, boss_id FROM employee ORDER BY id'));
    assert.deepEqual(
      bosses.rows.map((row) => Object.values(row).join(' ')),
      ['1 2', '2 1', '3 2'],
    );
  });

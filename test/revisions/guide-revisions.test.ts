import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { diff } from '../../src/revisions/diff.ts';
import { lint, lintLines } from '../../src/revisions/lint/lint.ts';
import { NO_RENAMES } from '../../src/revisions/renames.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import type { Schema } from '../../src/schema/table.ts';
import { everydayEngines } from '../support/database.ts';
import { sourceOf } from '../support/type-check.ts';
import { writeExample } from './guide-example.ts';
import { onFresh } from './own-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'flashcase-guide-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const files = writeExample(folder, sourceOf);

async function load<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(join(folder, file)).href)) as T;
}

const revisions = await Promise.all(
  files
    .filter((file) => file.startsWith('versions/'))
    .toSorted()
    .map(async (file) => (await load<{ revision: Revision }>(file)).revision),
);

test('the guide’s revisions make the model that it shows, and lint has nothing against them', async () => {
  const { model } = await load<{ model: Schema }>('model-later.ts');
  assert.deepEqual(revisions.map(({ id }) => id).join(), '0001,0002,0003,0004,0005,0006,0007');
  assert.deepEqual(diff(replay(revisions), model, NO_RENAMES), []);
  for (let at = 2; at < revisions.length; at++) {
    const newest = revisions.slice(0, at + 1);
    const report = await lint({ schema: model, revisions: newest, released: revisions[at - 1]?.id as string });
    assert.deepEqual(
      report.findings.filter(({ level }) => level !== 'note'),
      [],
      lintLines(report).join('\n'),
    );
  }
});

for (const target of everydayEngines()) {
  test(`the guide’s revisions do what it says of them, and go back (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async ({ run, query, direct, engine }) => {
      await upgrade(run(revisions.slice(0, 2)));
      const form = () => direct((connection) => engine.introspect(connection));
      const before = await form();
      await query("INSERT INTO parcel (label, grams) VALUES ('a\tb', 30000), ('c', 10), ('d', NULL)");
      await upgrade(run(revisions));
      const heavy = await query('SELECT label, CAST(is_heavy AS text) AS is_heavy FROM parcel ORDER BY label');
      assert.deepEqual(
        heavy.map(({ label, is_heavy }) => [label, is_heavy === null ? null : /1|true/.test(String(is_heavy))]),
        [
          ['a b', true],
          ['c', false],
          ['d', null],
        ],
      );
      await query("INSERT INTO depot (town) VALUES ('Ulm')");
      await query('UPDATE parcel SET depot_id = (SELECT id FROM depot)');
      await query("UPDATE parcel SET grams = 20 WHERE label = 'c'");
      assert.deepEqual(
        (await query('SELECT grams FROM weighing')).map(({ grams }) => Number(grams)),
        [20],
      );
      assert.deepEqual(
        (await query('SELECT town, load FROM town_load')).map(({ town, load: sum }) => [town, Number(sum)]),
        [['Ulm', 30020]],
      );
      await assert.rejects(query('UPDATE parcel SET grams = 0'));
      await assert.rejects(query('UPDATE parcel SET depot_id = 99'));
      await query('DELETE FROM depot');
      assert.deepEqual(await query('SELECT label FROM parcel WHERE depot_id IS NOT NULL'), []);
      await downgrade(run(revisions), '0002');
      assert.deepEqual(await form(), before);
      await upgrade(run(revisions));
    }),
  );
}

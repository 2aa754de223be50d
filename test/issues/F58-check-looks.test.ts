import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDatabase, checkLines } from '../../src/revisions/check.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { first, onFresh, second } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const indexed = {
  id: '0003',
  name: 'by_label',
  upgrade: [
    alterTable('parcel', {
      kind: 'addIndex',
      index: { name: 'parcel_by_label', columns: [{ name: 'label', isDescending: false }], isUnique: false },
    }),
  ],
  downgrade: [alterTable('parcel', { kind: 'dropIndex', name: 'parcel_by_label' })],
} as const;
const revisions = [first, second, indexed];
const project = { schema: replay(revisions), revisions };

for (const target of everydayEngines()) {
  test(
    `F58: check looks at the database: an index dropped by hand is found, with the SQL that brings it back (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, direct, engine, query }) => {
        await upgrade(run(revisions));
        const check = () => direct((connection) => checkDatabase(connection, engine, project, { isDeep: true }));
        assert.deepEqual(checkLines(await check()), [
          'The database is as its revisions say (0003 by_label); the model agrees; no orphans; integrity ok.',
        ]);
        await query('DROP INDEX parcel_by_label');
        const report = await check();
        assert.equal(report.isEqual, false);
        const lines = checkLines(report);
        assert.equal(lines[0], 'missing    "parcel" index "parcel_by_label" ("label")');
        assert.equal(lines[2]?.trim(), 'CREATE INDEX "parcel_by_label" ON "parcel" ("label");');
        assert.deepEqual(report.deep?.missing, ['"parcel" index "parcel_by_label" ("label")']);
        for (const sql of report.drift.items.flatMap((item) => item.sql)) await query(sql);
        assert.equal((await check()).isEqual, true);
      }),
  );

  test(
    `F58: check also finds pending revisions, orphans and a model that left its history behind (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, direct, engine }) => {
        await upgrade(run([first]));
        const report = await direct((connection) =>
          checkDatabase(connection, engine, { schema: project.schema, revisions: [first, second] }),
        );
        assert.deepEqual(report.pending, [{ id: '0002', name: 'depot' }]);
        assert.deepEqual(report.model.missing, ['"parcel" index "parcel_by_label" ("label")']);
        assert.deepEqual(report.drift.items, []);
        assert.match(
          checkLines(report).join('\n'),
          /model {6}has "parcel" index[\s\S]*--autogenerate, which writes: .*add index parcel_by_label/,
        );
      }),
  );
}

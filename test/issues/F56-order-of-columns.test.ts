import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addColumn, dropColumn } from '../../src/revisions/change.ts';
import { checkDatabase } from '../../src/revisions/check.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { schemaLock } from '../../src/revisions/schema-lock.ts';
import { autogenerate } from '../../src/revisions/source/autogenerate.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { generatedId, int64, schema, table, text, type View } from '../../src/schema/index.ts';
import { model, step, tell } from '../revisions/autogenerate/story.ts';
import { first, onFresh, parcel } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

/** F56: each developer's columns stand in the order they came in, and every dump of the schema is another one. */
const id = generatedId();
const note = text({ nullable: true });
const width = int64({ nullable: true });
const added = (number: string, name: string, column: typeof note | typeof width): Revision => ({
  id: number,
  name: `parcel_${name}`,
  upgrade: [alterTable('parcel', addColumn(name, column))],
  downgrade: [alterTable('parcel', dropColumn(name))],
});
const hers = [first, added('0002', 'note', note), added('0003', 'width', width)];
const his = [first, added('0002', 'width', width), added('0003', 'note', note)];
const models = [
  schema({ parcel: { ...parcel, columns: { ...parcel.columns, note, width } } }),
  schema({ parcel: { ...parcel, columns: { width, note, ...parcel.columns } } }),
];

for (const target of everydayEngines()) {
  test(`F56: two orders of columns are one lock file, no change and no drift, whoever's database and model it is (${target.name})`, {
    skip: target.skip,
  }, async () => {
    const forms: (readonly string[])[] = [];
    for (const history of [hers, his]) {
      await onFresh(target, async ({ run, direct, engine }) => {
        await upgrade(run(history));
        forms.push(await direct((connection) => engine.introspect(connection)));
        for (const wanted of models) {
          assert.deepEqual(autogenerate(replay(history), wanted).upgrade, []);
          const report = await direct((connection) => checkDatabase(connection, engine, { schema: wanted, revisions: history }));
          assert.deepEqual([report.isEqual, report.drift.items], [true, []]);
        }
      });
    }
    assert.deepEqual(forms[0], forms[1]);
    assert.equal(new Set([...models, replay(hers), replay(his)].map(schemaLock)).size, 1);
  });
}

const names: readonly View[] = [{ name: 'names', query: 'SELECT id, label FROM box', reads: ['box'] }];
tell('F56: the order in which columns are written', [
  {
    title: 'F56: a column written between others makes no view new the second time',
    from: model([table('box', { columns: { id, label: text() }, primaryKey: ['id'] })], names),
    to: model([table('box', { columns: { id, note: text({ nullable: true }), label: text() }, primaryKey: ['id'] })], names),
    words: [step('box', 'add column note')],
    rows: ["INSERT INTO box (label) VALUES ('a'), ('b')"],
    after: ['SELECT label FROM names ORDER BY id', [['a'], ['b']]],
    back: ['SELECT label FROM box ORDER BY id', [['a'], ['b']]],
  },
]);

// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '../../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { alterTable, createTable, dropTable, renameTable } from '../../../src/revisions/step.ts';
import { keptFor } from '../../../src/revisions/undo/finish.ts';
import { describeLoss } from '../../../src/revisions/undo/losses.ts';
import { downgradeLosses, undo } from '../../../src/revisions/undo/undo.ts';
import { generatedId, int64, table, text } from '../../../src/schema/index.ts';
import { type Bench, hasCode, onFresh, quickEngines } from '../own-schema.ts';
import { undoing } from './parcels.ts';

/** PostgreSQL: what is kept aside is found again whatever became of the names around it. */
const parcel = table('parcel', {
  columns: { id: generatedId(), label: text(), size: text({ default: 'm' }), turn: generatedId() },
  primaryKey: ['id'],
});
const stamp = table('stamp', {
  columns: { id: generatedId(), code: text() },
  primaryKey: ['id'],
  uniques: { uq_stamp_code: ['code'] },
});
const making: Revision = {
  id: '0001',
  name: 'parcels',
  upgrade: [createTable(parcel), createTable(stamp)],
  downgrade: [dropTable('stamp'), dropTable('parcel')],
};
const rename = renameTable('parcel', 'packet');
const renameBack = renameTable('packet', 'parcel');
const drop = (from: string, ...names: string[]) =>
  alterTable(from, ...names.map((name) => ({ kind: 'dropColumn' as const, name })));
const add = (to: string, ...names: ('size' | 'turn')[]) =>
  alterTable(to, ...names.map((name) => ({ kind: 'addColumn' as const, name, column: parcel.columns[name] })));
const revision = (id: string, upgrade: Revision['upgrade'], downgrade: Revision['downgrade']): Revision => ({
  id,
  name: `r${id}`,
  upgrade,
  downgrade,
});

/** Histories behind `making` whose way back, run step by step, brings every value home. */
const HISTORIES: Readonly<Record<string, readonly Revision[]>> = {
  'a table is renamed in the revision that drops a column of it, and renamed back before the column comes back': [
    revision('0002', [rename, drop('packet', 'size', 'turn')], [renameBack, add('parcel', 'size', 'turn')]),
  ],
  'a table is renamed after a column of it was dropped, in one revision': [
    revision('0002', [drop('parcel', 'size', 'turn'), rename], [renameBack, add('parcel', 'size', 'turn')]),
  ],
  'the way back is the mirror of the way there': [
    revision('0002', [rename, drop('packet', 'size', 'turn')], [add('packet', 'size', 'turn'), renameBack]),
  ],
  'a later revision renames the table': [
    revision('0002', [drop('parcel', 'size', 'turn')], [add('parcel', 'size', 'turn')]),
    revision('0003', [rename], [renameBack]),
  ],
  'a later revision drops the table in which a column is kept aside': [
    revision(
      '0002',
      [alterTable('stamp', { kind: 'dropUnique', name: 'uq_stamp_code' }, { kind: 'dropColumn', name: 'code' })],
      [
        alterTable(
          'stamp',
          { kind: 'addColumn', name: 'code', column: stamp.columns.code, fill: "''" },
          { kind: 'addUnique', unique: stamp.uniques[0] as never },
        ),
      ],
    ),
    revision(
      '0003',
      [dropTable('stamp')],
      [createTable(table('stamp', { columns: { id: stamp.columns.id }, primaryKey: ['id'] }))],
    ),
  ],
  'another column takes the name of a dropped one': [
    revision(
      '0002',
      [drop('parcel', 'size', 'turn'), alterTable('parcel', { kind: 'renameColumn', name: 'label', to: 'size' })],
      [alterTable('parcel', { kind: 'renameColumn', name: 'size', to: 'label' }), add('parcel', 'size', 'turn')],
    ),
  ],
  'another table takes the name of a dropped one': [
    revision(
      '0002',
      [dropTable('stamp'), renameTable('parcel', 'stamp'), drop('stamp', 'size')],
      [renameTable('stamp', 'parcel'), createTable(stamp), add('parcel', 'size')],
    ),
  ],
  'a new table takes the name of a dropped one': [
    revision(
      '0002',
      [dropTable('stamp'), createTable(table('stamp', { columns: { id: generatedId(), n: int64() }, primaryKey: ['id'] }))],
      [dropTable('stamp'), createTable(stamp)],
    ),
  ],
};
async function atFirst(bench: Bench): Promise<unknown> {
  await upgrade(bench.run([making]));
  await bench.query("INSERT INTO parcel (label, size) VALUES ('one', 's'), ('two', 'l'), ('three', 'm')");
  await bench.query("INSERT INTO stamp (code) VALUES ('x'), ('y')");
  return contentOf(bench);
}
const contentOf = async ({ query, engine, direct }: Bench): Promise<unknown> => ({
  parcel: await query('SELECT id, label, size, turn FROM parcel ORDER BY id'),
  stamp: await query('SELECT id, code FROM stamp ORDER BY id'),
  form: await direct((connection) => engine.introspect(connection)),
});

for (const target of quickEngines().slice(1)) {
  for (const [what, later] of Object.entries(HISTORIES)) {
    for (const isOnline of [false, true]) {
      const history = [making, ...later.map((one) => (isOnline ? { ...one, isTransactional: false as const } : one))];
      const how = isOnline ? 'committed piece by piece' : 'at once';
      test(`undo brings every value kept aside home: ${what}, ${how} (${target.name})`, { skip: target.skip }, () =>
        onFresh(target, async (bench) => {
          const before = await atFirst(bench);
          await upgrade(bench.run(history, { keep: {} }));
          const losses = await downgradeLosses(bench.engine, history, await bench.ledger(), '0001');
          assert.deepEqual(
            losses.flatMap((each) => each.losses.map(describeLoss)),
            [],
          );
          for (const _ of later) {
            const undone = await undo(undoing(bench.place, { revisions: history }));
            assert.deepEqual(undone.how === 'downgrade' && undone.losses, []);
          }
          assert.deepEqual(await contentOf(bench), before);
          assert.deepEqual(await bench.direct((connection) => keptFor(connection, bench.engine)), []);
          const [made] = await bench.query("INSERT INTO parcel (label) VALUES ('new') RETURNING turn");
          assert.equal(Number(made?.turn), 4, 'a generated column goes on where it was');
        }),
      );
    }
  }

  test(`what a later revision renamed is counted under the name it has now (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async (bench) => {
      await atFirst(bench);
      const history = [
        making,
        revision(
          '0002',
          [createTable(table('crate', { columns: { id: generatedId() }, primaryKey: ['id'] }))],
          [dropTable('crate')],
        ),
        revision(
          '0003',
          [renameTable('crate', 'chest'), drop('parcel', 'size')],
          [renameTable('chest', 'crate'), add('parcel', 'size')],
        ),
      ];
      await upgrade(bench.run(history, { keep: {} }));
      await bench.query('INSERT INTO chest DEFAULT VALUES');
      const losses = await downgradeLosses(bench.engine, history, await bench.ledger(), 'base');
      assert.deepEqual(
        losses.map((each) => [each.revision, ...each.losses.map(describeLoss)]),
        [
          ['0003'],
          ['0002', 'would be lost       rows of table crate (1)'],
          ['0001', 'would be lost       rows of table stamp (2)', 'would be lost       rows of table parcel (3)'],
        ],
      );
    }),
  );

  test(
    `values kept aside that the way back does not bring home are named, and it is not run without a word (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await atFirst(bench);
        const careless = revision(
          '0002',
          [
            alterTable('parcel', { kind: 'renameColumn', name: 'size', to: 'extent' }),
            drop('parcel', 'extent', 'turn'),
            dropTable('stamp'),
          ],
          [
            add('parcel', 'size', 'turn'),
            createTable(table('stamp', { columns: { id: generatedId(), code: text(), more: text() }, primaryKey: ['id'] })),
          ],
        );
        const history = [making, careless];
        await upgrade(bench.run(history, { keep: {} }));
        await assert.rejects(
          undo(undoing(bench.place, { revisions: history })),
          hasCode(
            'FC_REVISION_DECISION_NEEDED',
            /stays aside +values of parcel.extent, which the way back does not bring home \(3\)/,
            /stays aside +rows of table stamp, which the way back does not bring home \(2\)/,
          ),
        );
        const undone = await undo(undoing(bench.place, { revisions: history, discardsWrites: true }));
        assert.equal(undone.how, 'downgrade');
        assert.deepEqual(
          (await bench.direct((connection) => keptFor(connection, bench.engine))).map(({ what, rows }) => `${what} ${rows}`),
          ['table stamp 2', 'column parcel.extent 3'],
        );
        // Its names are taken: nothing is written over, and the message says what frees them.
        await assert.rejects(
          upgrade(bench.run(history, { keep: {} })),
          hasCode('FC_REVISION_FAILED', /0002/, /column parcel.extent/, /flashcase db finish 0002/),
        );
        assert.deepEqual(await downgrade(bench.run(history), '0001'), []);
      }),
  );
}

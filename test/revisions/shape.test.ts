import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addColumn, addTrigger } from '../../src/revisions/change.ts';
import { lint } from '../../src/revisions/lint/lint.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable, backfill, type Step } from '../../src/revisions/step.ts';
import { int64, schema, text } from '../../src/schema/index.ts';
import { engines, type Target } from '../support/database.ts';
import { first, hasCode, onFresh, second } from './own-schema.ts';

const third = (parts: object): Revision => ({ id: '0003', name: 'odd', upgrade: [], downgrade: [], ...parts });
const steps = (...upgrade: readonly object[]): Revision => third({ upgrade: upgrade as readonly Step[] });
const oneText = { sqlite: '1' } as unknown as string;

test('checklist 130: a part of a revision that nobody knows, or that one engine lacks, is refused before anything runs', () =>
  onFresh(engines()[0] as Target, async ({ run, ledger }) => {
    for (const [revision, said] of [
      [third({ isTransactonal: false }), /the revision has a part isTransactonal, which there is not/],
      [third({ isTransactional: true }), /isTransactional is false, or left out/],
      [third({ ignore: { 'sql-pragma': 'because of that' } }), /a part ignore,/],
      [steps({ kind: 'sqll', about: 'x' }), /there is no step of the kind sqll/],
      [steps({ kind: 'sql', about: 'x', sqlite: ['SELECT 1'] }), /the step "x" has no postgres/],
      [steps({ kind: 'sql', about: 'x', sqlite: 'SELECT 1', postgres: [] }), /"x" has not a list of statements for each engine/],
      [
        steps(backfill({ about: 'b', table: 'parcel', set: { grams: oneText }, where: 'grams IS NULL' })),
        /a text in the step "b"/,
      ],
      [
        steps({ ...backfill({ about: 'b', table: 'parcel', set: { grams: '1' }, where: 'grams IS NULL' }), batchrows: 5 }),
        /the step "b" has a part batchrows/,
      ],
      [steps(alterTable('parcel', addColumn('x', int64(), { fill: oneText }))), /a text in the step alterTable/],
      [
        steps(alterTable('parcel', addTrigger('t', { timing: 'after', event: 'delete', body: oneText as never }))),
        /a text in the step alterTable/,
      ],
      [
        steps({ kind: 'alterTable', table: 'parcel', changes: [{ kind: 'addColumn', name: 'x' }] }),
        /addColumn of parcel has no column/,
      ],
      [steps({ kind: 'alterTable', table: 'parcel', changes: [{ kind: 'add' }] }), /there is no change of the kind add/],
      [steps({ kind: 'alterTable', table: 'parcel', changes: {} }), /are no list/],
      [third({ downgrade: [{ kind: 'dropTabel', name: 'depot' }] }), /there is no step of the kind dropTabel/],
    ] as const) {
      const refused = hasCode('FC_REVISION_INVALID', /0003 odd/, said, /0003-odd\.ts/);
      const revisions = [first, second, revision];
      await assert.rejects(upgrade(run(revisions)), refused);
      await assert.rejects(lint({ schema: schema({}), revisions }), refused);
    }
    assert.deepEqual(await ledger(), []);
    // Columns may be called as the engines are.
    const named = alterTable('parcel', addColumn('sqlite', text({ nullable: true })));
    const filled = backfill({ about: 'b', table: 'parcel', set: { sqlite: 'label' }, where: 'sqlite IS NULL' });
    assert.equal((await upgrade(run([first, second, steps(named, filled)]))).length, 3);
  }));

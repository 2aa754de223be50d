import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addColumn, changeColumn, renameColumn } from '../../src/revisions/change.ts';
import { inWords } from '../../src/revisions/in-words.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable, createTable, dropTable } from '../../src/revisions/step.ts';
import { generatedId, int32, int64, table, text } from '../../src/schema/index.ts';

const car = table('car', {
  columns: { id: generatedId(), year: int32({ nullable: true }), kind: text({ oneOf: ['a'], default: 'a' }) },
  primaryKey: ['id'],
});
const before = replay([{ id: '0001', name: 'car', upgrade: [createTable(car)], downgrade: [] }]);

test('a changed column is named with what is another about it, and under the name it has by then', () => {
  assert.deepEqual(inWords([alterTable('car', changeColumn('year', int64()))], before), [
    'change table car: change column year (int32 becomes int64; required)',
  ]);
  assert.deepEqual(
    inWords(
      [
        alterTable(
          'car',
          renameColumn('year', 'model_year'),
          changeColumn('model_year', text({ nullable: true }), { using: 'CAST(model_year AS text)' }),
        ),
        alterTable('car', changeColumn('model_year', text({ nullable: true, default: 'x', comment: 'four digits' }))),
        alterTable(
          'car',
          addColumn('twice', int64({ computed: 'id * 2' })),
          changeColumn('twice', int64()),
          changeColumn('kind', text({ nullable: true, oneOf: ['a', 'b'] })),
        ),
        dropTable('car'),
      ],
      before,
    ),
    [
      'change table car: rename column year to model_year, change column model_year (int32 becomes text; values: CAST(model_year AS text))',
      "change table car: change column model_year (default 'x'; comment)",
      "change table car: add column twice, change column twice (no longer computed), change column kind (may be empty; no default; one of 'a', 'b')",
      'drop table car',
    ],
  );
});

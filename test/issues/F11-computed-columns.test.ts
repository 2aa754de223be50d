import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterTable } from '../../src/revisions/step.ts';
import { generatedId, int64, table, text } from '../../src/schema/index.ts';
import { afterwards, rows } from '../revisions/rebuild/story.ts';

/** F11: a computed column in the list of copied columns fails the rebuild elsewhere, and `table_info` hides it. */
const box = table('box', {
  columns: {
    id: generatedId(),
    name: text(),
    size: int64({ nullable: true }),
    label: text({ nullable: true, computed: "name || ':' || coalesce(size, 0)" }),
  },
  primaryKey: ['id'],
  indexes: { box_label: ['label'] },
});
const plant = "INSERT INTO box (name, size) VALUES ('a', 1), ('b', NULL);";

test('F11: a stored computed column survives a rebuild, is computed anew where its columns changed, and keeps its index', () =>
  afterwards(
    {
      tables: [box],
      plant,
      steps: [
        alterTable('box', {
          kind: 'changeColumn',
          name: 'size',
          column: int64({ nullable: true, default: 1 }),
          using: 'size * 2',
        }),
        alterTable(
          'box',
          { kind: 'renameColumn', name: 'name', to: 'title' },
          { kind: 'addUnique', unique: { name: 'uq', columns: ['id', 'size'] } },
        ),
      ],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT title, size, label FROM box ORDER BY id'), [
        ['a', 2, 'a:2'],
        ['b', null, 'b:0'],
      ]);
      assert.deepEqual(rows(db, "SELECT name, hidden FROM pragma_table_xinfo('box') WHERE hidden > 0"), [['label', 3]]);
      assert.deepEqual(rows(db, "SELECT name FROM pragma_index_info('box_label')").flat(), ['label']);
      db.exec("UPDATE box SET title = 'z' WHERE size = 2");
      assert.deepEqual(rows(db, "SELECT label FROM box WHERE label LIKE 'z%'").flat(), ['z:2']);
    },
  ));

test('F11: a plain column becomes a computed one and back, and keeps what it had as values', () =>
  afterwards(
    {
      tables: [box],
      plant,
      steps: [alterTable('box', { kind: 'changeColumn', name: 'label', column: text({ nullable: true }), using: 'label' })],
    },
    (db) => {
      assert.deepEqual(rows(db, 'SELECT label FROM box ORDER BY id').flat(), ['a:1', 'b:0']);
      assert.deepEqual(rows(db, "SELECT name FROM pragma_table_xinfo('box') WHERE hidden > 0"), []);
    },
  ));

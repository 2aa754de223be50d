import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autogenerate } from '../../../src/revisions/source/autogenerate.ts';
import { EMPTY, replay } from '../../../src/revisions/state.ts';
import { boolean, generatedId, int32, int64, table, text } from '../../../src/schema/index.ts';
import { hasCode } from '../own-schema.ts';
import { model, revisionsOf, type Story, step, tell } from './story.ts';

const id = generatedId();
type Columns = Parameters<typeof table>[1]['columns'];
const box = (columns: Columns, more: object = {}) => table('box', { columns: { id, ...columns }, primaryKey: ['id'], ...more });
const ROWS = ["INSERT INTO box (label) VALUES ('a'), ('b')"];
const TITLES: Story['after'] = ['SELECT title FROM box ORDER BY id', [['a'], ['b']]];
const LABELS: Story['after'] = ['SELECT label FROM box ORDER BY id', [['a'], ['b']]];
const marked = (more: object = {}) => text({ renamedFrom: 'label', ...more });

tell('checklist 5.1, renames by a mark', [
  {
    title: 'checklist 56: a column is renamed and keeps its values',
    from: model([box({ label: text() })]),
    to: model([box({ title: marked() })]),
    words: [step('box', 'rename column label to title')],
    rows: ROWS,
    after: TITLES,
    back: LABELS,
  },
  {
    title: 'checklist 57: a table is renamed, with its ids, its checks and those that refer to it',
    from: model([
      box({ label: text(), is_open: boolean({ default: true }) }),
      table('lid', { columns: { id, box_id: int64() }, primaryKey: ['id'], references: { box_id: 'box.id' } }),
    ]),
    to: model([
      table('crate', {
        columns: { id, label: text(), is_open: boolean({ default: true }) },
        primaryKey: ['id'],
        renamedFrom: 'box',
      }),
      table('lid', { columns: { id, box_id: int64() }, primaryKey: ['id'], references: { box_id: 'crate.id' } }),
    ]),
    words: ['rename table box to crate'],
    rows: [...ROWS, 'INSERT INTO lid (box_id) VALUES (2)'],
    after: ['SELECT crate.label FROM crate JOIN lid ON lid.box_id = crate.id', [['b']]],
    back: ['SELECT box.label FROM box JOIN lid ON lid.box_id = box.id', [['b']]],
  },
  {
    title: 'checklist 58: a table and its column are renamed at once',
    from: model([box({ label: text() })]),
    to: model([table('crate', { columns: { id, title: marked() }, primaryKey: ['id'], renamedFrom: 'box' })]),
    words: ['rename table box to crate', step('crate', 'rename column label to title')],
    rows: ROWS,
    after: ['SELECT title FROM crate ORDER BY id', [['a'], ['b']]],
    back: LABELS,
  },
  {
    title: 'checklist 59: a column is renamed and changes its type: nothing is lost, there and back',
    from: model([box({ label: int32() })]),
    to: model([box({ title: marked() })]),
    words: [step('box', 'rename column label to title', 'change column title')],
    rows: ['INSERT INTO box (label) VALUES (7), (-1)'],
    after: ['SELECT title FROM box ORDER BY id', [['7'], ['-1']]],
    back: ['SELECT label FROM box ORDER BY id', [['7'], ['-1']]],
  },
  {
    title: 'checklist 59: a column is renamed and becomes required: its default is where it was empty',
    from: model([box({ label: text({ nullable: true }) })]),
    to: model([box({ title: marked({ default: 'none' }) })]),
    words: [step('box', 'rename column label to title', 'change column title')],
    rows: ["INSERT INTO box (label) VALUES ('a'), (NULL)"],
    after: ['SELECT title FROM box ORDER BY id', [['a'], ['none']]],
    back: ['SELECT label FROM box ORDER BY id', [['a'], ['none']]],
  },
  {
    title: 'checklist 59: renamed, another type, and required at once',
    from: model([box({ label: int32({ nullable: true }) })]),
    to: model([box({ title: marked({ default: 'none' }) })]),
    words: [step('box', 'rename column label to title', 'change column title')],
    rows: ['INSERT INTO box (label) VALUES (7)'],
    after: ['SELECT title FROM box ORDER BY id', [['7']]],
    back: ['SELECT label FROM box ORDER BY id', [['7']]],
  },
  {
    title: 'checklist 60: several columns are renamed in one revision',
    from: model([box({ label: text(), kind: text({ default: 'k' }) })]),
    to: model([box({ title: marked(), sort: text({ default: 'k', renamedFrom: 'kind' }) })]),
    words: [step('box', 'rename column label to title', 'rename column kind to sort')],
    rows: ROWS,
    after: [
      'SELECT title, sort FROM box ORDER BY id',
      [
        ['a', 'k'],
        ['b', 'k'],
      ],
    ],
    back: [
      'SELECT label, kind FROM box ORDER BY id',
      [
        ['a', 'k'],
        ['b', 'k'],
      ],
    ],
  },
  {
    title: 'checklist 62: only the case of a column changes',
    from: model([box({ Label: text() })]),
    to: model([box({ label: text({ renamedFrom: 'Label' }) })]),
    words: [step('box', 'rename column Label to label')],
    rows: ['INSERT INTO box ("Label") VALUES (\'a\')'],
    after: ['SELECT label FROM box', [['a']]],
    back: ['SELECT "Label" FROM box', [['a']]],
  },
  {
    title: 'checklist 62: only the case of a table changes',
    from: model([table('Box', { columns: { id, label: text() }, primaryKey: ['id'] })]),
    to: model([table('box', { columns: { id, label: text() }, primaryKey: ['id'], renamedFrom: 'Box' })]),
    words: ['rename table Box to box'],
    rows: ['INSERT INTO "Box" (label) VALUES (\'a\')'],
    after: ['SELECT label FROM box', [['a']]],
    back: ['SELECT label FROM "Box"', [['a']]],
  },
  {
    title: 'checklist 63: a primary key that a foreign key refers to is renamed',
    from: model([
      box({ label: text() }),
      table('lid', { columns: { id, box_id: int64() }, primaryKey: ['id'], references: { box_id: 'box.id' } }),
    ]),
    to: model([
      table('box', { columns: { box_no: { ...id, renamedFrom: 'id' }, label: text() }, primaryKey: ['box_no'] }),
      table('lid', { columns: { id, box_id: int64() }, primaryKey: ['id'], references: { box_id: 'box.box_no' } }),
    ]),
    words: [step('box', 'rename column id to box_no')],
    rows: [...ROWS, 'INSERT INTO lid (box_id) VALUES (2)'],
    after: ['SELECT box.label FROM box JOIN lid ON lid.box_id = box.box_no', [['b']]],
    back: ['SELECT box.label FROM box JOIN lid ON lid.box_id = box.id', [['b']]],
  },
  {
    title: 'checklist 64: a renamed column is under an index, a unique constraint, a check, a condition and an expression',
    from: model([
      box(
        { label: text(), grams: int64({ default: 1 }), shout: text({ nullable: true, computed: "label || '!'" }) },
        {
          indexes: { ix: ['label'], ix_some: { columns: ['grams'], where: "label <> 'label'" }, ix_low: ['(lower(label))'] },
          uniques: { uq: ['label', 'grams'] },
          checks: { ck: "label <> ''" },
        },
      ),
    ]),
    to: model([
      box(
        { title: marked(), grams: int64({ default: 1 }), shout: text({ nullable: true, computed: "title || '!'" }) },
        {
          indexes: { ix: ['title'], ix_some: { columns: ['grams'], where: "title <> 'label'" }, ix_low: ['(lower(title))'] },
          uniques: { uq: ['title', 'grams'] },
          checks: { ck: "title <> ''" },
        },
      ),
    ]),
    words: [step('box', 'rename column label to title')],
    rows: ROWS,
    after: [
      'SELECT title, shout FROM box ORDER BY id',
      [
        ['a', 'a!'],
        ['b', 'b!'],
      ],
    ],
    back: [
      'SELECT label, shout FROM box ORDER BY id',
      [
        ['a', 'a!'],
        ['b', 'b!'],
      ],
    ],
  },
  {
    title: 'a table and its column are renamed with the foreign key that is named after them',
    from: model([
      table('depot', { columns: { id }, primaryKey: ['id'] }),
      table('box', { columns: { id, depot_id: int64() }, primaryKey: ['id'], references: { depot_id: 'depot.id' } }),
    ]),
    to: model([
      table('depot', { columns: { id }, primaryKey: ['id'] }),
      table('crate', {
        columns: { id, store_id: int64({ renamedFrom: 'depot_id' }) },
        primaryKey: ['id'],
        references: { store_id: 'depot.id' },
        renamedFrom: 'box',
      }),
    ]),
    words: [
      'rename table box to crate',
      step('crate', 'rename column depot_id to store_id', 'rename constraint fk_box_depot_id to fk_crate_store_id'),
    ],
    rows: [`INSERT INTO depot (id) VALUES (5)`, 'INSERT INTO box (depot_id) VALUES (5)'],
    after: ['SELECT store_id FROM crate', [['5']]],
    back: ['SELECT depot_id FROM box', [['5']]],
  },
  {
    title: 'checklist 67: names with a dot, a quote and a space',
    from: model([
      table('my.box', { columns: { id, 'a "b" c': text() }, primaryKey: ['id'], indexes: { 'ix "1"': ['a "b" c'] } }),
    ]),
    to: model([
      table("it's a box", {
        columns: { id, 'x.y': text({ renamedFrom: 'a "b" c' }) },
        primaryKey: ['id'],
        indexes: { 'ix "1"': ['x.y'] },
        renamedFrom: 'my.box',
      }),
    ]),
    words: ["rename table my.box to it's a box", step("it's a box", 'rename column a "b" c to x.y')],
    rows: [`INSERT INTO "my.box" ("a ""b"" c") VALUES ('v')`],
    after: [`SELECT "x.y" FROM "it's a box"`, [['v']]],
    back: [`SELECT "a ""b"" c" FROM "my.box"`, [['v']]],
  },
]);

test('checklist 65: a mark whose rename is history already says nothing', () => {
  const from = model([box({ label: text() })]);
  const to = model([box({ title: marked() })]);
  const history = revisionsOf({ from, to });
  assert.deepEqual(autogenerate(replay(history), to).upgrade, []);
  const whole = model([table('crate', { columns: { id, title: marked() }, primaryKey: ['id'], renamedFrom: 'box' })]);
  assert.deepEqual(autogenerate(replay([...revisionsOf({ from, to: whole })]), whole).upgrade, []);
  assert.deepEqual(autogenerate(EMPTY, model([box({ title: text() })])).upgrade.length, 1, 'nor in a new history');
});

test('checklist 66: a mark onto an existing name, to a name that stays, to one that never was, twice, or crosswise is refused', () => {
  const before = replay([{ id: '0001', name: 'a', ...autogenerate(EMPTY, model([box({ label: text(), title: text() })])) }]);
  const refuse = (columns: Columns, ...texts: RegExp[]): void => {
    assert.throws(() => autogenerate(before, model([box(columns)])), hasCode('FC_REVISION_INVALID', ...texts));
  };
  refuse({ title: marked() }, /box\.title says it was label, but .* are both there already/);
  refuse({ label: text(), title: text(), name: marked() }, /the model still has column box\.label/);
  refuse({ label: text(), title: text(), name: text({ renamedFrom: 'nowhere' }) }, /there never was column box\.nowhere/);
  refuse({ title: text(), name: marked(), word: marked() }, /two columns of box say that they were label/);
  refuse({ label: text({ renamedFrom: 'title' }), title: marked() }, /a swap takes two revisions/);
  const two = ['crate', 'chest'].map((name) =>
    table(name, { columns: { id, label: text() }, primaryKey: ['id'], renamedFrom: 'box' }),
  );
  assert.throws(
    () => autogenerate(before, model(two)),
    hasCode('FC_REVISION_INVALID', /table chest and table crate both say that they were box/),
  );
});

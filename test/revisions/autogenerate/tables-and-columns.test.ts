import { boolean, generatedId, int32, int64, table, text } from '../../../src/schema/index.ts';
import { model, type Story, step, tell } from './story.ts';

const id = generatedId();
const box = (columns: Parameters<typeof table>[1]['columns'], more: object = {}) =>
  table('box', { columns: { id, ...columns }, primaryKey: ['id'], ...more });
const depot = table('depot', { columns: { id, town: text() }, primaryKey: ['id'] });
const ROW = "INSERT INTO box (label) VALUES ('a')";
const NAMES: Story['after'] = ['SELECT label FROM box ORDER BY id', [['a']]];

tell('checklist 5.1, tables and columns', [
  {
    title: 'checklist 1: a new table is found; its way back drops it',
    from: model([box({ label: text() })]),
    to: model([box({ label: text() }), depot]),
    words: ['create table depot'],
    rows: [ROW],
    after: NAMES,
    back: NAMES,
  },
  {
    title: 'checklist 2: a dropped table is found; it comes back empty',
    from: model([box({ label: text() }), depot]),
    to: model([box({ label: text() })]),
    words: ['drop table depot'],
    rows: [ROW, "INSERT INTO depot (town) VALUES ('x')"],
    after: NAMES,
    back: ['SELECT count(*) FROM depot', [['0']]],
  },
  {
    title: 'checklist 3: added columns are found, also between others, and rows have their defaults',
    from: model([box({ label: text() })]),
    to: model([
      box({
        grams: int64({ nullable: true }),
        is_open: boolean({ default: true }),
        kind: text({ default: "it's" }),
        label: text(),
      }),
    ]),
    words: [step('box', 'add column grams', 'add column is_open', 'add column kind')],
    rows: [ROW],
    after: ['SELECT label, kind, grams FROM box WHERE is_open', [['a', "it's", null]]],
    back: NAMES,
  },
  {
    title: 'checklist 4: a dropped column is found; the others keep their values',
    from: model([box({ label: text(), grams: int64({ nullable: true }) })]),
    to: model([box({ label: text() })]),
    words: [step('box', 'drop column grams')],
    rows: ["INSERT INTO box (label, grams) VALUES ('a', 5)"],
    after: NAMES,
    back: ['SELECT label, grams FROM box', [['a', null]]],
  },
  {
    title: 'checklist 5: nullable to not null takes the default where a row is empty',
    from: model([box({ label: text(), kind: text({ nullable: true, default: 'none' }) })]),
    to: model([box({ label: text(), kind: text({ default: 'none' }) })]),
    words: [step('box', 'change column kind')],
    rows: ["INSERT INTO box (label, kind) VALUES ('a', NULL), ('b', 'x')"],
    after: ['SELECT kind FROM box ORDER BY id', [['none'], ['x']]],
    back: ['SELECT kind FROM box ORDER BY id', [['none'], ['x']]],
  },
  {
    title: 'checklist 5: nullable to not null without a default is refused while a row is empty, and changes nothing',
    from: model([box({ label: text(), kind: text({ nullable: true }) })]),
    to: model([box({ label: text(), kind: text() })]),
    words: [step('box', 'change column kind')],
    rows: ["INSERT INTO box (label, kind) VALUES ('a', NULL), ('b', 'x')"],
    refused: /kind/,
  },
  {
    title: 'checklist 5: nullable to not null without a default keeps the rows when all have a value',
    from: model([box({ label: text(), kind: text({ nullable: true }) })]),
    to: model([box({ label: text(), kind: text() })]),
    words: [step('box', 'change column kind')],
    rows: ["INSERT INTO box (label, kind) VALUES ('a', 'x')"],
    after: ['SELECT label, kind FROM box', [['a', 'x']]],
    back: ['SELECT label, kind FROM box', [['a', 'x']]],
  },
  {
    title: 'checklist 6: not null to nullable is found and keeps the rows',
    from: model([box({ label: text() })]),
    to: model([box({ label: text({ nullable: true }) })]),
    words: [step('box', 'change column label')],
    rows: [ROW],
    after: NAMES,
    back: NAMES,
  },
  {
    title: 'checklist 8, 120: an added default is found, and touches no row',
    from: model([box({ label: text(), kind: text({ nullable: true }) })]),
    to: model([box({ label: text(), kind: text({ nullable: true, default: 'x' }) })]),
    words: [step('box', 'change column kind')],
    rows: [ROW],
    after: ['SELECT kind FROM box', [[null]]],
    back: ['SELECT kind FROM box', [[null]]],
  },
  {
    title: 'checklist 9, 120: a changed default is found, and touches no row',
    from: model([box({ label: text(), kind: text({ default: 'x' }), count: int32({ default: 0 }) })]),
    to: model([box({ label: text(), kind: text({ default: "y's" }), count: int32({ default: -1 }) })]),
    words: [step('box', 'change column kind', 'change column count')],
    rows: [ROW],
    after: ['SELECT kind, count FROM box', [['x', '0']]],
    back: ['SELECT kind, count FROM box', [['x', '0']]],
  },
  {
    title: 'checklist 10, 120: a removed default is found, and touches no row',
    from: model([box({ label: text(), is_open: boolean({ default: true }) })]),
    to: model([box({ label: text(), is_open: boolean() })]),
    words: [step('box', 'change column is_open')],
    rows: [ROW],
    after: ['SELECT label FROM box WHERE is_open', [['a']]],
    back: ['SELECT label FROM box WHERE is_open', [['a']]],
  },
  {
    title: 'checklist 11: a default is compared as it is declared: the same value is nothing, however odd',
    from: model([
      box({
        label: text({ default: "'{}'::text[] \\ \"it''s\" now()" }),
        five: text({ default: '5' }),
        n: int64({ default: 0 }),
      }),
    ]),
    to: model([
      box({ label: text({ default: `'{}'::text[] \\ "it''s" now()` }), five: text({ default: '5' }), n: int64({ default: 0 }) }),
    ]),
    words: [],
    rows: ['INSERT INTO box (n) VALUES (1)'],
    after: ['SELECT label, five FROM box', [["'{}'::text[] \\ \"it''s\" now()", '5']]],
  },
  {
    title: 'checklist 53: a computed column is added, and rows have its value',
    from: model([box({ label: text() })]),
    to: model([box({ label: text(), tag: text({ nullable: true, computed: "label || '!'" }) })]),
    words: [step('box', 'add column tag')],
    rows: [ROW],
    after: ['SELECT tag FROM box', [['a!']]],
    back: NAMES,
  },
  {
    title: 'checklist 53: an existing column becomes computed',
    from: model([box({ label: text(), tag: text({ nullable: true }) }, { indexes: { ix_box_tag: ['tag'] } })]),
    to: model([
      box({ label: text(), tag: text({ nullable: true, computed: "label || '!'" }) }, { indexes: { ix_box_tag: ['tag'] } }),
    ]),
    words: [step('box', 'change column tag')],
    rows: ["INSERT INTO box (label, tag) VALUES ('a', 'old')"],
    after: ['SELECT tag FROM box', [['a!']]],
    back: ['SELECT tag FROM box', [['a!']]],
  },
  {
    title: 'checklist 53: a computed column becomes a plain one and keeps its values',
    from: model([box({ label: text(), tag: text({ nullable: true, computed: "label || '!'" }) })]),
    to: model([box({ label: text(), tag: text({ nullable: true }) })]),
    words: [step('box', 'change column tag')],
    rows: [ROW],
    after: ['SELECT tag FROM box', [['a!']]],
    back: ['SELECT tag FROM box', [['a!']]],
  },
  {
    title: 'checklist 53: a computed column is made anew with the check, the index and the unique constraint on it',
    from: model([
      box(
        { label: text(), tag: text({ nullable: true, computed: "label || '!'" }) },
        { checks: { ck_tag: "tag <> ''" }, indexes: { ix_tag: ['(lower(tag))'] }, uniques: { uq_tag: ['tag', 'label'] } },
      ),
    ]),
    to: model([
      box(
        { label: text(), tag: text({ nullable: true, computed: "label || '?'" }) },
        { checks: { ck_tag: "tag <> ''" }, indexes: { ix_tag: ['(lower(tag))'] }, uniques: { uq_tag: ['tag', 'label'] } },
      ),
    ]),
    words: [step('box', 'change column tag')],
    rows: [ROW],
    after: ['SELECT tag FROM box', [['a?']]],
    back: ['SELECT tag FROM box', [['a!']]],
  },
  {
    title: 'checklist 53: a changed expression is found and computed anew; a dropped one goes',
    from: model([
      box({
        label: text(),
        tag: text({ nullable: true, computed: "label || '!'" }),
        gone: text({ nullable: true, computed: 'label' }),
      }),
    ]),
    to: model([box({ label: text(), tag: text({ nullable: true, computed: "label || '?'" }) })]),
    words: [step('box', 'drop column gone', 'change column tag')],
    rows: [ROW],
    after: ['SELECT tag FROM box', [['a?']]],
    back: ['SELECT tag, gone FROM box', [['a!', 'a']]],
  },
  {
    title: 'checklist 54: a value is appended to an enum, and one put before the others',
    from: model([box({ label: text(), kind: text({ oneOf: ['a', 'b'] }) })]),
    to: model([box({ label: text(), kind: text({ oneOf: ['z', 'a', 'b', "it's"] }) })]),
    words: [step('box', 'change column kind')],
    rows: ["INSERT INTO box (label, kind) VALUES ('x', 'b')"],
    after: ['SELECT kind FROM box', [['b']]],
    back: ['SELECT kind FROM box', [['b']]],
  },
  {
    title: 'checklist 54, 118: an enum value that is in use cannot be taken away',
    from: model([box({ label: text(), kind: text({ oneOf: ['a', 'b'] }) })]),
    to: model([box({ label: text(), kind: text({ oneOf: ['a'] }) })]),
    words: [step('box', 'change column kind')],
    rows: ["INSERT INTO box (label, kind) VALUES ('x', 'b')"],
    refused: /ck_box_kind/,
  },
  {
    title:
      'checklist 54: enum values are reordered, renamed and removed where no row has them; a default that goes with them changes',
    from: model([box({ label: text(), kind: text({ oneOf: ['a', 'b', 'c'], default: 'c' }) })]),
    to: model([box({ label: text(), kind: text({ oneOf: ['b', 'a', 'd'], default: 'd' }) })]),
    words: [step('box', 'change column kind')],
    rows: ["INSERT INTO box (label, kind) VALUES ('x', 'b')"],
    after: ['SELECT kind FROM box', [['b']]],
    back: ['SELECT kind FROM box', [['b']]],
  },
  {
    title: 'checklist 54: text becomes an enum and back, in two tables at once',
    from: model([box({ label: text(), kind: text() }), table('crate', { columns: { id, kind: text() }, primaryKey: ['id'] })]),
    to: model([
      box({ label: text(), kind: text({ oneOf: ['a', 'b'] }) }),
      table('crate', { columns: { id, kind: text({ oneOf: ['a', 'b'] }) }, primaryKey: ['id'] }),
    ]),
    words: [step('box', 'change column kind'), step('crate', 'change column kind')],
    rows: ["INSERT INTO box (label, kind) VALUES ('x', 'b')", "INSERT INTO crate (kind) VALUES ('a')"],
    after: ['SELECT box.kind AS k1, crate.kind AS k2 FROM box, crate', [['b', 'a']]],
    back: ['SELECT box.kind AS k1, crate.kind AS k2 FROM box, crate', [['b', 'a']]],
  },
  {
    title: 'checklist 55: comments of tables and columns are added, changed and removed',
    from: model([box({ label: text({ comment: "it's old" }), kind: text({ default: 'k', comment: 'goes' }) }), depot]),
    to: model([
      box({ label: text({ comment: "it's new" }), kind: text({ default: 'k' }) }, { comment: 'A box.' }),
      table('depot', { columns: { id, town: text({ comment: 'Where.' }) }, primaryKey: ['id'] }),
    ]),
    words: [step('box', 'change column label', 'change column kind', 'change the comment'), step('depot', 'change column town')],
    rows: [ROW],
    after: NAMES,
    back: NAMES,
  },
  {
    title: 'checklist 55: unchanged comments are nothing',
    from: model([box({ label: text({ comment: 'same' }) }, { comment: 'same' })]),
    to: model([box({ label: text({ comment: 'same' }) }, { comment: 'same' })]),
    words: [],
  },
  {
    title: 'checklist 75: a generated id, a bigint with default 0 and a default in another alphabet are nothing the second time',
    from: model([box({ n: int64({ default: 0 }), name: text({ default: 'żółw 日本 🐢' }) })]),
    to: model([box({ n: int64({ default: 0 }), name: text({ default: 'żółw 日本 🐢' }) })]),
    words: [],
    rows: ['INSERT INTO box (n) VALUES (1)'],
    after: ['SELECT name FROM box', [['żółw 日本 🐢']]],
  },
  {
    title: 'checklist 71: a foreign key changes while a column goes',
    from: model([
      depot,
      box(
        { label: text(), depot_id: int64({ nullable: true }), note: text({ nullable: true }) },
        { references: { depot_id: 'depot.id' } },
      ),
    ]),
    to: model([
      depot,
      box(
        { label: text(), depot_id: int64({ nullable: true }) },
        { references: { depot_id: { to: 'depot.id', onDelete: 'cascade' } } },
      ),
    ]),
    words: [step('box', 'drop foreign key fk_box_depot_id', 'drop column note', 'add foreign key fk_box_depot_id')],
    rows: ["INSERT INTO depot (town) VALUES ('x')", "INSERT INTO box (label, depot_id) VALUES ('a', 1)"],
    after: ['SELECT label, depot_id FROM box', [['a', '1']]],
    back: ['SELECT label, depot_id FROM box', [['a', '1']]],
  },
]);

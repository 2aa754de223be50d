import { boolean, generatedId, int64, table, text } from '../../../src/schema/index.ts';
import { model, type Story, step, tell } from './story.ts';

const id = generatedId();
type More = Partial<Omit<Parameters<typeof table>[1], 'columns' | 'primaryKey'>>;
const box = (more: More = {}) =>
  table('box', {
    columns: { id, label: text(), kind: text(), grams: int64({ nullable: true }) },
    primaryKey: ['id'],
    ...(more as object),
  });
const ROWS = ["INSERT INTO box (label, kind, grams) VALUES ('a', 'x', 5), ('b', 'y', NULL)"];
const KEPT: Story['after'] = [
  'SELECT label, kind, grams FROM box ORDER BY id',
  [
    ['a', 'x', '5'],
    ['b', 'y', null],
  ],
];
const change = (title: string, from: More, to: More, ...words: string[]): Story => ({
  title,
  from: model([box(from)]),
  to: model([box(to)]),
  words: words.length === 0 ? [] : [step('box', ...words)],
  rows: ROWS,
  after: KEPT,
  back: KEPT,
});

tell('checklist 5.1, indexes, uniques and checks', [
  change('checklist 12: an index is added', {}, { indexes: { ix: ['label'] } }, 'add index ix'),
  change('checklist 13: an index is dropped', { indexes: { ix: ['label'] } }, {}, 'drop index ix'),
  change(
    'checklist 14: an index becomes unique',
    { indexes: { ix: ['label'] } },
    { uniqueIndexes: { ix: ['label'] } },
    'drop index ix',
    'add index ix',
  ),
  change(
    'checklist 15: the columns of an index change their order',
    { indexes: { ix: ['label', 'kind'] } },
    { indexes: { ix: ['kind', 'label'] } },
    'drop index ix',
    'add index ix',
  ),
  change(
    'checklist 16: an index becomes descending',
    { indexes: { ix: ['label'] } },
    { indexes: { ix: ['-label'] } },
    'drop index ix',
    'add index ix',
  ),
  change(
    'checklist 17: the expression of an index changes',
    { indexes: { ix: ['(lower(label))'] } },
    { indexes: { ix: ['(upper(label))'] } },
    'drop index ix',
    'add index ix',
  ),
  change(
    'checklist 17: an index of an expression is the same the second time',
    { indexes: { ix: ['-(lower(label))', 'kind'] } },
    { indexes: { ix: ['-(lower(label))', 'kind'] } },
  ),
  change(
    'checklist 19: the condition of an index is added',
    { indexes: { ix: ['label'] } },
    { indexes: { ix: { columns: ['label'], where: 'grams IS NOT NULL' } } },
    'drop index ix',
    'add index ix',
  ),
  change(
    'checklist 19: the condition of an index changes',
    { indexes: { ix: { columns: ['label'], where: 'grams > 1' } } },
    { indexes: { ix: { columns: ['label'], where: 'grams > 2' } } },
    'drop index ix',
    'add index ix',
  ),
  change(
    'checklist 19: the condition of an index goes',
    { uniqueIndexes: { ix: { columns: ['label'], where: 'grams > 1' } } },
    { uniqueIndexes: { ix: ['label'] } },
    'drop index ix',
    'add index ix',
  ),
  change(
    'an index that is only renamed is renamed, not built anew',
    { indexes: { ix: ['label'] } },
    { indexes: { ix_label: ['label'] } },
    'rename index ix to ix_label',
  ),
  change(
    'two equal indexes that become one: one is renamed, the other goes',
    { indexes: { ix1: ['label'], ix2: ['label'] } },
    { indexes: { ix: ['label'] } },
    'rename index ix1 to ix',
    'drop index ix2',
  ),
  change('checklist 23: a unique constraint is added', {}, { uniques: { uq: ['label', 'kind'] } }, 'add unique constraint uq'),
  change('checklist 24: a unique constraint is dropped', { uniques: { uq: ['label'] } }, {}, 'drop unique constraint uq'),
  change(
    'checklist 25: the columns of a unique constraint change',
    { uniques: { uq: ['label'] } },
    { uniques: { uq: ['label', 'kind'] } },
    'drop unique constraint uq',
    'add unique constraint uq',
  ),
  change(
    'checklist 28: only the case of a unique constraint’s name changes',
    { uniques: { UQ: ['label'] } },
    { uniques: { uq: ['label'] } },
    'rename constraint UQ to uq',
  ),
  change(
    'checklist 28: only the case of an index’s name changes',
    { indexes: { IX: ['label'] } },
    { indexes: { ix: ['label'] } },
    'rename index IX to ix',
  ),
  change(
    'checklist 30: names in mixed case are nothing the second time',
    { indexes: { IxLabel: ['label'] }, checks: { CkBox: 'id > 0' } },
    { indexes: { IxLabel: ['label'] }, checks: { CkBox: 'id > 0' } },
  ),
  change('checklist 31: an index may be named as a column', {}, { indexes: { label: ['label'] } }, 'add index label'),
  change('checklist 44: a check is added', {}, { checks: { ck: "label <> ''" } }, 'add check ck'),
  change('checklist 45: a check is dropped', { checks: { ck: "label <> ''" } }, {}, 'drop check ck'),
  change(
    'checklist 46: a check of the same name with another expression is found',
    { checks: { ck: "label <> ''" } },
    { checks: { ck: "label <> 'z'" } },
    'drop check ck',
    'add check ck',
  ),
  change(
    'checklist 47: the same expression under another name is a rename',
    { checks: { ck: "label <> ''" } },
    { checks: { ck_label: "label <> ''" } },
    'rename constraint ck to ck_label',
  ),
  change(
    'checks that differ by engine are compared as they are declared',
    { checks: { ck: { sqlite: 'length(label) < 9', postgres: 'char_length(label) < 9' } } },
    { checks: { ck: { sqlite: 'length(label) < 9', postgres: 'char_length(label) < 9' } } },
  ),
  {
    title: 'checklist 48: a check of one name on two tables is two checks',
    from: model([
      box({ checks: { ck: 'id > 0' } }),
      table('crate', { columns: { id }, primaryKey: ['id'], checks: { ck: 'id > 0' } }),
    ]),
    to: model([
      box({ checks: { ck: 'id > 0' } }),
      table('crate', { columns: { id }, primaryKey: ['id'], checks: { ck: 'id > -1' } }),
    ]),
    words: [step('crate', 'drop check ck', 'add check ck')],
    rows: ROWS,
    after: KEPT,
    back: KEPT,
  },
  {
    title: 'checklist 49: the checks behind booleans and enums are not reported',
    from: model([table('flag', { columns: { id, is_on: boolean(), kind: text({ oneOf: ['a', 'b'] }) }, primaryKey: ['id'] })]),
    to: model([table('flag', { columns: { id, is_on: boolean(), kind: text({ oneOf: ['a', 'b'] }) }, primaryKey: ['id'] })]),
    words: [],
  },
  change('a check lets rows pass for which it is unknown', {}, { checks: { ck: 'grams > 1' } }, 'add check ck'),
  change(
    'checklist 47: a check that is unknown for a row is renamed too',
    { checks: { ck: 'grams > 1' } },
    { checks: { ck_grams: 'grams > 1' } },
    'rename constraint ck to ck_grams',
  ),
  {
    title: 'a check that rows break is refused, and changes nothing',
    from: model([box()]),
    to: model([box({ checks: { ck_light: 'grams < 5' } })]),
    words: [step('box', 'add check ck_light')],
    rows: ROWS,
    refused: /ck_light/,
  },
  {
    title: 'checklist 117: a unique constraint that rows break is refused, and changes nothing',
    from: model([box()]),
    to: model([box({ uniques: { uq_label: ['label'] } })]),
    words: [step('box', 'add unique constraint uq_label')],
    rows: ["INSERT INTO box (label, kind) VALUES ('a', 'x'), ('a', 'y')"],
    refused: /label/,
  },
]);

const depot = table('depot', {
  columns: { id, town: text(), zip: text() },
  primaryKey: ['id'],
  uniques: { uq_depot: ['town', 'zip'] },
});
const stored = (references: NonNullable<More['references']>) =>
  table('stored', {
    columns: { id, depot_id: int64({ nullable: true }), town: text({ nullable: true }), zip: text({ nullable: true }) },
    primaryKey: ['id'],
    references: references as Record<string, never>,
  });
const STORED_ROWS = [
  "INSERT INTO depot (town, zip) VALUES ('x', '1')",
  "INSERT INTO stored (depot_id, town, zip) VALUES (1, 'x', '1')",
];
const STORED: Story['after'] = ['SELECT depot_id, town, zip FROM stored', [['1', 'x', '1']]];
const key = (title: string, from: More['references'], to: More['references'], ...words: string[]): Story => ({
  title,
  from: model([depot, stored(from ?? {})]),
  to: model([depot, stored(to ?? {})]),
  words: words.length === 0 ? [] : [step('stored', ...words)],
  rows: STORED_ROWS,
  after: STORED,
  back: STORED,
});
const anew = ['drop foreign key fk_stored_depot_id', 'add foreign key fk_stored_depot_id'];
const one = (options: object = {}) => ({ depot_id: { to: 'depot.id', ...options } });

tell('checklist 5.1, foreign keys', [
  key('checklist 33: a foreign key is added', {}, one(), 'add foreign key fk_stored_depot_id'),
  key('checklist 34: a foreign key is dropped', one(), {}, 'drop foreign key fk_stored_depot_id'),
  key('checklist 32: a foreign key brings no index of its own that would be found', one(), one()),
  key(
    'checklist 35: a composite foreign key is added',
    {},
    { 'town,zip': 'depot.town,zip' },
    'add foreign key fk_stored_town_zip',
  ),
  key(
    'checklist 35: a composite foreign key is dropped',
    { 'town,zip': 'depot.town,zip' },
    {},
    'drop foreign key fk_stored_town_zip',
  ),
  key('checklist 36: ON DELETE is added', one(), one({ onDelete: 'cascade' }), ...anew),
  key('checklist 36: ON DELETE changes', one({ onDelete: 'cascade' }), one({ onDelete: 'set null' }), ...anew),
  key('checklist 36: ON DELETE goes', one({ onDelete: 'set default' }), one(), ...anew),
  key('checklist 37: ON UPDATE is added, changed and goes', one({ onUpdate: 'set null' }), one({ onUpdate: 'cascade' }), ...anew),
  key(
    'checklist 38: ON DELETE and ON UPDATE change at once',
    one({ onDelete: 'cascade' }),
    one({ onDelete: 'restrict', onUpdate: 'cascade' }),
    ...anew,
  ),
  key('checklist 39: RESTRICT is not NO ACTION', one(), one({ onDelete: 'restrict' }), ...anew),
  key('checklist 41, 42: a foreign key becomes deferred', one(), one({ isDeferred: true }), ...anew),
  key('checklist 42: a foreign key becomes immediate', one({ isDeferred: true }), one(), ...anew),
]);

tell('checklist 5.1, keys', [
  {
    title: 'checklist 50: a primary key becomes a composite one, while another table refers to its column',
    from: model([table('seat', { columns: { row_no: int64(), seat_no: int64() }, primaryKey: ['row_no'] })]),
    to: model([table('seat', { columns: { row_no: int64(), seat_no: int64() }, primaryKey: ['row_no', 'seat_no'] })]),
    words: [step('seat', 'make (row_no, seat_no) the primary key')],
    rows: ['INSERT INTO seat (row_no, seat_no) VALUES (1, 2), (2, 2)'],
    after: [
      'SELECT row_no, seat_no FROM seat ORDER BY row_no',
      [
        ['1', '2'],
        ['2', '2'],
      ],
    ],
    back: [
      'SELECT row_no, seat_no FROM seat ORDER BY row_no',
      [
        ['1', '2'],
        ['2', '2'],
      ],
    ],
  },
  {
    title: 'checklist 50: the primary key moves to other columns, and their order counts',
    from: model([
      table('seat', { columns: { row_no: int64(), seat_no: int64(), code: text() }, primaryKey: ['row_no', 'seat_no'] }),
    ]),
    to: model([table('seat', { columns: { row_no: int64(), seat_no: int64(), code: text() }, primaryKey: ['code', 'row_no'] })]),
    words: [step('seat', 'make (code, row_no) the primary key')],
    rows: ["INSERT INTO seat (row_no, seat_no, code) VALUES (1, 2, 'a')"],
    after: ['SELECT row_no, seat_no, code FROM seat', [['1', '2', 'a']]],
    back: ['SELECT row_no, seat_no, code FROM seat', [['1', '2', 'a']]],
  },
  {
    title: 'checklist 51: ids that were given become generated, and go on behind the highest',
    from: model([table('seat', { columns: { id: int64(), code: text() }, primaryKey: ['id'] })]),
    to: model([table('seat', { columns: { id, code: text() }, primaryKey: ['id'] })]),
    words: [step('seat', 'change column id')],
    rows: ["INSERT INTO seat (id, code) VALUES (7, 'a')"],
    after: ['SELECT id, code FROM seat', [['7', 'a']]],
    back: ['SELECT id, code FROM seat', [['7', 'a']]],
  },
  {
    title: 'checklist 51: generated ids become given ones',
    from: model([table('seat', { columns: { id, code: text() }, primaryKey: ['id'] })]),
    to: model([table('seat', { columns: { id: int64(), code: text() }, primaryKey: ['id'] })]),
    words: [step('seat', 'change column id')],
    rows: ["INSERT INTO seat (code) VALUES ('a'), ('b')"],
    after: [
      'SELECT id, code FROM seat ORDER BY id',
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
    ],
    back: [
      'SELECT id, code FROM seat ORDER BY id',
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
    ],
  },
  {
    title: 'checklist 51: a generated id is nothing the second time, alone or beside a key of the partitions',
    from: model([table('seat', { columns: { id, row_no: int64() }, primaryKey: ['id'], partitionedKey: ['row_no', 'id'] })]),
    to: model([table('seat', { columns: { id, row_no: int64() }, primaryKey: ['id'], partitionedKey: ['row_no', 'id'] })]),
    words: [],
  },
]);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgrade } from '../../../src/revisions/run.ts';
import { generatedId, int64, table, text, type View } from '../../../src/schema/index.ts';
import { everydayEngines } from '../../support/database.ts';
import { directPostgres, first, onFresh, third } from '../own-schema.ts';
import { model, type Story, step, tell } from './story.ts';

const id = generatedId();
const ROWS = ["INSERT INTO box (label) VALUES ('a'), ('b')"];
const box = (more: object = {}) =>
  table('box', { columns: { id, label: text(), grams: int64({ nullable: true }) }, primaryKey: ['id'], ...more });
const circle = (name: string, other: string) =>
  table(name, {
    columns: { id, other_id: int64({ nullable: true }) },
    primaryKey: ['id'],
    references: { other_id: `${other}.id` },
  });
const LABELS: Story['after'] = ['SELECT label FROM box ORDER BY id', [['a'], ['b']]];

tell('checklist 5.1, tables that belong together', [
  {
    title: 'checklist 68, 70: tables in a circle are made, and dropped again',
    from: model([box()]),
    to: model([box(), circle('hen', 'egg'), circle('egg', 'hen')]),
    words: ['create table egg', 'create table hen', step('egg', 'add foreign key fk_egg_other_id')],
    rows: ROWS,
    after: LABELS,
    back: LABELS,
  },
  {
    title: 'checklist 68, 70: tables in a circle are dropped, and made again',
    from: model([box(), circle('hen', 'egg'), circle('egg', 'hen')]),
    to: model([box()]),
    words: [step('hen', 'drop foreign key fk_hen_other_id'), 'drop table egg', 'drop table hen'],
    rows: [...ROWS, 'INSERT INTO hen (other_id) VALUES (NULL)', 'INSERT INTO egg (other_id) VALUES (1)'],
    after: LABELS,
    back: ['SELECT count(*) FROM egg', [['0']]],
  },
  {
    title: 'checklist 69: a table that refers to itself is added and dropped',
    from: model([box()]),
    to: model([box(), circle('tree', 'tree')]),
    words: ['create table tree'],
    rows: ROWS,
    after: LABELS,
    back: LABELS,
  },
  {
    title: 'checklist 70: linked tables are dropped children first',
    from: model([
      box(),
      table('lid', { columns: { id, box_id: int64() }, primaryKey: ['id'], references: { box_id: 'box.id' } }),
      table('knob', { columns: { id, lid_id: int64() }, primaryKey: ['id'], references: { lid_id: 'lid.id' } }),
    ]),
    to: model([box()]),
    words: ['drop table knob', 'drop table lid'],
    rows: [...ROWS, 'INSERT INTO lid (box_id) VALUES (1)', 'INSERT INTO knob (lid_id) VALUES (1)'],
    after: LABELS,
    back: ['SELECT count(*) FROM knob', [['0']]],
  },
  {
    title: 'checklist 43: a chain of foreign keys through tables that change',
    from: model([box(), table('lid', { columns: { id, box_id: int64() }, primaryKey: ['id'] })]),
    to: model([
      box(),
      table('lid', { columns: { id, box_id: int64() }, primaryKey: ['id'], references: { box_id: 'box.id' } }),
      table('knob', { columns: { id, lid_id: int64() }, primaryKey: ['id'], references: { lid_id: 'lid.id' } }),
    ]),
    words: ['create table knob', step('lid', 'add foreign key fk_lid_box_id')],
    rows: [...ROWS, 'INSERT INTO lid (box_id) VALUES (1)'],
    after: ['SELECT box_id FROM lid', [['1']]],
    back: ['SELECT box_id FROM lid', [['1']]],
  },
  {
    title: 'a key and the column that refers to it change their type together',
    from: model([
      table('town', { columns: { zip: int64(), name: text() }, primaryKey: ['zip'] }),
      table('street', { columns: { id, town_zip: int64() }, primaryKey: ['id'], references: { town_zip: 'town.zip' } }),
    ]),
    to: model([
      table('town', { columns: { zip: text(), name: text() }, primaryKey: ['zip'] }),
      table('street', { columns: { id, town_zip: text() }, primaryKey: ['id'], references: { town_zip: 'town.zip' } }),
    ]),
    words: [
      step('street', 'drop foreign key fk_street_town_zip'),
      step('town', 'change column zip'),
      step('street', 'change column town_zip'),
      step('street', 'add foreign key fk_street_town_zip'),
    ],
    rows: ["INSERT INTO town (zip, name) VALUES (10115, 'x')", 'INSERT INTO street (town_zip) VALUES (10115)'],
    after: ['SELECT town.name FROM street JOIN town ON town.zip = street.town_zip', [['x']]],
    back: ['SELECT town.name FROM street JOIN town ON town.zip = street.town_zip', [['x']]],
  },
  {
    title: 'a column changes its type under an index and a computed column',
    from: model([
      table('box', {
        columns: {
          id,
          grams: int64(),
          shown: text({ nullable: true, computed: { sqlite: "grams || ' g'", postgres: "grams::text || ' g'" } }),
        },
        primaryKey: ['id'],
        indexes: { ix_grams: ['grams'], ix_shown: ['shown'] },
      }),
    ]),
    to: model([
      table('box', {
        columns: {
          id,
          grams: text(),
          shown: text({ nullable: true, computed: { sqlite: "grams || ' g'", postgres: "grams::text || ' g'" } }),
        },
        primaryKey: ['id'],
        indexes: { ix_grams: ['grams'], ix_shown: ['shown'] },
      }),
    ]),
    words: [
      step('box', 'drop index ix_shown', 'drop column shown', 'change column grams', 'add column shown', 'add index ix_shown'),
    ],
    rows: ['INSERT INTO box (grams) VALUES (5)'],
    after: ['SELECT grams, shown FROM box', [['5', '5 g']]],
    back: ['SELECT grams, shown FROM box', [['5', '5 g']]],
  },
]);

const counted = (more: object = {}) => ({
  timing: 'after',
  event: 'update',
  body: { sqlite: 'UPDATE tally SET n = n + 1;', postgres: 'UPDATE tally SET n = n + 1; RETURN NULL;' },
  ...more,
});
const tally = table('tally', { columns: { id, n: int64() }, primaryKey: ['id'] });
const TALLY = ['INSERT INTO tally (n) VALUES (0)', ...ROWS];
const trigger = (title: string, from: object, to: object, ...words: string[]): Story => ({
  title,
  from: model([tally, box({ triggers: from })]),
  to: model([tally, box({ triggers: to })]),
  words: words.length === 0 ? [] : [step('box', ...words)],
  rows: [...TALLY, "UPDATE box SET label = label || '!' WHERE id = 1"],
  after: ['SELECT label FROM box ORDER BY id', [['a!'], ['b']]],
  back: ['SELECT label FROM box ORDER BY id', [['a!'], ['b']]],
});
const changedTrigger = ['drop trigger count_updates', 'add trigger count_updates'];

tell('checklist 5.1, triggers', [
  trigger('checklist 72: a trigger is added', {}, { count_updates: counted() }, 'add trigger count_updates'),
  trigger('checklist 72: a trigger is dropped', { count_updates: counted() }, {}, 'drop trigger count_updates'),
  trigger(
    'checklist 72: the columns of UPDATE OF change',
    { count_updates: counted({ updateOf: ['label'] }) },
    { count_updates: counted({ updateOf: ['grams'] }) },
    ...changedTrigger,
  ),
  trigger(
    'checklist 72: WHEN is added',
    { count_updates: counted() },
    { count_updates: counted({ when: 'new.label <> old.label' }) },
    ...changedTrigger,
  ),
  trigger(
    'checklist 72: the body changes',
    { count_updates: counted() },
    {
      count_updates: counted({
        body: { sqlite: 'UPDATE tally SET n = n + 2;', postgres: 'UPDATE tally SET n = n + 2; RETURN NULL;' },
      }),
    },
    ...changedTrigger,
  ),
  trigger(
    'checklist 72: timing and event change',
    { count_updates: counted() },
    { count_updates: counted({ event: 'delete' }) },
    ...changedTrigger,
  ),
  trigger(
    'checklist 72: an unchanged trigger is nothing',
    { count_updates: counted({ when: 'new.id > 0' }) },
    { count_updates: counted({ when: 'new.id > 0' }) },
  ),
]);

const names = (query = 'SELECT id, label FROM box'): View => ({ name: 'names', query, reads: ['box'] });
const long: View = { name: 'long_names', query: 'SELECT id, label FROM names WHERE length(label) > 0', reads: ['names'] };
const first3: View = { name: 'first_names', query: 'SELECT label FROM long_names WHERE id < 3', reads: ['long_names'] };
const FIRST: Story['after'] = ['SELECT label FROM first_names ORDER BY label', [['a'], ['b']]];

tell('checklist 5.1, views', [
  {
    title: 'checklist 73: a view is added and dropped',
    from: model([box()]),
    to: model([box()], [names()]),
    words: ['create view names'],
    rows: ROWS,
    after: ['SELECT label FROM names ORDER BY id', [['a'], ['b']]],
    back: LABELS,
  },
  {
    title: 'checklist 73: a view under two others changes: all three are made anew, in order',
    from: model([box()], [names(), long, first3]),
    to: model([box()], [names("SELECT id, label || '!' AS label FROM box"), long, first3]),
    words: [
      'drop view first_names',
      'drop view long_names',
      'drop view names',
      'create view names',
      'create view long_names',
      'create view first_names',
    ],
    rows: ROWS,
    after: ['SELECT label FROM first_names ORDER BY label', [['a!'], ['b!']]],
    back: FIRST,
  },
  {
    title: 'checklist 73: the table under three views changes: they come back, word for word',
    from: model([box()], [names('SELECT id, label, grams FROM box'), long, first3]),
    to: model(
      [table('box', { columns: { id, label: text(), grams: text({ nullable: true }) }, primaryKey: ['id'] })],
      [names('SELECT id, label, grams FROM box'), long, first3],
    ),
    words: [
      'drop view first_names',
      'drop view long_names',
      'drop view names',
      step('box', 'change column grams'),
      'create view names',
      'create view long_names',
      'create view first_names',
    ],
    rows: ROWS,
    after: FIRST,
    back: FIRST,
  },
  {
    title: 'checklist 73: a view stays where nothing that it reads changes: others may have been let read it',
    from: model([box()], [names(), long, first3]),
    to: model(
      [
        table('box', {
          columns: { id, label: text({ default: 'x' }), size: int64({ nullable: true }) },
          primaryKey: ['id'],
          indexes: { ix_box_label: ['label'] },
          checks: { ck_box: "label <> ''" },
        }),
      ],
      [names(), long, first3],
    ),
    words: [
      step('box', 'change column label', 'add column size', 'drop column grams', 'add index ix_box_label', 'add check ck_box'),
    ],
    drops: ['box.grams'],
    rows: ROWS,
    after: FIRST,
    back: FIRST,
  },
  {
    title: 'checklist 73: a view that may mean every column is made anew with another column',
    from: model([box()], [names('SELECT * FROM box'), long]),
    to: model(
      [
        table('box', {
          columns: { id, label: text(), grams: int64({ nullable: true }), size: int64({ nullable: true }) },
          primaryKey: ['id'],
        }),
      ],
      [names('SELECT * FROM box'), long],
    ),
    words: [
      'drop view long_names',
      'drop view names',
      step('box', 'add column size'),
      'create view names',
      'create view long_names',
    ],
    rows: ROWS,
    after: ['SELECT size FROM names', [[null], [null]]],
    back: LABELS,
  },
]);

for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  test(
    `checklist 76, 78: tables of the tool and of the engine are never in the diff, and stay (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, query, direct, engine }) => {
        await upgrade(run([first]));
        const mine = directPostgres().some(({ name }) => name === target.name)
          ? 'CREATE TABLE somebodys (a tsvector)'
          : 'CREATE VIRTUAL TABLE somebodys USING fts5(a)';
        await query(mine);
        await upgrade(run([first, { ...third, id: '0002' }]));
        const form = await direct((connection) => engine.introspect(connection));
        assert.deepEqual(
          form.filter((line) => /schema_revision|sqlite_/.test(line)),
          [],
        );
        assert.ok(form.some((line) => line.startsWith('"somebodys"')));
        await query(
          target.name === 'sqlite' ? "INSERT INTO somebodys VALUES ('still works')" : "INSERT INTO somebodys VALUES ('works')",
        );
      }),
  );
}

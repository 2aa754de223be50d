import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, Engine } from '../../../src/engine/engine.ts';
import type { Rebuild } from '../../../src/revisions/compile/action.ts';
import { compileStep } from '../../../src/revisions/compile/compile.ts';
import { targetOf } from '../../../src/revisions/compile/target.ts';
import { rebuild } from '../../../src/revisions/rebuild.ts';
import { replaySteps } from '../../../src/revisions/state.ts';
import { alterTable, createTable, type Step } from '../../../src/revisions/step.ts';
import { generatedId, int64, table, text } from '../../../src/schema/index.ts';
import { hasCode } from '../own-schema.ts';
import { contentOf, onFile } from './story.ts';

/**
 * Each test plants one loss that other tools have (facts 2.3), by changing a statement of a rebuild on its way to SQLite or by running one
 * more, and sees it caught, rolled back and named.
 */
const deck = table('deck', {
  columns: {
    id: generatedId(),
    name: text({ nullable: true }),
    size: int64({ nullable: true }),
    label: text({ nullable: true, computed: "name || '!'" }),
    owner_id: int64({ nullable: true }),
  },
  primaryKey: ['id'],
  uniques: { uq_deck_name: ['name'] },
  indexes: { deck_lower: ['(lower(name))'], deck_big: { columns: ['-size'], where: 'size > 1' } },
  references: { owner_id: { to: 'owner.id', isDeferred: true, onDelete: 'set null' } },
  checks: { ck_deck_size: 'size < 1000' },
  triggers: {
    deck_made: {
      timing: 'after',
      event: 'insert',
      body: { sqlite: 'INSERT INTO log VALUES (new.name);', postgres: 'RETURN new;' },
    },
  },
});
const owner = table('owner', { columns: { id: generatedId(), name: text() }, primaryKey: ['id'] });
const plant = `
  CREATE TABLE log (what TEXT);
  INSERT INTO owner (id, name) VALUES (1, 'o');
  INSERT INTO deck (id, name, size, owner_id) VALUES (1, 'a', 1, 1), (2, 'B', 2, NULL), (3, 'c', NULL, 1);
  DELETE FROM deck WHERE id = 3;
  CREATE TABLE card (id INTEGER PRIMARY KEY, deck_id INTEGER REFERENCES deck (id) ON DELETE CASCADE, front TEXT COLLATE NOCASE CHECK (front <> ''));
  INSERT INTO card VALUES (1, 1, 'f'), (2, 1, 'g'), (3, 2, 'h');
  CREATE TABLE word (w TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
  INSERT INTO word VALUES ('x', 1), ('y', 2);
  CREATE VIRTUAL TABLE found USING fts5 (front);
  INSERT INTO found VALUES ('hello world');
  CREATE VIEW names AS SELECT name FROM deck;
  CREATE TABLE busy (id INTEGER PRIMARY KEY);
  CREATE TRIGGER busy_made AFTER INSERT ON busy BEGIN DELETE FROM card WHERE id = 3; END;`;
const step: Step = alterTable('deck', {
  kind: 'changeColumn',
  name: 'size',
  column: int64({ default: 1 }),
  using: 'coalesce(size, 1)',
});
const before = replaySteps({ tables: {}, views: [] }, { id: '0001', name: 'x' }, [createTable(owner), createTable(deck)]);
const [action] = compileStep(step, before, targetOf('sqlite', '3.53')) as [Rebuild];

type Change = (sql: string) => string | readonly string[];

async function sabotaged(change: Change, ...named: readonly RegExp[]): Promise<void> {
  const story = { tables: [owner, deck], plant, steps: [step] };
  await onFile(story, async (engine: Engine, file) => {
    const content = contentOf(file);
    let isChanged = false;
    await engine.dedicated(async (real) => {
      const connection: Connection = {
        query: real.query.bind(real),
        execute: real.execute.bind(real),
        kysely: real.kysely,
        async script(sql) {
          const changed = [change(sql)].flat();
          if (changed.length !== 1 || changed[0] !== sql) isChanged = true;
          for (const each of changed) await real.script(each);
        },
      };
      await real.script('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
      await assert.rejects(rebuild(connection, engine, action), hasCode('FC_REVISION_FAILED', ...named));
      await real.script('ROLLBACK');
    });
    assert.ok(isChanged, 'the loss was planted');
    assert.deepEqual(contentOf(file), content);
  });
}

const instead =
  (pattern: RegExp, replacement: string): Change =>
  (sql) =>
    sql.replace(pattern, replacement);
/** Runs these beside the copy, where the statement matches. */
const beside =
  (pattern: RegExp, ...more: string[]): Change =>
  (sql) =>
    pattern.test(sql) ? [sql, ...more] : sql;
const without =
  (pattern: RegExp): Change =>
  (sql) =>
    pattern.test(sql) ? [] : sql;
const COPY = /^INSERT INTO "__new_deck"/;

const losses: readonly [string, Change, ...RegExp[]][] = [
  ['a child row is deleted', beside(COPY, 'DELETE FROM card WHERE id = 1'), /card had 3 rows and would have 2/],
  ['a child’s reference is emptied', beside(COPY, 'UPDATE card SET deck_id = NULL WHERE id = 1'), /1 rows beyond the 2 of deck/],
  [
    'all rows of another table are deleted at once (truncate)',
    beside(COPY, 'DELETE FROM card', "INSERT INTO card VALUES (1, 1, 'f'), (2, 1, 'g'), (3, 2, 'x')"),
    /rows beyond/,
  ],
  ['a row of another table is replaced', beside(COPY, "REPLACE INTO card VALUES (1, 1, 'other')"), /1 rows beyond/],
  ['a row of a table without rowid is changed', beside(COPY, "UPDATE word SET n = 3 WHERE w = 'x'"), /1 rows beyond/],
  ['a row of a table without rowid is replaced', beside(COPY, "REPLACE INTO word VALUES ('x', 9)"), /1 rows beyond/],
  ['a trigger changes a third table', beside(COPY, 'INSERT INTO busy VALUES (1)', 'DELETE FROM busy'), /rows beyond|would have/],
  ['a full-text index is changed', beside(COPY, "UPDATE found SET front = 'bye'"), /rows beyond|would have/],
  ['a full-text index loses its rows', beside(COPY, 'DELETE FROM found'), /would have/],
  [
    'another table is dropped and made again, empty',
    beside(
      COPY,
      'DROP TABLE log',
      'DROP TABLE word',
      'CREATE TABLE log (what TEXT)',
      'CREATE TABLE word (w TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID',
    ),
    /word had 2 rows and would have 0/,
  ],
  ['a row is not copied', (sql) => (COPY.test(sql) ? `${sql} LIMIT 1` : sql), /deck has 2 rows and would have 1/],
  [
    'values are changed while they are copied',
    beside(COPY, 'UPDATE "__new_deck" SET name = lower(name)'),
    /1 of 2 rows of deck would not keep their values/,
  ],
  [
    'two columns are swapped',
    beside(COPY, 'UPDATE "__new_deck" SET name = \'B\' WHERE id = 1 AND 0', 'UPDATE "__new_deck" SET owner_id = id'),
    /rows of deck would not keep their values/,
  ],
  [
    'a row replaces another while they are copied',
    (sql) => (COPY.test(sql) ? sql.replace('INSERT INTO', 'INSERT OR REPLACE INTO').replace(/SELECT "id"/, 'SELECT 1') : sql),
    /deck has 2 rows and would have 1/,
  ],
  ['a trigger is not made again', without(/^CREATE TRIGGER "deck_made"/), /trigger deck_made would be lost/],
  [
    'a trigger fires no more on what it did',
    instead(/AFTER INSERT ON "deck" FOR EACH ROW/, 'AFTER DELETE ON "deck" FOR EACH ROW'),
    /trigger deck_made would be another/,
  ],
  ['a view is dropped', beside(COPY, 'DROP VIEW names'), /view names would be lost/],
  ['an expression index is not made again', without(/^CREATE INDEX "deck_lower"/), /index deck_lower would be lost/],
  ['a partial index becomes a whole one', instead(/ WHERE size > 1$/, ''), /index deck_big would be another/],
  ['AUTOINCREMENT is lost', instead(/ AUTOINCREMENT/, ''), /table deck would be another/],
  [
    'the id sequence is lost',
    beside(/^CREATE TRIGGER "deck_made"|^CREATE INDEX "deck_big"/, 'DELETE FROM sqlite_sequence'),
    /handed out again|rows beyond/,
  ],
  [
    'another table’s id sequence is lost',
    beside(/^CREATE INDEX "deck_big"/, "DELETE FROM sqlite_sequence WHERE name = 'owner'"),
    /ids of owner would be handed out again: the last was 1/,
  ],
  [
    'COLLATE of another table is lost',
    beside(
      COPY,
      'DROP TABLE card',
      "CREATE TABLE card (id INTEGER PRIMARY KEY, deck_id INTEGER REFERENCES deck (id) ON DELETE CASCADE, front TEXT CHECK (front <> ''))",
    ),
    /table card would be another/,
  ],
  [
    'an unnamed CHECK of another table is lost',
    beside(
      COPY,
      'DROP TABLE card',
      'CREATE TABLE card (id INTEGER PRIMARY KEY, deck_id INTEGER REFERENCES deck (id) ON DELETE CASCADE, front TEXT COLLATE NOCASE)',
    ),
    /table card would be another/,
  ],
  ['a named CHECK is lost', instead(/,\s*CONSTRAINT "ck_deck_size" CHECK \([^)]*\)/, ''), /table deck would be another/],
  [
    'a generated column becomes a plain one',
    instead(/ GENERATED ALWAYS AS \(name \|\| '!'\) STORED/, ''),
    /table deck would be another/,
  ],
  ['ON CONFLICT appears', instead(/ UNIQUE \("name"\)/, ' UNIQUE ("name") ON CONFLICT REPLACE'), /table deck would be another/],
  ['DEFERRABLE is lost', instead(/ DEFERRABLE INITIALLY DEFERRED/, ''), /table deck would be another/],
  ['STRICT is lost', instead(/\) STRICT$/, ')'), /table deck would be another/],
  [
    'WITHOUT ROWID of another table is lost',
    beside(COPY, 'DROP TABLE word', 'CREATE TABLE word (w TEXT PRIMARY KEY, n INTEGER)'),
    /table word would be another/,
  ],
  [
    'something nobody announced is made',
    beside(COPY, 'CREATE TABLE leftover (a)'),
    /table leftover would be there, which nobody announced/,
  ],
];
for (const [title, change, ...named] of losses)
  test(`F1–F12, checklist 160: the proof of a rebuild catches it when ${title}`, () => sabotaged(change, ...named));

test('F1: the rebuild refuses to begin where foreign keys are enforced, and the cascade it would cause does not happen', () =>
  onFile({ tables: [owner, deck], plant, steps: [step] }, async (engine, file) => {
    const content = contentOf(file);
    await engine.dedicated(async (connection) => {
      await connection.script('PRAGMA foreign_keys = ON; BEGIN IMMEDIATE');
      // Inside a transaction this does nothing, silently.
      await connection.script('PRAGMA foreign_keys = OFF');
      await assert.rejects(rebuild(connection, engine, action), hasCode('FC_REVISION_FAILED', /foreign keys are still enforced/));
      await connection.script('ROLLBACK');
    });
    assert.deepEqual(contentOf(file), content);
  }));

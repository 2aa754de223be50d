import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { parseDatabaseUrl } from '../../src/db/database-url.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable, createTable, type Step } from '../../src/revisions/step.ts';
import { generatedId, int64, schema, type Table, table, text } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { engines } from '../support/database.ts';

/** SQLite changes a table by building it anew. Each test plants what other tools lose and looks for it afterwards. */
const deck = table('deck', {
  columns: { id: generatedId(), name: text({ nullable: true }), parent_id: int64({ nullable: true }) },
  primaryKey: ['id'],
  references: { parent_id: 'deck.id' },
});
/** No version of SQLite changes a default in place. */
const change: Step = alterTable('deck', { kind: 'changeColumn', name: 'name', column: text({ default: 'deck' }) });
const [sqlite] = engines();

async function rebuilt(
  plant: string,
  look: (db: DatabaseSync) => void,
  step: Step = change,
  before: Table = deck,
): Promise<void> {
  const place = await (sqlite as NonNullable<typeof sqlite>).fresh();
  const engine = openEngine(place, { schema: schema({}) });
  const address = parseDatabaseUrl(place.url, '/');
  assert.ok(typeof address === 'object' && address.engine === 'sqlite');
  const one: Revision = { id: '0001', name: 'deck', upgrade: [createTable(before)], downgrade: 'it is the first.' };
  const two: Revision = { id: '0002', name: 'name_required', upgrade: [step], downgrade: 'not needed here.' };
  try {
    await upgrade({ engine, revisions: [one], clock: systemClock() });
    const db = new DatabaseSync(address.file);
    db.exec(`INSERT INTO deck (id, name, parent_id) VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2); ${plant}`);
    db.close();
    await upgrade({ engine, revisions: [one, two], clock: systemClock() });
    const after = new DatabaseSync(address.file);
    try {
      look(after);
      assert.equal(after.prepare('SELECT count(*) AS n FROM pragma_foreign_key_check').get()?.n, 0);
      assert.deepEqual(after.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '__new%'").all(), []);
    } finally {
      after.close();
    }
  } finally {
    await engine.close();
    await place.drop();
  }
}

const one = (db: DatabaseSync, sql: string): unknown => Object.values(db.prepare(sql).get() ?? {})[0];

for (const action of ['CASCADE', 'SET NULL', 'SET DEFAULT', 'NO ACTION', 'RESTRICT']) {
  test(`F1, F2: rebuilding a parent keeps its children and their references (ON DELETE ${action})`, () =>
    rebuilt(
      `CREATE TABLE card (id INTEGER PRIMARY KEY, deck_id INTEGER DEFAULT 1 REFERENCES deck (id) ON DELETE ${action});
       INSERT INTO card (deck_id) VALUES (1), (2), (3);
       CREATE TABLE note (id INTEGER PRIMARY KEY, card_id INTEGER REFERENCES card (id) ON DELETE ${action});
       INSERT INTO note (card_id) VALUES (1), (2), (3);`,
      (db) => {
        assert.deepEqual(
          db
            .prepare('SELECT deck_id FROM card ORDER BY id')
            .all()
            .map((row) => row.deck_id),
          [1, 2, 3],
        );
        assert.equal(one(db, 'SELECT count(card_id) FROM note'), 3);
        assert.equal(one(db, 'SELECT count(parent_id) FROM deck'), 2, 'self-references too');
      },
    ));
}

test('F3: the connection’s pragmas are as before, also after a failed revision', async () => {
  const place = await (sqlite as NonNullable<typeof sqlite>).fresh();
  const engine = openEngine(place, { schema: schema({}) });
  try {
    await upgrade({
      engine,
      revisions: [{ id: '0001', name: 'deck', upgrade: [createTable(deck)], downgrade: 'none.' }],
      clock: systemClock(),
    });
    await engine.write((connection) => connection.script('INSERT INTO deck (name) VALUES (NULL)'));
    await assert.rejects(
      upgrade({
        engine,
        revisions: [
          { id: '0001', name: 'deck', upgrade: [createTable(deck)], downgrade: 'none.' },
          { id: '0002', name: 'required', upgrade: [change], downgrade: 'none.' },
        ],
        clock: systemClock(),
      }),
      (error) =>
        error instanceof FlashcaseError &&
        error.code === 'FC_REVISION_FAILED' &&
        /0002 required failed at "change table deck: change column name"/.test(error.message),
    );
    for (const connection of [engine.read.bind(engine), engine.dedicated.bind(engine)]) {
      assert.equal((await connection((c) => c.query('PRAGMA foreign_keys')))[0]?.foreign_keys, 1);
      assert.equal((await connection((c) => c.query('PRAGMA legacy_alter_table')))[0]?.legacy_alter_table, 0);
    }
    assert.equal((await engine.read((c) => c.query('SELECT count(*) AS n FROM deck')))[0]?.n, 1);
  } finally {
    await engine.close();
    await place.drop();
  }
});

test('F4: triggers stay, word for word, and fire', () =>
  rebuilt(
    `CREATE TABLE audit (what TEXT); CREATE TRIGGER deck_made AFTER INSERT ON deck WHEN new.name <> 'x' BEGIN INSERT INTO audit VALUES (new.name); END;`,
    (db) => {
      assert.equal(
        one(db, "SELECT sql FROM sqlite_schema WHERE name = 'deck_made'"),
        "CREATE TRIGGER deck_made AFTER INSERT ON deck WHEN new.name <> 'x' BEGIN INSERT INTO audit VALUES (new.name); END",
      );
      db.exec("INSERT INTO deck (name) VALUES ('d')");
      assert.equal(one(db, 'SELECT group_concat(what) FROM audit'), 'd');
    },
  ));

test('F5: views on the table, and views on these, survive and select the same', () =>
  rebuilt(
    'CREATE VIEW names AS SELECT name FROM deck; CREATE VIEW upper_names AS SELECT upper(name) AS n FROM names; CREATE TRIGGER names_insert INSTEAD OF INSERT ON names BEGIN INSERT INTO deck (name) VALUES (new.name); END;',
    (db) => {
      assert.equal(one(db, 'SELECT group_concat(n) FROM upper_names'), 'A,B,C');
      db.exec("INSERT INTO names VALUES ('d')");
      assert.equal(one(db, 'SELECT count(*) FROM deck'), 4);
    },
  ));

test('F6: ids go on where they were, also when the highest rows are gone', async () => {
  await rebuilt('DELETE FROM deck WHERE id = 3;', (db) => {
    db.exec("INSERT INTO deck (name) VALUES ('d')");
    assert.equal(one(db, 'SELECT max(id) FROM deck'), 4);
  });
  await rebuilt('UPDATE deck SET parent_id = NULL; DELETE FROM deck;', (db) => {
    db.exec("INSERT INTO deck (name) VALUES ('d')");
    assert.equal(one(db, 'SELECT max(id) FROM deck'), 4, 'an emptied table too');
  });
});

test('F7: no foreign key names a table that is not there', () =>
  rebuilt('CREATE TABLE card (id INTEGER PRIMARY KEY, deck_id INTEGER REFERENCES deck (id));', (db) => {
    const named = db
      .prepare(
        'SELECT DISTINCT f."table" AS target FROM sqlite_schema s, pragma_foreign_key_list(s.name) f WHERE s.type = \'table\'',
      )
      .all();
    assert.deepEqual(named.map((row) => row.target).toSorted(), ['deck']);
  }));

test('F9: values follow their column’s name, whatever the order of the columns', () =>
  rebuilt(
    'ALTER TABLE deck RENAME COLUMN name TO n; ALTER TABLE deck ADD COLUMN name TEXT; UPDATE deck SET name = n; ALTER TABLE deck DROP COLUMN n;',
    (db) => {
      assert.deepEqual(
        db
          .prepare('SELECT id, name, parent_id FROM deck ORDER BY id')
          .all()
          .map((row) => Object.values(row)),
        [
          [1, 'a', null],
          [2, 'b', 1],
          [3, 'c', 2],
        ],
      );
    },
  ));

test('F12: indexes nobody declared stay: partial, on an expression, descending, with a collation', () =>
  rebuilt(
    "CREATE INDEX i1 ON deck (name) WHERE name > 'a'; CREATE INDEX i2 ON deck (lower(name)); CREATE INDEX i3 ON deck (name DESC); CREATE UNIQUE INDEX i4 ON deck (name COLLATE NOCASE);",
    (db) => {
      assert.deepEqual(
        db
          .prepare("SELECT sql FROM sqlite_schema WHERE name LIKE 'i_' ORDER BY name")
          .all()
          .map((row) => String(row.sql).replace(/^CREATE /, '')),
        [
          "INDEX i1 ON deck (name) WHERE name > 'a'",
          'INDEX i2 ON deck (lower(name))',
          'INDEX i3 ON deck (name DESC)',
          'UNIQUE INDEX i4 ON deck (name COLLATE NOCASE)',
        ],
      );
      assert.throws(() => db.exec("INSERT INTO deck (name) VALUES ('A')"), /UNIQUE/);
      assert.match(String(one(db, "SELECT sql FROM sqlite_schema WHERE name = 'deck'")), /AUTOINCREMENT[\s\S]*STRICT$/);
    },
  ));

test('F15: a table somebody left under the temporary name is neither used nor dropped', () =>
  rebuilt('CREATE TABLE "__new_deck" (a); INSERT INTO "__new_deck" VALUES (1);', (db) => {
    assert.equal(one(db, 'SELECT count(*) FROM deck'), 3);
    assert.equal(one(db, 'SELECT count(*) FROM "__new_deck"'), 1);
    db.exec('DROP TABLE "__new_deck"');
  }));

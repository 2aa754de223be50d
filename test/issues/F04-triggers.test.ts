import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one, rebuilt } from '../revisions/rebuild/planted.ts';

/** F4: triggers go with the old table elsewhere, and nobody is told. */
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

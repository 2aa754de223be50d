import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rebuilt } from '../revisions/rebuild/planted.ts';

/** F7: renaming the old table first makes its children point at it, and then it is dropped. */
test('F7: no foreign key names a table that is not there', () =>
  rebuilt('CREATE TABLE card (id INTEGER PRIMARY KEY, deck_id INTEGER REFERENCES deck (id));', (db) => {
    const named = db
      .prepare(
        'SELECT DISTINCT f."table" AS target FROM sqlite_schema s, pragma_foreign_key_list(s.name) f WHERE s.type = \'table\'',
      )
      .all();
    assert.deepEqual(named.map((row) => row.target).toSorted(), ['deck']);
  }));

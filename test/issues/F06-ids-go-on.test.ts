import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterTable } from '../../src/revisions/step.ts';
import { generatedId, table, text } from '../../src/schema/index.ts';
import { one, rebuilt } from '../revisions/rebuild/planted.ts';

/** F6: a rebuild that forgets `sqlite_sequence` hands out the ids of deleted rows again. */
const crate = table('crate', { columns: { id: generatedId(), label: text() }, primaryKey: ['id'] });

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

test('F6: a table that never had a row hands out each id once after its rebuild', () =>
  rebuilt(
    '',
    (db) => {
      db.exec("INSERT INTO crate (label) VALUES ('first'); DELETE FROM crate; INSERT INTO crate (label) VALUES ('second')");
      assert.deepEqual(
        [one(db, 'SELECT id FROM crate'), one(db, "SELECT seq FROM sqlite_sequence WHERE name = 'crate'")],
        [2, 2],
      );
      assert.equal(one(db, "SELECT count(*) FROM sqlite_sequence WHERE name LIKE '%new%'"), 0);
    },
    alterTable('crate', { kind: 'changeColumn', name: 'label', column: text({ default: 'x' }) }),
    crate,
  ));

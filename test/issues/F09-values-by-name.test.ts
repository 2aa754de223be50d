import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rebuilt } from '../revisions/rebuild/planted.ts';

/** F9: `INSERT … SELECT *` swaps values where the columns of the database stand in another order than those of the model. */
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

import assert from 'node:assert/strict';
import { one, rebuilt } from './planted.ts';

/** Rebuilds a table that has children, their children, and references to itself, all with this action; nothing of them may be lost. */
export const keepsItsChildren = (action: string): Promise<void> =>
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
  );

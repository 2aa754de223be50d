import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one, rebuilt } from '../revisions/rebuild/planted.ts';

// F15: a killed rebuild leaves its new table behind elsewhere. That ours leaves none, killed at any statement: test/revisions/crash.test.ts.
test('F15: a table somebody left under the temporary name is neither used nor dropped', () =>
  rebuilt('CREATE TABLE "__new_deck" (a); INSERT INTO "__new_deck" VALUES (1);', (db) => {
    assert.equal(one(db, 'SELECT count(*) FROM deck'), 3);
    assert.equal(one(db, 'SELECT count(*) FROM "__new_deck"'), 1);
    db.exec('DROP TABLE "__new_deck"');
  }));

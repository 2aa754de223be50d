import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshTarget, insert, moved, newSource, onTarget, servers, temporaryFolder } from '../move/library.ts';

/** F55: rows copied from SQLite leave PostgreSQL's sequences at 1, and the first insert fails. */
for (const target of servers()) {
  test(`T-21, T-22, T-23, T-24, T-28: after the move no id is handed out twice, also not one of a deleted row (${target.name})`, {
    skip: target.skip,
  }, async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await newSource(file);
    insert(db, 'author', { id: 1n, pen_name: 'Ada' });
    insert(db, 'author', { id: 500n, pen_name: 'deleted' });
    db.exec('DELETE FROM author WHERE id = 500');
    insert(db, 'book', { id: 3_000_000_000n, author_id: 1n });
    db.exec("DELETE FROM sqlite_sequence WHERE name = 'book'");
    db.close();
    const url = await freshTarget(t, target);
    assert.equal((await moved(file, url)).verdict.isEqual, true);
    assert.equal((await onTarget(url, "INSERT INTO author (pen_name) VALUES ('new') RETURNING id"))[0]?.id, '501');
    assert.equal((await onTarget(url, 'INSERT INTO book (author_id) VALUES (1) RETURNING id'))[0]?.id, '3000000001');
    assert.deepEqual(
      (await onTarget(url, "SELECT data_type::text, max_value FROM pg_sequences WHERE sequencename = 'book_id_seq'")).map((row) =>
        Object.values(row),
      ),
      [['bigint', '9223372036854775807']],
    );
  });
}

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { freshTarget, insert, moved, newSource, onTarget, servers, temporaryFolder } from '../move/library.ts';
import { first, onFresh, second, sql } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

/** F55: rows copied from SQLite, or inserted with their ids, leave PostgreSQL's sequences at 1, and the first insert fails. */
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

for (const target of everydayEngines()) {
  test(
    `F55: after a revision that gave ids itself, the next row has the next id, the same on every engine (${target.name})`,
    {
      skip: target.skip,
    },
    () =>
      onFresh(target, async ({ run, query }) => {
        const given: Revision = {
          id: '0003',
          name: 'given',
          upgrade: [
            sql('a parcel', "INSERT INTO parcel (id, label) VALUES (1, 'given')"),
            sql(
              'depots, by all their columns, and nothing else',
              'WITH towns AS (SELECT id + 6 AS id, label FROM parcel) INSERT INTO depot SELECT id, label FROM towns',
              "INSERT INTO parcel (label) VALUES ('its number is handed out')",
            ),
          ],
          downgrade: [sql('all away', 'DELETE FROM depot', 'DELETE FROM parcel')],
        };
        for (const more of [{}, { isTransactional: false } as const]) {
          await upgrade(run([first, second, { ...given, ...more }]));
          await query("INSERT INTO parcel (label) VALUES ('next')");
          await query("INSERT INTO depot (town) VALUES ('next')");
          assert.deepEqual(
            (await query('SELECT max(id) AS parcel, (SELECT max(id) FROM depot) AS depot FROM parcel')).map(
              ({ parcel, depot }) => [Number(parcel), Number(depot)],
            ),
            [[3, 8]],
          );
          await downgrade(run([first, second, { ...given, ...more }]), 'base');
        }
      }),
  );
}

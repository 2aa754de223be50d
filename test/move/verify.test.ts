// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { FlashcaseError } from '../../src/errors/index.ts';
import { runMove } from '../../src/move/run/run-move.ts';
import type { Verdict } from '../../src/move/verify/verify-move.ts';
import { freshTarget, moved, newSource, onTarget, optionsFor, server, servers, temporaryFolder, verified } from './library.ts';

async function movedLibrary(t: TestContext): Promise<{ file: string; url: string }> {
  const file = join(temporaryFolder(t), 'source.db');
  const db = await newSource(file);
  db.exec(`
    INSERT INTO author (id, pen_name) VALUES (1, 'Ada'), (2, 'Bo');
    WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 6000)
    INSERT INTO book (id, author_id, body, stars, copies, score, is_lent, printed_at, cover, pages)
    SELECT i, 1 + i % 2, 'book ' || i, i % 5, i * 1000000007, i / 7.0, i % 2, printf('2024-01-01 00:00:00.%06d', i), CAST('cover ' || i AS BLOB), i FROM s;
    INSERT INTO shelf (room, label, note) SELECT 'room ' || (id % 10), 'label ' || id, NULL FROM book WHERE id <= 500;
    INSERT INTO placed SELECT id, 'room ' || (id % 10), 'label ' || id FROM book WHERE id <= 400;
  `);
  db.close();
  const url = await freshTarget(t);
  await runMove(optionsFor(file, url));
  return { file, url };
}

const told = (verdict: Verdict): string[] =>
  verdict.tables.flatMap(({ differences }) =>
    differences.map(({ table, key, column, source, target }) => `${table} ${key} ${column}: ${source} | ${target}`),
  );

/** Damage, and what must be said about it. `column` values are small changes a careless move makes. */
const DAMAGE: readonly { readonly name: string; readonly sql: string; readonly said: string }[] = [
  {
    name: 'the last bit of a real',
    sql: 'UPDATE book SET score = score + 4.5e-13 WHERE id = 5999',
    said: 'book id=5999 score: 857 | 857.0000000000005',
  },
  {
    name: 'one microsecond',
    sql: "UPDATE book SET printed_at = printed_at + interval '1 microsecond' WHERE id = 5",
    said: 'book id=5 printed_at: 2024-01-01 00:00:00.000005 | 2024-01-01 00:00:00.000006',
  },
  {
    name: 'an hour',
    sql: "UPDATE book SET printed_at = printed_at + interval '1 hour' WHERE id = 6",
    said: 'book id=6 printed_at: 2024-01-01 00:00:00.000006 | 2024-01-01 01:00:00.000006',
  },
  {
    name: 'a trailing blank',
    sql: "UPDATE book SET body = body || ' ' WHERE id = 7",
    said: 'book id=7 body: "book 7" | "book 7 "',
  },
  {
    name: 'NULL for an empty or missing value',
    sql: "UPDATE shelf SET note = '' WHERE label = 'label 3'",
    said: 'shelf room="room 3",label="label 3" note: NULL | ""',
  },
  { name: 'a flag', sql: 'UPDATE book SET is_lent = NOT is_lent WHERE id = 8', said: 'book id=8 is_lent: false | true' },
  {
    name: 'a large integer that lost its last digits',
    sql: 'UPDATE book SET copies = copies + 1 WHERE id = 6000',
    said: 'book id=6000 copies: 6000000042000 | 6000000042001',
  },
  {
    name: 'bytes',
    sql: "UPDATE book SET cover = cover || '\\x00'::bytea WHERE id = 9",
    said: "book id=9 cover: x'636f7665722039' | x'636f766572203900'",
  },
  {
    name: 'a missing row',
    sql: 'DELETE FROM placed WHERE book_id = 11',
    said: 'placed book_id=11,room="room 1",label="label 11" *: a row | no row',
  },
  {
    name: 'an added row',
    sql: "INSERT INTO shelf VALUES ('zz', 'new', NULL)",
    said: 'shelf room="zz",label="new" *: no row | a row',
  },
];

describe('move verify', { skip: server().skip, concurrency: false }, () => {
  test('planted differences are found, each with table, key, column and both values, by digests and by text', async (t) => {
    const { file, url } = await movedLibrary(t);
    assert.deepEqual(told(await verified(optionsFor(file, url))), []);
    for (const { sql } of DAMAGE) await onTarget(url, sql);
    for (const isParanoid of [false, true]) {
      const verdict = await verified(optionsFor(file, url), isParanoid);
      assert.equal(verdict.isEqual, false);
      assert.deepEqual(told(verdict).toSorted(), DAMAGE.map(({ said }) => said).toSorted(), isParanoid ? 'by text' : 'by digest');
    }
  });

  test('values swapped between two rows are found', async (t) => {
    const { file, url } = await movedLibrary(t);
    await onTarget(url, "UPDATE book SET body = CASE id WHEN 100 THEN 'book 101' ELSE 'book 100' END WHERE id IN (100, 101)");
    assert.deepEqual(told(await verified(optionsFor(file, url))), [
      'book id=100 body: "book 100" | "book 101"',
      'book id=101 body: "book 101" | "book 100"',
    ]);
  });

  test('a whole table that differs is counted, and its first rows are listed', async (t) => {
    const { file, url } = await movedLibrary(t);
    await onTarget(url, 'UPDATE book SET pages = pages + 1');
    const book = (await verified(optionsFor(file, url))).tables.find(({ table }) => table === 'book');
    assert.equal(book?.differing, 6000);
    assert.equal(book?.differences.length, 100);
  });

  test('T-30: a lost index, a lost key and a reference that was never checked are found', async (t) => {
    const { file, url } = await movedLibrary(t);
    await onTarget(
      url,
      'DROP INDEX ix_book_body; ALTER TABLE placed DROP CONSTRAINT placed_pkey; ALTER TABLE book DROP CONSTRAINT fk_book_author_id; ALTER TABLE book ADD CONSTRAINT fk_book_author_id FOREIGN KEY (author_id) REFERENCES author (id) NOT VALID',
    );
    const verdict = await verified(optionsFor(file, url));
    assert.equal(verdict.isEqual, false);
    assert.deepEqual(
      verdict.schemaDifferences.toSorted(),
      [
        '+ "book" foreign key "fk_book_author_id" ("author_id") to "author" ("id") not valid',
        '- "book" foreign key "fk_book_author_id" ("author_id") to "author" ("id")',
        '- "book" index "ix_book_body" ("body")',
        '- "placed" primary key "placed_pkey" ("book_id", "room", "label")',
      ].toSorted(),
    );
  });

  test('T-21: a sequence that stands too low is found', async (t) => {
    const { file, url } = await movedLibrary(t);
    await onTarget(url, "SELECT setval('book_id_seq', 10)");
    assert.match(
      (await verified(optionsFor(file, url))).sequenceProblems.join(),
      /book_id_seq would hand out 11, but book has id=6000/,
    );
  });

  test('a quarantined row whose kept bytes were changed is found', async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    const db = await newSource(file);
    db.exec("INSERT INTO author (id, pen_name) VALUES (1, 'a' || char(0) || 'b')");
    db.close();
    const url = await freshTarget(t);
    const { verdict } = await moved(file, url);
    assert.equal(verdict.isEqual, true);
    assert.deepEqual(verdict.tables.find(({ table }) => table === 'author')?.approved, { quarantined: 1, changed: 0 });
    await onTarget(url, "UPDATE flashcase_move.quarantine SET cells = replace(cells, 'b', 'c')");
    assert.equal((await verified(optionsFor(file, url))).isEqual, false);
    assert.equal((await verified(optionsFor(file, url), true)).isEqual, false);
  });

  test('verify writes to neither side, and refuses a target without a finished move', async (t) => {
    const file = join(temporaryFolder(t), 'source.db');
    (await newSource(file)).close();
    const url = await freshTarget(t);
    await assert.rejects(
      verified(optionsFor(file, url)),
      (error: unknown) => error instanceof FlashcaseError && error.code === 'FC_MOVE_TARGET_UNFIT',
    );
    assert.equal(
      (await onTarget(url, "SELECT count(*) AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace"))[0]?.n,
      '0',
    );
  });

  for (const target of servers()) {
    test(`the source's ledger and the target's name the same revisions (${target.name})`, { skip: target.skip }, async (t) => {
      const file = join(temporaryFolder(t), 'source.db');
      const db = await newSource(file);
      const [source] = db.prepare('SELECT revision_id, revision_name, revision_hash FROM schema_revision').all();
      db.close();
      const url = await freshTarget(t, target);
      assert.equal((await moved(file, url)).verdict.isEqual, true);
      const [row] = await onTarget(url, 'SELECT revision_id, revision_name, revision_hash FROM schema_revision');
      assert.deepEqual({ ...row }, { ...source });
    });
  }
});

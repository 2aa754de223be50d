import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Rules } from '../../src/move/plan/rules.ts';
import { readSourceTables, type SourceTable } from '../../src/move/source/source-tables.ts';
import { digestPiece, piecesOf } from '../../src/move/verify/digest-rows.ts';
import { readersOf, withReaders } from '../../src/move/verify/digest-threads.ts';
import { ExpectedRows } from '../../src/move/verify/expected-rows.ts';
import { BucketDigest, bucketsFor, hashOf, recordBytes } from '../../src/move/verify/row-hash.ts';
import { boolean, bytes, float64, generatedId, int32, int64, text, timestamp } from '../../src/schema/column.ts';
import { schema, table } from '../../src/schema/table.ts';

const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const columns = {
  small: int32({ nullable: true }),
  big: int64({ nullable: true }),
  real: float64({ nullable: true }),
  flag: boolean({ nullable: true }),
  words: text({ nullable: true }),
  choice: text({ nullable: true, oneOf: ['one', 'two'] }),
  at: timestamp({ nullable: true }),
  raw: bytes({ nullable: true }),
};
const byNumber = schema({ thing: table('thing', { columns: { id: generatedId(), ...columns }, primaryKey: ['id'] }) });
const byText = schema({
  thing: table('thing', { columns: { id: int64(), name: text(), ...columns }, primaryKey: ['name', 'id'] }),
});

/** A table without types, so that a cell keeps whatever is put there. */
function fileOf(of: typeof byNumber | typeof byText, rows: readonly (readonly unknown[])[], file = ':memory:'): DatabaseSync {
  const db = new DatabaseSync(file);
  const names = Object.keys(of.tables.thing.columns);
  db.exec(`CREATE TABLE thing (${names.map((name, i) => (i === 0 ? `${name} INTEGER PRIMARY KEY` : name)).join(', ')})`);
  const insert = db.prepare(`INSERT INTO thing VALUES (${names.map(() => '?').join(', ')})`);
  insert.setReadBigInts(true);
  db.exec('BEGIN');
  for (const row of rows) insert.run(...(row as (string | null)[]));
  db.exec('COMMIT');
  return db;
}

function sourceOf(db: DatabaseSync, of: typeof byNumber | typeof byText): SourceTable {
  return readSourceTables(db, of, [], 'a test').tables[0] as SourceTable;
}

/** By values, one at a time, and by cells: the same digest, and the same rows refused. */
function bothWays(db: DatabaseSync, of: typeof byNumber | typeof byText) {
  const source = sourceOf(db, of);
  const buckets = bucketsFor(source.table, source.rows);
  const none = new Map<bigint, string>();
  const view = { db, schema: of, rules: new Rules([]), source: () => source, quarantined: () => none, readers: readersOf(db) };
  const expected = new ExpectedRows(view, source.table);
  const byValues = new BucketDigest(buckets.count);
  for (const { values } of expected.rows())
    byValues.add(buckets.bucketOf(values), hashOf(recordBytes(Object.values(source.table.columns), values)));
  const byCells = new BucketDigest(buckets.count);
  const again = new ExpectedRows(view, source.table);
  let special = 0;
  for (const piece of piecesOf(source, [])) {
    const found = digestPiece(db, piece);
    byCells.merge(found.digest);
    special += found.special.length;
    for (const rowid of found.special) {
      const looked = again.special(rowid);
      if (looked !== undefined)
        byCells.add(buckets.bucketOf(looked.values), hashOf(recordBytes(Object.values(source.table.columns), looked.values)));
    }
  }
  assert.equal(byCells.whole, byValues.whole);
  assert.deepEqual(again.unexplained, expected.unexplained);
  return { whole: byValues.whole, rows: byValues.rows, special, refused: expected.unexplained.length };
}

/** Anything SQLite can keep: what columns want, what is close to it, and what others wrote. */
const cell = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, 2n, 2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), -(2n ** 31n) - 1n),
  fc.double({ noNaN: true }),
  fc.constantFrom(0.5, 1, Number.POSITIVE_INFINITY),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom('', 'one', 'a\0b', 'è'.repeat(60), 'x'.repeat(9000), '\uFFFD', '\u{1F600}'.repeat(30), 'É\u0301'),
  fc.constantFrom(
    '2024-02-29 00:00:00.000000',
    '2023-02-29 00:00:00.000000',
    '0001-01-01 00:00:00.000000',
    '9999-12-31 23:59:59.999999',
    '1999-12-31 23:59:59.999999',
    '1970-01-01 00:00:00.000001',
    '0000-01-01 00:00:00.000000',
    '2024-01-01 24:00:00.000000',
    '2024-01-01 00:00:60.000000',
    '2024-01-01T00:00:00.000000',
    '2024-01-01 00:00:00.00000x',
    '2024-01-01 00:00:00',
  ),
  fc.uint8Array({ maxLength: 40 }),
);
const canonical = fc
  .date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
  .map((date) => `${date.toISOString().replace('T', ' ').replace('Z', '')}123`);
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 100 }),
);
/** Mostly what the column wants. */
const mostly = (wanted: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 20, arbitrary: wanted }, { weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: cell });
const cells = fc.tuple(
  mostly(fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n })),
  mostly(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  mostly(fc.double({ noNaN: true, noDefaultInfinity: true })),
  mostly(fc.constantFrom(0n, 1n)),
  mostly(words),
  mostly(fc.constantFrom('one', 'two')),
  mostly(canonical),
  mostly(fc.uint8Array({ maxLength: 40 })),
);
const keyed = fc.tuple(mostly(words), cells).map(([name, rest]) => [name, ...rest]);

describe('rows digested straight from their cells', () => {
  test('give the same digest as by their values, and the same rows are looked at again', () => {
    let digested = 0;
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 30 }), (rows) => {
        const db = fileOf(
          byNumber,
          rows.map((one, i) => [BigInt(i + 1), ...one]),
        );
        const { rows: all, special } = bothWays(db, byNumber);
        db.close();
        digested += all - special;
      }),
      { numRuns: 500 },
    );
    assert.ok(digested > 300, `only ${digested} rows were stored exactly`);
  });

  test('whose key is a text too', () => {
    fc.assert(
      fc.property(fc.array(keyed, { maxLength: 30 }), (rows) => {
        const db = fileOf(
          byText,
          rows.map((one, i) => [BigInt(i + 1), ...one]),
        );
        bothWays(db, byText);
        db.close();
      }),
    );
  });

  test('bytes that are no UTF-8 are looked at again, also where as many bytes would take their place', () => {
    const db = fileOf(byNumber, []);
    const broken = ['ff', '61ff62', 'f09f98', 'f09f9862', 'eda080', 'c0af'];
    for (const [i, hex] of broken.entries()) db.exec(`INSERT INTO thing (id, words) VALUES (${i + 1}, CAST(x'${hex}' AS TEXT))`);
    const { special, refused } = bothWays(db, byNumber);
    db.close();
    assert.equal(special, broken.length);
    assert.equal(refused, broken.length);
  });

  test('rows that lie far apart are all read', () => {
    const ids = [1n, 2n, 70_000n, 10_000_000n, 2n ** 40n, 2n ** 62n, 2n ** 63n - 1n, -5n];
    const db = fileOf(
      byNumber,
      ids.map((id) => [id, ...Object.keys(columns).map(() => null)]),
    );
    const { rows } = bothWays(db, byNumber);
    db.close();
    assert.equal(rows, ids.length);
  });

  test('threads see the moment the comparison began, whatever is written meanwhile', async () => {
    const file = join(folder, 'large.db');
    const filler = 'x'.repeat(4000);
    const rows = Array.from({ length: 10_000 }, (_, i) => [BigInt(i + 1), 1n, 1n, 1, 1n, filler, 'one', null, null]);
    const writer = fileOf(byNumber, rows, file);
    writer.exec('PRAGMA journal_mode = WAL');
    const source = sourceOf(writer, byNumber);
    const buckets = bucketsFor(source.table, source.rows);
    const before = bothWays(writer, byNumber).whole;
    const reader = new DatabaseSync(file, { readOnly: true });
    const found = await withReaders(reader, file, async ({ digestPiece: digest, readers }) => {
      assert.equal(readers, 2);
      const whole = new BucketDigest(buckets.count);
      for (const piece of piecesOf(source, [])) {
        writer.exec(
          `UPDATE thing SET small = small + 1 WHERE id < 50; INSERT INTO thing (small) VALUES (7); DELETE FROM thing WHERE id = 5`,
        );
        whole.merge((await digest(piece)).digest);
      }
      return whole;
    });
    reader.close();
    assert.equal(found.whole, before);
    assert.notEqual(bothWays(writer, byNumber).whole, before);
    writer.close();
  });
});

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { BinaryWriter } from '../../src/move/copy/binary-writer.ts';
import { keyColumnsOf, type SqlKey, type SqlRefusal, SqlScan } from '../../src/move/copy/sql-reader.ts';
import { type Column, float64, int32, int64, text } from '../../src/schema/column.ts';

type Columns = readonly (readonly [string, Column])[];

function database(sql: string): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec(sql);
  return db;
}

/** Reads in steps of one row, each by a scan of its own that goes on after the last key. */
function readInSteps(
  db: DatabaseSync,
  name: string,
  columns: Columns,
  to?: SqlKey,
): { bytes: Buffer; keys: SqlKey[]; refused: SqlRefusal[] } {
  const chunks: Buffer[] = [];
  const keys: SqlKey[] = [];
  const refused: SqlRefusal[] = [];
  let last: SqlKey | undefined;
  for (;;) {
    const scan = new SqlScan(db, name, columns, { after: last, to });
    const writer = new BinaryWriter(1);
    const { rows, lastKey, done } = scan.read(writer, (refusal) => {
      refused.push(refusal);
      return 'stop';
    });
    scan.close();
    if (rows > 0) chunks.push(writer.take());
    if (lastKey !== undefined) keys.push(lastKey);
    last = lastKey;
    if (done) return { bytes: Buffer.concat(chunks), keys, refused };
  }
}

function readAtOnce(db: DatabaseSync, name: string, columns: Columns): Buffer {
  const writer = new BinaryWriter(1 << 24);
  new SqlScan(db, name, columns).read(writer, () => 'go_on');
  return writer.take();
}

describe('reading by SQL', () => {
  test('a table without row ids is read by its whole key, step by step, whatever the keys are', () => {
    const db = database(`CREATE TABLE t (b TEXT COLLATE NOCASE, v INTEGER, a, PRIMARY KEY (a, b)) WITHOUT ROWID;
      INSERT INTO t VALUES ('x', 1, 5), ('Y', 2, 5), ('z', 3, 5), ('x', 4, '5'), ('x', 5, x'35'), ('x', 6, -1.5), ('x', 7, 9223372036854775807),
        ('x', 8, CAST(x'ff00ff' AS TEXT)), ('', 9, ''), ('n', 10, char(0)), ('n', 11, char(0, 0))`);
    assert.deepEqual(keyColumnsOf(db, 't'), ['"a"', '"b"']);
    const columns: Columns = [['v', int32()]];
    const { bytes, keys } = readInSteps(db, 't', columns);
    assert.equal(keys.length, 11);
    assert.ok(bytes.equals(readAtOnce(db, 't', columns)));
    const half = readInSteps(db, 't', columns, keys[4]);
    assert.ok(half.bytes.equals(bytes.subarray(0, 5 * 10)));
  });

  test('the row id goes by a name no column hides', () => {
    const db = database(
      "CREATE TABLE t (rowid TEXT, v INTEGER); INSERT INTO t VALUES ('a', 1); CREATE TABLE u (rowid, _rowid_, oid)",
    );
    assert.deepEqual(keyColumnsOf(db, 't'), ['_rowid_']);
    assert.throws(() => keyColumnsOf(db, 'u'), { code: 'FC_MOVE_SOURCE_UNFIT' });
  });

  test('T-01, T-04: text is judged by its bytes, and a blob in a text column is none', () => {
    const db = database(`CREATE TABLE t (id INTEGER PRIMARY KEY, v);
      INSERT INTO t VALUES (1, CAST(x'ff' AS TEXT)), (2, char(97, 0)), (3, x'61'), (4, 'blob'), (5, char(65279) || 'bom'), (6, 'é😀')`);
    const { refused, bytes } = readInSteps(db, 't', [['v', text()]]);
    assert.deepEqual(
      refused.map(({ reason }) => reason),
      ['invalid_utf8', 'nul_character', 'wrong_storage_class'],
    );
    assert.equal(
      bytes.toString('hex'),
      `000100000004${Buffer.from('blob').toString('hex')}000100000006efbbbf626f6d000100000006c3a9f09f9880`,
    );
  });

  test('integers keep all 64 bits, floats theirs', () => {
    const db = database(
      'CREATE TABLE t (i INTEGER, f REAL); INSERT INTO t VALUES (9223372036854775807, 0.30000000000000004), (-9223372036854775808, 3)',
    );
    assert.equal(
      readAtOnce(db, 't', [
        ['f', float64()],
        ['i', int64()],
      ]).toString('hex'),
      '0002000000083fd3333333333334000000087fffffffffffffff' + '000200000008400800000000000000000008' + '8000000000000000',
    );
  });
});

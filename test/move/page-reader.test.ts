import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import { FlashcaseError } from '../../src/errors/index.ts';
import { BinaryWriter } from '../../src/move/copy/binary-writer.ts';
import { rowsBySql } from '../../src/move/copy/exact-rows.ts';
import { openPageReader } from '../../src/move/copy/page-reader/page-reader.ts';
import { RecordDigest } from '../../src/move/copy/page-reader/record-digest.ts';
import type { AfterRefusal, Refusal } from '../../src/move/copy/page-reader/refusal.ts';
import { rowsByPages } from '../../src/move/copy/page-reader/rows-by-pages.ts';
import type { TableScan } from '../../src/move/copy/page-reader/table-scan.ts';
import { TIME_IMPOSSIBLE, TIME_NOT_CANONICAL, TIME_WRITTEN, writeTime } from '../../src/move/copy/page-reader/time-bytes.ts';
import { SqlScan } from '../../src/move/copy/sql-reader.ts';
import type { SourceTable } from '../../src/move/source/source-tables.ts';
import { boolean, bytes, type Column, float64, generatedId, int32, int64, text, timestamp } from '../../src/schema/column.ts';
import { table } from '../../src/schema/table.ts';
import { POSTGRES_EPOCH_MICROS, Timestamp } from '../../src/schema/timestamp.ts';
import { engines } from '../support/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'snapshot.db');
beforeEach(() => {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true });
});

type Columns = readonly (readonly [string, Column])[];

function make(sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA synchronous = OFF; ${sql}`);
  db.close();
}

function open<T>(use: (reader: ReturnType<typeof openPageReader>) => T): T {
  const reader = openPageReader(file);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

interface Everything {
  readonly bytes: Buffer;
  readonly rows: number;
  readonly refused: readonly Refusal[];
}

function readAll(scan: TableScan, capacity = 1 << 20): Everything {
  const chunks: Buffer[] = [];
  const refused: Refusal[] = [];
  const writer = new BinaryWriter(capacity);
  let rows = 0;
  for (let done = false; !done; ) {
    const step = scan.read(writer, (refusal): AfterRefusal => {
      refused.push(refusal);
      return 'go_on';
    });
    rows += step.rows;
    done = step.done;
    chunks.push(writer.take());
  }
  return { bytes: Buffer.concat(chunks), rows, refused };
}

function readBySql(name: string, columns: Columns): Buffer {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const writer = new BinaryWriter();
    const scan = new SqlScan(db, name, columns);
    const chunks: Buffer[] = [];
    for (let done = false; !done; ) {
      done = scan.read(writer, ({ column, reason }) => assert.fail(`${column}: ${reason}`)).done;
      chunks.push(writer.take());
    }
    return Buffer.concat(chunks);
  } finally {
    db.close();
  }
}

const series = (rows: number): string => `WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${rows})`;
const study: Columns = Object.entries({
  id: generatedId(),
  user_id: int64(),
  ease: float64(),
  rating: int32({ nullable: true }),
  note: text({ nullable: true }),
  at: timestamp(),
});
/** Rows of which every 97th goes on over overflow pages; gaps between the ids. */
const makeStudy = (rows: number, pageSize = 4096): void =>
  make(`PRAGMA page_size = ${pageSize};
    CREATE TABLE study (at TEXT, note TEXT, id INTEGER PRIMARY KEY, user_id INTEGER, ease REAL, rating INTEGER);
    ${series(rows)} INSERT INTO study SELECT
      strftime('%Y-%m-%d %H:%M:%S', i * 86399, 'unixepoch') || printf('.%06d', i),
      CASE WHEN i % 97 = 0 THEN replace(hex(zeroblob(i % 5000)), '00', 'é漢😀') WHEN i % 3 THEN 'note ' || i END,
      i * 3, i * 7919, i / 4.0, i % 5 FROM s`);

describe('page reader: what it refuses', () => {
  const cases: readonly [reason: string, sql: string, column: Column][] = [
    ['nul_character', 'char(97, 0, 98)', text()],
    ['invalid_utf8', "CAST(x'ff' AS TEXT)", text()],
    ['invalid_utf8', "CAST(x'6100ff' AS TEXT)", text()],
    ['invalid_utf8', "CAST(x'eda080' AS TEXT)", text()],
    ['invalid_utf8', "replace(hex(zeroblob(2000)), '00', 'ok') || CAST(x'f09f98' AS TEXT)", text()],
    ['nul_character', "replace(hex(zeroblob(2000)), '00', 'é') || char(0)", text()],
    ['wrong_storage_class', "'abc'", int32()],
    ['wrong_storage_class', '1.5', int64()],
    ['wrong_storage_class', "x'01'", text()],
    ['wrong_storage_class', '12', text()],
    ['wrong_storage_class', "'text'", bytes()],
    ['wrong_storage_class', "'1.5'", float64()],
    ['wrong_storage_class', '3', float64()],
    ['wrong_storage_class', '1759452230', timestamp()],
    ['out_of_range', '180303235924', int32()],
    ['out_of_range', '2147483648', int32()],
    ['out_of_range', '-2147483649', int32()],
    ['out_of_range', '9223372036854775807', int32()],
    ['not_boolean', '2', boolean()],
    ['not_boolean', '9223372036854775807', boolean()],
    ['wrong_storage_class', "'true'", boolean()],
    ['impossible_time', "'2025-02-30 10:00:00.000000'", timestamp()],
    ['impossible_time', "'2025-01-01 24:00:00.000000'", timestamp()],
    ['impossible_time', "'0000-00-00 00:00:00.000000'", timestamp()],
    ['not_canonical_time', "'2025-10-03 00:43:50'", timestamp()],
    ['not_canonical_time', "'2025-10-03T00:43:50.819817'", timestamp()],
    ['not_canonical_time', "CAST(x'ff' AS TEXT)", timestamp()],
    ['null_in_required', 'NULL', text()],
    ['null_in_required', 'NULL', int32()],
    ['not_finite', '9e999', float64()],
    ['not_finite', '-9e999', float64()],
  ];
  test('T-01, T-04 to T-09: each value that is not the column’s is refused with its row, column and reason; the rows around it are written', () => {
    for (const [reason, sql, column] of cases) {
      rmSync(file, { force: true });
      make(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, a, v); INSERT INTO t VALUES (1, 'x', NULL), (7, 'y', ${sql}), (9, 'z', NULL)`,
      );
      const [before, after_] = [{ ...column, isNullable: true }, text()];
      const columns: Columns = [
        ['v', column],
        ['a', after_],
      ];
      open((reader) => {
        const { refused } = readAll(reader.scan('t', columns, { from: 7n, to: 7n }));
        assert.deepEqual(refused, [{ rowid: 7n, column: 'v', reason }], sql);
        if (reason === 'null_in_required') return;
        const around = readAll(
          reader.scan('t', [
            ['v', before],
            ['a', after_],
          ]),
        );
        assert.equal(around.rows, 2);
        assert.equal(around.bytes.toString('hex'), '0002ffffffff0000000178' + '0002ffffffff000000017a', sql);
      });
    }
  });

  test('a row id that is no int32 is refused where one is wanted', () => {
    make(
      'CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (-2147483649), (-2147483648), (2147483647), (2147483648)',
    );
    open((reader) => {
      const { rows, refused } = readAll(reader.scan('t', [['id', int32()]]));
      assert.equal(rows, 2);
      assert.deepEqual(
        refused.map(({ rowid, reason }) => [rowid, reason]),
        [
          [-2147483649n, 'out_of_range'],
          [2147483648n, 'out_of_range'],
        ],
      );
    });
  });

  test('bits that SQLite reads but never writes mean what SQL says: the bits of a NaN are NULL, those of -0 are refused', () => {
    make('CREATE TABLE t (id INTEGER PRIMARY KEY, f, g REAL); INSERT INTO t VALUES (1, 1234.5, 1234.5)');
    const original = readFileSync(file).toString('hex');
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(1234.5);
    for (const [isNullable, other, outcome] of [
      [true, '7ff8000000000000', '0002ffffffffffffffff'],
      [true, 'fff0000000000001', '0002ffffffffffffffff'],
      [false, '7ff8000000000000', 'null_in_required'],
      [true, '8000000000000000', 'negative_zero'],
      [true, '7ff0000000000000', 'not_finite'],
      [true, 'fff0000000000000', 'not_finite'],
      [true, '0000000000000000', `0002${'000000080000000000000000'.repeat(2)}`],
      [true, '0000000000000001', `0002${'000000080000000000000001'.repeat(2)}`],
    ] as const) {
      writeFileSync(file, Buffer.from(original.replaceAll(bits.toString('hex'), other), 'hex'));
      const columns: Columns = ['f', 'g'].map((name) => [name, { ...float64(), isNullable }]);
      open((reader) => {
        const { bytes: read, refused } = readAll(reader.scan('t', columns));
        assert.equal(refused[0]?.reason ?? read.toString('hex'), outcome);
      });
      const db = new DatabaseSync(file, { readOnly: true });
      const writer = new BinaryWriter();
      let reason: string | undefined;
      new SqlScan(db, 't', columns).read(writer, (refusal) => {
        reason = refusal.reason;
        return 'go_on';
      });
      db.close();
      assert.equal(reason ?? writer.take().toString('hex'), outcome, 'by SQL');
    }
  });

  test('refused rows can stop the scan, which then goes on after them', () => {
    make("CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (1, 1), (2, 'x'), (3, 3)");
    open((reader) => {
      const scan = reader.scan('t', [['v', int32()]]);
      const writer = new BinaryWriter();
      assert.deepEqual(
        scan.read(writer, () => 'stop'),
        { rows: 1, lastRowid: 2n, done: false },
      );
      assert.deepEqual(
        scan.read(writer, () => 'stop'),
        { rows: 1, lastRowid: 3n, done: true },
      );
      assert.equal(writer.length, 20);
    });
  });
});

describe('page reader: times', () => {
  const out = new DataView(new ArrayBuffer(16));
  const write = (time: string): number => writeTime(Buffer.from(time, 'latin1'), 0, out, 4);
  const check = (time: string): void => {
    const parsed = Timestamp.fromCanonical(time);
    const outcome = write(time);
    assert.equal(outcome === TIME_WRITTEN, parsed !== undefined, time);
    if (parsed !== undefined) assert.equal(out.getBigInt64(4), parsed.micros - POSTGRES_EPOCH_MICROS, time);
  };

  test('T-09, T-11: every month’s ends in all years, and any text in their form, mean what the codec says', () => {
    for (let year = 0; year <= 9999; year += year % 400 < 8 || year > 9990 || (year > 1968 && year < 2040) ? 1 : 13) {
      for (let month = 0; month <= 13; month++) {
        for (const day of ['00', '01', '28', '29', '30', '31', '32']) {
          check(`${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${day} 23:59:59.999999`);
        }
      }
    }
    const near = fc.integer({ min: 0x2d, max: 0x3b }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.array(near, { minLength: 20, maxLength: 20 }), ([...d]) => {
        check(
          `${d.slice(0, 4).join('')}-0${d[4]}-${d[5]}${d[6]} ${d[7]}${d[8]}:${d[9]}${d[10]}:${d[11]}${d[12]}.${d.slice(13, 19).join('')}`,
        );
      }),
      { numRuns: 20_000 },
    );
  });

  test('any byte in any place that is not a digit or the separator is not canonical', () => {
    const good = Buffer.from('2025-10-03 00:43:50.819817');
    for (let at = 0; at < good.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const changed = Buffer.from(good);
        changed[at] = byte;
        const isForm = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/.test(changed.toString('latin1'));
        const outcome = writeTime(changed, 0, out, 4);
        assert.equal(outcome === TIME_NOT_CANONICAL, !isForm);
        if (isForm) assert.equal(outcome === TIME_IMPOSSIBLE, Timestamp.fromCanonical(changed.toString()) === undefined);
      }
    }
  });
});

describe('page reader: ranges', () => {
  test('any buffer size, any cut into ranges, any rows left out: together the same bytes as SQL', () => {
    for (const pageSize of [512, 4096, 65_536]) {
      rmSync(file, { force: true });
      makeStudy(3000, pageSize);
      const all = readBySql('study', study);
      open((reader) => {
        assert.equal(reader.canRead('study', study), undefined);
        for (const capacity of [1, 100, 70_000, 1 << 20]) {
          const { bytes: read, rows } = readAll(reader.scan('study', study), capacity);
          assert.equal(rows, 3000);
          assert.ok(read.equals(all), `pages of ${pageSize}, chunks of ${capacity}`);
        }
        for (const parts of [1, 2, 3, 7, 5000]) {
          const ranges = reader.split('study', parts);
          assert.ok(ranges.length <= parts);
          assert.equal(ranges[0]?.from, undefined);
          assert.equal(ranges.at(-1)?.to, undefined);
          for (const [i, { from }] of ranges.entries()) if (i > 0) assert.equal(from, ranges[i - 1]!.to! + 1n);
          const read = ranges.map((range) => readAll(reader.scan('study', study, range)));
          assert.ok(Buffer.concat(read.map((part) => part.bytes)).equals(all), `pages of ${pageSize} in ${parts} parts`);
          if (parts === 2 && pageSize < 65_536) assert.ok(read.every(({ rows }) => rows > 1000));
        }
      });
    }
  });

  test('a range holds its ends, between, before and beyond the rows there are', () => {
    makeStudy(2000, 512);
    open((reader) => {
      const ids = (options: { from?: bigint; to?: bigint; except?: ReadonlySet<bigint> }): bigint[] => {
        const read = readAll(reader.scan('study', [['id', int64()]], options)).bytes;
        return Array.from({ length: read.length / 14 }, (_, i) => read.readBigInt64BE(i * 14 + 6));
      };
      const all = Array.from({ length: 2000 }, (_, i) => BigInt(3 * (i + 1)));
      fc.assert(
        fc.property(
          fc.bigInt({ min: -10n, max: 6100n }),
          fc.bigInt({ min: -10n, max: 6100n }),
          fc.uniqueArray(fc.bigInt({ min: 0n, max: 6010n }), { maxLength: 300 }),
          (from, to, left) => {
            const except = new Set(left);
            assert.deepEqual(
              ids({ from, to, except }),
              all.filter((id) => id >= from && id <= to && !except.has(id)),
            );
          },
        ),
        { numRuns: 100 },
      );
      assert.deepEqual(ids({ from: 5999n }), [6000n]);
      assert.deepEqual(ids({ to: 3n }), [3n]);
      assert.deepEqual(ids({ from: 2n ** 63n - 1n }), []);
      assert.deepEqual(ids({ from: -(2n ** 63n), to: -1n }), []);
    });
  });

  test('an empty table has no rows', () => {
    make('CREATE TABLE t (id INTEGER PRIMARY KEY)');
    open((reader) => {
      assert.equal(reader.canRead('t', [['id', int64()]]), undefined);
      assert.deepEqual(
        reader.scan('t', [['id', int64()]]).read(new BinaryWriter(), () => 'stop'),
        { rows: 0, lastRowid: undefined, done: true },
      );
      assert.deepEqual(reader.split('t', 2), [{ from: undefined, to: undefined }]);
    });
  });
});

describe('page reader: when SQL must be used', () => {
  const why = (name: string, columns: Columns = []): string | undefined => open((reader) => reader.canRead(name, columns));

  test('tables and columns that are not stored as rows of a b-tree', () => {
    make(`CREATE TABLE keyed (a TEXT PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE generated (a INTEGER, b INTEGER AS (a + 1) STORED);
      CREATE TABLE computed (a INTEGER, b INTEGER AS (a + 1));
      CREATE VIRTUAL TABLE searched USING fts5(words);
      CREATE VIEW seen AS SELECT 1 AS a;
      CREATE TABLE real_column (a REAL, id INTEGER PRIMARY KEY)`);
    assert.match(why('keyed') ?? '', /WITHOUT ROWID/);
    assert.match(why('generated') ?? '', /generated/);
    assert.match(why('computed') ?? '', /generated/);
    assert.match(why('searched') ?? '', /virtual/);
    assert.match(why('seen') ?? '', /view/);
    assert.match(why('missing') ?? '', /no such table/);
    assert.match(why('real_column', [['b', int32()]]) ?? '', /b is missing/);
    assert.match(why('real_column', [['a', int32()]]) ?? '', /a is declared as a real/);
    assert.match(why('real_column', [['id', text()]]) ?? '', /row id id is wanted as text/);
    assert.equal(why('real_column', [['a', float64()]]), undefined);
    open((reader) => assert.throws(() => reader.scan('keyed', []), { code: 'FC_DB_UNSUPPORTED' }));
  });

  test('files that are not quiet UTF-8 databases', () => {
    make("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a)");
    assert.match(why('t') ?? '', /UTF-16/);
    rmSync(file);
    make('CREATE TABLE t (a)');
    assert.equal(why('t'), undefined);
    writeFileSync(`${file}-wal`, 'x');
    assert.match(why('t') ?? '', /wal file/);
    writeFileSync(`${file}-wal`, '');
    assert.equal(why('t'), undefined);
    writeFileSync(`${file}-journal`, 'x');
    assert.match(why('t') ?? '', /journal file/);
    rmSync(`${file}-journal`);
    const original = readFileSync(file);
    const changed = (at: number, ...values: number[]): string | undefined => {
      const copy = Buffer.from(original);
      copy.set(values, at);
      writeFileSync(file, copy);
      return why('t');
    };
    assert.match(changed(0, 0x53 ^ 1) ?? '', /encrypted/);
    assert.match(changed(16, 0x10, 0x01) ?? '', /page size/);
    assert.match(changed(18, 3, 3) ?? '', /file format 3/);
    assert.match(changed(22, 33) ?? '', /payload fractions/);
    assert.match(changed(44, 0, 0, 0, 5) ?? '', /schema format 5/);
    writeFileSync(file, original.subarray(0, original.length - 1));
    assert.match(why('t') ?? '', /cut off/);
    writeFileSync(file, 'short');
    assert.match(why('t') ?? '', /too short/);
  });

  test('rows older than a column: the table when the first row is, else row by row', () => {
    make(`CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO t VALUES (5, 50), (6, 60);
      ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 7; INSERT INTO t VALUES (9, 90, 1)`);
    const columns: Columns = Object.entries({ b: int32(), id: generatedId(), a: int32() });
    assert.match(why('t', columns) ?? '', /older than one of its columns/);
    assert.equal(why('t', columns.slice(1)), undefined);
    make('INSERT INTO t VALUES (1, 10, 2)');
    assert.equal(why('t', columns), undefined);
    open((reader) => {
      const { rows, refused } = readAll(reader.scan('t', columns));
      assert.equal(rows, 2);
      assert.deepEqual(
        refused,
        [5n, 6n].map((rowid) => ({ rowid, column: 'b', reason: 'short_record' })),
      );
    });
  });

  test('which column is the row id: only an INTEGER PRIMARY KEY that needs no index', () => {
    make(`CREATE TABLE alias (v TEXT, "Key" integer, PRIMARY KEY ("Key")); INSERT INTO alias VALUES ('x', 77);
      CREATE TABLE other (v TEXT, "Key" INT PRIMARY KEY); INSERT INTO other VALUES ('x', 77);
      CREATE TABLE falling (v TEXT, "Key" INTEGER PRIMARY KEY DESC); INSERT INTO falling VALUES ('x', 77);
      CREATE TABLE pair (v TEXT, "Key" INTEGER, PRIMARY KEY ("Key", v)); INSERT INTO pair VALUES ('x', 77)`);
    open((reader) => {
      for (const name of ['alias', 'other', 'falling', 'pair']) {
        assert.equal(readAll(reader.scan(name, [['Key', int64()]])).bytes.toString('hex'), '000100000008000000000000004d', name);
      }
    });
  });
});

describe('page reader: files that are damaged or change', () => {
  test('any changed bytes give rows or FC_DB_CORRUPT, in bounded time, never another error', () => {
    makeStudy(400, 512);
    const original = readFileSync(file);
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1024, max: original.length - 1 }), fc.nat(255)), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (changes, onlyHeaders) => {
          const copy = Buffer.from(original);
          for (const [at, value] of changes) copy[onlyHeaders ? at - (at % 512) + (at % 24) : at] = value;
          writeFileSync(file, copy);
          try {
            open((reader) => {
              const { rows, refused } = readAll(reader.scan('study', study));
              assert.ok(rows + refused.length <= original.length / 4);
            });
          } catch (error) {
            if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_CORRUPT') throw error;
            found++;
          }
        },
      ),
      { numRuns: 400 },
    );
    assert.ok(found > 50, `${found} found`);
  });

  test('a file that was written while it was read is noticed at the end', () => {
    makeStudy(100);
    open((reader) => {
      const scan = reader.scan('study', study);
      scan.read(new BinaryWriter(1), () => 'stop');
      make('UPDATE study SET rating = 1');
      assert.throws(() => readAll(scan), { code: 'FC_MOVE_SOURCE_UNFIT' });
    });
  });
});

describe('page reader: in the copy', () => {
  const source = (name: string, columns: Record<string, Column>): SourceTable => ({
    table: table(name, { columns, primaryKey: ['id'] }),
    storedAs: name,
    rowid: 'rowid',
    rows: 0,
    firstRowid: undefined,
    lastRowid: undefined,
  });
  const columns = Object.fromEntries(study);

  test('rows by pages are the rows by SQL, and tables that cannot be read so are read by SQL', () => {
    makeStudy(2500);
    make(`CREATE TABLE late (id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO late VALUES (5, 50), (6, 60);
      ALTER TABLE late ADD COLUMN b INTEGER DEFAULT 7; INSERT INTO late VALUES (1, 10, 1), (9, 90, 1);
      CREATE TABLE computed (id INTEGER PRIMARY KEY, a INTEGER AS (id + 1) STORED); INSERT INTO computed VALUES (1), (2)`);
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      open((reader) => {
        const fallbacks: string[] = [];
        const bySql = rowsBySql(db);
        const byPages = rowsByPages(reader, bySql, (name, reason) => fallbacks.push(`${name}: ${reason}`));
        const bytesOf = (rows: typeof bySql, of: SourceTable, first: bigint, last: bigint, except: ReadonlySet<bigint>): string =>
          Buffer.concat([...rows(of, first, last, except)].map((chunk) => chunk.bytes)).toString('hex');
        const late = { id: generatedId(), a: int32(), b: int32() };
        for (const [of, first, last, except] of [
          [source('study', columns), 1n, 7500n, new Set<bigint>()],
          [source('study', columns), 300n, 5000n, new Set([300n, 333n, 5001n])],
          [source('late', late), 1n, 9n, new Set([6n])],
          [source('late', late), 1n, 9n, new Set<bigint>()],
          [source('computed', { id: generatedId(), a: int32() }), 1n, 2n, new Set<bigint>()],
        ] as const) {
          assert.equal(bytesOf(byPages, of, first, last, except), bytesOf(bySql, of, first, last, except), of.table.name);
        }
        assert.deepEqual(fallbacks, [
          'late: it has rows that are older than one of its columns',
          'computed: it has generated columns',
        ]);
      });
    } finally {
      db.close();
    }
  });

  test('a row that does not convert and that no plan knows ends the copy', () => {
    make("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO t VALUES (1, 'x')");
    open((reader) => {
      const byPages = rowsByPages(
        reader,
        () => assert.fail('not by SQL'),
        () => assert.fail('no fallback'),
      );
      const of = source('t', { id: generatedId(), a: int32() });
      assert.throws(() => [...byPages(of, 1n, 1n, new Set())], { code: 'FC_MOVE_FAILED', where: 't.a, row id 1' });
      assert.deepEqual([...byPages(of, 1n, 1n, new Set([1n]))], []);
    });
  });

  test('nothing is kept of what was read: a long row gives its memory back, a handed-out chunk stays as it is', () => {
    const writer = new BinaryWriter(1000);
    writer.raw(Buffer.alloc(5_000_000, 1));
    const chunk = writer.take();
    assert.ok(writer.bytes.length < 100_000);
    writer.raw(Buffer.alloc(5_000_000, 2));
    writer.clear();
    assert.ok(writer.bytes.length < 100_000);
    assert.ok(chunk.every((byte) => byte === 1));
  });
});

for (const target of engines().filter(({ name }) => name !== 'sqlite' && !name.includes('pgbouncer'))) {
  describe(`page reader into ${target.name}`, { skip: target.skip }, () => {
    test('the server takes the stream, and its own digests of record_send are those hashed on the way', async () => {
      const types = {
        int32: 'integer',
        int64: 'bigint',
        float64: 'double precision',
        boolean: 'boolean',
        text: 'text',
        timestamp: 'timestamptz',
        bytes: 'bytea',
      };
      const ids = { int32: 23, int64: 20, float64: 701, boolean: 16, text: 25, timestamp: 1184, bytes: 17 };
      const columns: Columns = [...study, ['is_set', boolean({ nullable: true })], ['raw', bytes({ nullable: true })]];
      make(`CREATE TABLE study (raw BLOB, at TEXT, note TEXT, id INTEGER PRIMARY KEY, is_set INTEGER, user_id INTEGER, ease REAL, rating INTEGER);
        ${series(20_000)} INSERT INTO study SELECT CASE WHEN i % 2 THEN randomblob(i % 30) END,
          strftime('%Y-%m-%d %H:%M:%S', (i - 4000) * 8639999, 'unixepoch') || printf('.%06d', i),
          CASE WHEN i % 997 = 0 THEN replace(hex(zeroblob(i)), '00', 'é漢😀') WHEN i % 3 THEN 'note ' || i END,
          i * 3 - 6000, CASE WHEN i % 7 THEN i % 2 END, i * 79190000003, i * 1.1 / 3, i % 5 - 2 FROM s`);
      const digest = new RecordDigest(columns.map(([, { type }]) => ids[type]));
      const stream = new BinaryWriter();
      stream.header();
      const { bytes: tuples, rows } = open((reader) => readAll(reader.scan('study', columns, { digest })));
      stream.raw(tuples);
      stream.trailer();
      const place = await target.fresh();
      const client = new pg.Client({ connectionString: place.url });
      await client.connect();
      try {
        await client.query(`CREATE TABLE study (${columns.map(([name, { type }]) => `${name} ${types[type]}`).join(', ')})`);
        const { from } = await import('pg-copy-streams');
        const copy = client.query(from('COPY study FROM STDIN (FORMAT binary)'));
        await new Promise<void>((resolve, reject) => copy.on('finish', resolve).on('error', reject).end(stream.take()));
        const { rows: counted } = await client.query('SELECT count(*)::int AS n, min(at)::text AS first FROM study');
        assert.equal(counted[0].n, rows);
        const { rows: server } = await client.query(
          `SELECT (id >> 13)::int AS range, count(*)::int AS rows, encode(sha256(string_agg(record_send(s), ''::bytea ORDER BY id)), 'hex') AS sha256
           FROM study s GROUP BY 1 ORDER BY 1`,
        );
        assert.ok(server.length > 5);
        assert.deepEqual(server, digest.finish());
      } finally {
        await client.end();
        await place.drop();
      }
    });
  });
}

test('record digest: ranges are those of id >> 13, also below zero and far above', () => {
  const digest = new RecordDigest([20]);
  const writer = new BinaryWriter(1);
  const ids = [-(2n ** 63n), -8193n, -8192n, -1n, 0n, 8191n, 8192n, 2n ** 40n, 2n ** 63n - 1n];
  for (const id of ids) {
    writer.clear();
    writer.startTuple(1);
    const value = Buffer.alloc(8);
    value.writeBigInt64BE(id);
    writer.field(value);
    digest.add(Number(id >> 32n), Number(BigInt.asUintN(32, id)), writer.view, 0, writer.length);
  }
  const done = digest.finish();
  assert.deepEqual(
    done.map(({ range }) => BigInt(range)),
    [...new Set(ids.map((id) => id >> 13n))],
  );
  const record = (id: bigint): Buffer => {
    const bytes_ = Buffer.alloc(20);
    bytes_.writeInt32BE(1);
    bytes_.writeInt32BE(20, 4);
    bytes_.writeInt32BE(8, 8);
    bytes_.writeBigInt64BE(id, 12);
    return bytes_;
  };
  assert.equal(
    done.find(({ range }) => range === 0)?.sha256,
    createHash('sha256').update(record(0n)).update(record(8191n)).digest('hex'),
  );
});

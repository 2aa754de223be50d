import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { BinaryWriter } from '../../src/move/copy/binary-writer.ts';
import { openPageReader } from '../../src/move/copy/page-reader/page-reader.ts';
import { SqlScan } from '../../src/move/copy/sql-reader.ts';
import { tupleOf } from '../../src/move/copy/tuple.ts';
import { exactValue } from '../../src/move/plan/apply-remedy.ts';
import { judgeCell } from '../../src/move/plan/judge-cell.ts';
import type { Column, ColumnType } from '../../src/schema/column.ts';
import { cellOf, cellSql } from '../../src/schema/stored-cell.ts';
import { Timestamp } from '../../src/schema/timestamp.ts';

const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'snapshot.db');

/** A value to store: an SQL expression with one parameter. */
interface Cell {
  readonly sql: string;
  readonly value: SQLInputValue;
}
const plain = (value: SQLInputValue): Cell => ({ sql: '?', value });
/** Bytes as text, also those that are no text. */
const textOf = (bytes: Uint8Array): Cell => ({ sql: 'CAST(? AS TEXT)', value: bytes });

const anyInteger = fc.oneof(
  fc.bigInt({ min: -129n, max: 256n }),
  ...[7n, 8n, 15n, 16n, 23n, 24n, 31n, 32n, 47n, 48n, 63n].map((bits) =>
    fc
      .tuple(fc.constantFrom(1n, -1n), fc.bigInt({ min: -2n, max: 2n }))
      .map(([sign, more]) => BigInt.asIntN(64, sign * 2n ** bits + more)),
  ),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const moment = fc
  .oneof(
    fc.bigInt({ min: Timestamp.parse('0001-01-01 00:00')!.micros, max: Timestamp.parse('9999-12-31 23:59:59.999999')!.micros }),
    fc.bigInt({ min: Timestamp.parse('1990-01-01 00:00')!.micros, max: Timestamp.parse('2050-01-01 00:00')!.micros }),
  )
  .map((micros) => Timestamp.fromMicros(micros).text);
const brokenMoment = fc.oneof(
  fc.constantFrom(
    '2025-02-30 10:00:00.000000',
    '1900-02-29 00:00:00.000000',
    '2025-01-01 24:00:00.000000',
    '0000-01-01 00:00:00.000000',
  ),
  fc.constantFrom('2025-10-03 00:43:50', '2025-10-03T00:43:50.819817', '', 'null', '2025-10-03 00:43:50.8198171'),
  fc
    .tuple(moment, fc.nat(25), fc.constantFrom(...'/:9A \0'))
    .map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + 1)),
);
const words = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀', '\u{10ffff}'), maxLength: 30 }),
);
/** Long enough for overflow pages, characters of every length across their edges. */
const longWords = fc
  .tuple(fc.nat(3), fc.constantFrom('x', 'é', '漢', '😀', 'aé漢😀'), fc.integer({ min: 1, max: 3000 }))
  .map(([ahead, unit, times]) => 'y'.repeat(ahead) + unit.repeat(times));
const wellFormed = (text: string): Cell => textOf(Buffer.from(text.isWellFormed() ? text : text.toWellFormed(), 'utf8'));

const GOOD: { readonly [T in ColumnType]: fc.Arbitrary<Cell> } = {
  int32: fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((n) => plain(BigInt(n))),
    fc.constantFrom(plain(0n), plain(1n)),
  ),
  int64: anyInteger.map(plain),
  float64: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(plain),
    fc.maxSafeInteger().map(plain),
    fc.integer({ min: -300, max: 300 }).map(plain),
  ),
  boolean: fc.constantFrom(plain(0n), plain(1n)),
  text: fc.oneof({ weight: 4, arbitrary: words.map(wellFormed) }, { weight: 1, arbitrary: longWords.map(wellFormed) }),
  timestamp: moment.map(plain),
  bytes: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 1000, maxLength: 5000 })).map(plain),
};
const anyCell: fc.Arbitrary<Cell> = fc.oneof(
  ...Object.values(GOOD),
  fc.constant(plain(null)),
  brokenMoment.map(plain),
  words.map((text) => wellFormed(`${text}\0b`)),
  fc.uint8Array({ minLength: 1, maxLength: 1500 }).map(textOf),
  fc.constantFrom(
    textOf(Buffer.of(0xff)),
    textOf(Buffer.from('a\xed\xa0\x80', 'latin1')),
    plain(1.5),
    plain(2n),
    plain(-0),
    plain(Infinity),
  ),
);

const TYPES = Object.keys(GOOD) as ColumnType[];
const USUAL: Record<ColumnType, string> = {
  int32: 'INTEGER',
  int64: 'INTEGER',
  float64: 'REAL',
  boolean: 'INTEGER',
  text: 'TEXT',
  timestamp: 'TEXT',
  bytes: 'BLOB',
};

interface Field {
  readonly name: string;
  readonly column: Column;
  readonly declared: string;
}
const field = (name: string): fc.Arbitrary<Field> =>
  fc
    .record({
      type: fc.constantFrom(...TYPES),
      isNullable: fc.boolean(),
      declared: fc.option(fc.constantFrom('', 'NUMERIC', 'VARCHAR(20)', 'DOUBLE PRECISION', 'FLOATING POINT'), {
        nil: undefined,
        freq: 3,
      }),
    })
    .map(({ type, isNullable, declared }) => ({
      name,
      column: { type, isNullable, hasDefault: false, isGenerated: false },
      declared: declared ?? USUAL[type],
    }));

const scenario = fc
  .record({
    pageSize: fc.constantFrom(512, 1024, 4096, 8192, 65_536),
    reserved: fc.constantFrom(0, 0, 8, 32),
    fields: fc.integer({ min: 1, max: 9 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => field(`c${i}`)))),
    /** Where the INTEGER PRIMARY KEY stands among the columns, if there is one, and its type. */
    rowidAt: fc.option(fc.nat(9), { nil: undefined, freq: 4 }),
    rowidType: fc.constantFrom('int32' as const, 'int64' as const, 'int64' as const),
    order: fc.array(fc.nat(), { minLength: 10, maxLength: 10 }),
    skipped: fc.nat(2),
    isVacuumed: fc.boolean(),
  })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      rows: fc.array(
        fc.record({
          rowid: fc.oneof(fc.bigInt({ min: -5n, max: 300n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), anyInteger),
          isDeleted: fc.nat(9).map((n) => n === 0),
          cells: fc.tuple(
            ...shape.fields.map(({ column }) =>
              fc.oneof(
                { weight: 40, arbitrary: GOOD[column.type] },
                { weight: column.isNullable ? 6 : 1, arbitrary: fc.constant(plain(null)) },
                { weight: 2, arbitrary: anyCell },
              ),
            ),
          ),
        }),
        { maxLength: 50, size: 'max' },
      ),
    }),
  );
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** An empty database whose pages keep bytes at their end free, as encrypting builds of SQLite do; SQL cannot ask for that. */
function reserveBytes(path: string, pageSize: number, reserved: number): void {
  const bytes = readFileSync(path);
  assert.equal(bytes.length, pageSize);
  bytes[20] = reserved;
  bytes.writeUInt16BE(pageSize - reserved, 105);
  writeFileSync(path, bytes);
}

const target = join(folder, 'source.db');

function build({ shape, rows }: Scenario): readonly (readonly [string, Column])[] {
  for (const path of [file, target]) rmSync(path, { force: true });
  const empty = new DatabaseSync(target);
  empty.exec(`PRAGMA page_size = ${shape.pageSize}; PRAGMA user_version = 1`);
  empty.close();
  if (shape.reserved > 0) reserveBytes(target, shape.pageSize, shape.reserved);

  const db = new DatabaseSync(target);
  db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN');
  const definitions = shape.fields.map(({ name, declared }) => `${name} ${declared}`);
  const columns: [string, Column][] = shape.fields.map(({ name, column }) => [name, column]);
  if (shape.rowidAt !== undefined) {
    definitions.splice(shape.rowidAt, 0, 'id INTEGER PRIMARY KEY');
    columns.push(['id', { type: shape.rowidType, isNullable: false, hasDefault: true, isGenerated: true }]);
  }
  db.exec(`CREATE TABLE before_it (a); CREATE TABLE t (${definitions.join(', ')})`);
  for (const { rowid, cells } of rows) {
    const insert = db.prepare(
      `INSERT OR REPLACE INTO t (rowid, ${shape.fields.map(({ name }) => name).join(', ')}) VALUES (?, ${cells.map(({ sql }) => sql).join(', ')})`,
    );
    insert.setReadBigInts(true);
    insert.run(rowid, ...cells.map(({ value }) => value));
  }
  const remove = db.prepare('DELETE FROM t WHERE rowid = ?');
  // run() reports the last row id, which can be larger than a number holds.
  remove.setReadBigInts(true);
  for (const { rowid, isDeleted } of rows) if (isDeleted) remove.run(rowid);
  db.exec('COMMIT');
  if (shape.isVacuumed) db.exec(`VACUUM INTO '${file}'`);
  db.close();
  if (!shape.isVacuumed) writeFileSync(file, readFileSync(target));

  const left = columns.slice(Math.min(shape.skipped, columns.length - 1));
  return left
    .map((entry, i) => ({ entry, key: shape.order[i] as number }))
    .sort((a, b) => a.key - b.key)
    .map(({ entry }) => entry);
}

type Outcome =
  | { readonly rowid: bigint; readonly tuple: string }
  | { readonly rowid: bigint; readonly column: string; readonly reason: string };

/** One row a call: a full writer ends it. */
const oneRow = (): BinaryWriter => new BinaryWriter(1);

function byPages(columns: readonly (readonly [string, Column])[]): Outcome[] | string {
  const reader = openPageReader(file);
  try {
    const why = reader.canRead('t', columns);
    if (why !== undefined) return why;
    const outcomes: Outcome[] = [];
    const scan = reader.scan('t', columns);
    const writer = oneRow();
    for (let done = false; !done; writer.clear()) {
      const step = scan.read(writer, (refusal) => {
        outcomes.push(refusal);
        return 'go_on';
      });
      if (step.rows > 0) outcomes.push({ rowid: step.lastRowid!, tuple: writer.bytes.toString('hex', 0, writer.length) });
      done = step.done;
    }
    return outcomes;
  } finally {
    reader.close();
  }
}

const rowidIn = (key: readonly { readonly kind: string; readonly value?: unknown }[]): bigint => key[0]?.value as bigint;

function bySql(db: DatabaseSync, columns: readonly (readonly [string, Column])[]): Outcome[] {
  const outcomes: Outcome[] = [];
  const scan = new SqlScan(db, 't', columns);
  const writer = oneRow();
  for (let done = false; !done; writer.clear()) {
    const step = scan.read(writer, ({ key, column, reason }) => {
      outcomes.push({ rowid: rowidIn(key), column, reason });
      return 'go_on';
    });
    if (step.rows > 0) outcomes.push({ rowid: rowidIn(step.lastKey!), tuple: writer.bytes.toString('hex', 0, writer.length) });
    done = step.done;
  }
  return outcomes;
}

/** What the plan says of each row: a third opinion, sharing nothing with the other two but the codec. `undefined`: it needs a decision. */
function byPlan(
  db: DatabaseSync,
  columns: readonly (readonly [string, Column])[],
): { rowid: bigint; tuple: string | undefined }[] {
  const statement = db.prepare(`SELECT rowid, ${columns.map(([name]) => cellSql(name)).join(', ')} FROM t ORDER BY rowid`);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return (statement.all() as unknown as unknown[][]).map((row) => {
    const cells = columns.map((_, i) => cellOf(row[1 + 2 * i], row[2 + 2 * i]));
    const isExact = columns.every(([, column], i) => judgeCell(column, cells[i]!, 'plain') === undefined);
    return {
      rowid: row[0] as bigint,
      tuple: isExact
        ? tupleOf(
            columns,
            columns.map(([, column], i) => exactValue(column, cells[i]!)),
          ).toString('hex')
        : undefined,
    };
  });
}

describe('page reader', () => {
  test('gives the same bytes as SQL for every row, refuses the same rows for the same reason, and so does the plan', () => {
    let compared = 0;
    let refused = 0;
    fc.assert(
      fc.property(scenario, (drawn) => {
        const columns = build(drawn);
        const pages = byPages(columns);
        if (typeof pages === 'string') {
          assert.match(pages, /is declared as a real$/);
          return;
        }
        const db = new DatabaseSync(file, { readOnly: true });
        try {
          assert.deepEqual(pages, bySql(db, columns));
          assert.deepEqual(
            pages.map((outcome) => ({ rowid: outcome.rowid, tuple: 'tuple' in outcome ? outcome.tuple : undefined })),
            byPlan(db, columns),
          );
        } finally {
          db.close();
        }
        compared += pages.length;
        refused += pages.filter((outcome) => 'reason' in outcome).length;
      }),
      { numRuns: Number(process.env.FLASHCASE_TEST_RUNS ?? 300) },
    );
    assert.ok(
      compared > 1000 && refused > 100 && refused < compared / 2,
      `too little was compared: ${compared} rows, ${refused} refused`,
    );
  });
});

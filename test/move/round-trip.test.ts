import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { openPostgres } from '../../src/engine/postgres/engine.ts';
import { createTable } from '../../src/revisions/step.ts';
import { codecOf } from '../../src/schema/codec.ts';
import {
  boolean,
  bytes,
  type Column,
  float64,
  generatedId,
  int32,
  int64,
  type Schema,
  schema,
  Timestamp,
  table,
  text,
  timestamp,
  type Value,
} from '../../src/schema/index.ts';
import { cellOf, cellSql, cellToJson } from '../../src/schema/stored-cell.ts';
import { freshTarget, moved, newSource, server, temporaryFolder } from './library.ts';

const BUILDERS = { int32, int64, float64, boolean, text, timestamp, bytes } as const;
type Type = keyof typeof BUILDERS;

/** Values of a type, the ends of its range among them. */
const VALUES: { readonly [T in Type]: fc.Arbitrary<Value> } = {
  int32: fc.oneof(fc.integer(), fc.constantFrom(-2_147_483_648, 2_147_483_647, 0, -1)),
  int64: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n),
  ),
  float64: fc
    .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(5e-324, Number.MAX_VALUE, 0.1 + 0.2, 3, -1e22))
    .map((value) => (Object.is(value, -0) ? 0 : value)),
  boolean: fc.boolean(),
  text: fc
    .oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('', ' ', '\u{10ffff}', '\ufeffx', 'x'.repeat(9000)),
    )
    .map((value) => value.toWellFormed().replaceAll('\0', '')),
  timestamp: fc
    .oneof(
      fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }),
      fc.constantFrom(-62_135_596_800_000_000n, 253_402_300_799_999_999n, -1n, 946_684_800_000_000n),
    )
    .map((micros) => Timestamp.fromMicros(micros)),
  bytes: fc
    .oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(new Uint8Array(20_000).fill(7)))
    .map((value) => Buffer.from(value)),
};

interface Shape {
  readonly columns: readonly { readonly type: Type; readonly nullable: boolean }[];
  /** `id` alone, `id` last of three columns (as `AUTOINCREMENT` files of other programs have it), or two columns. */
  readonly key: 'id' | 'pair';
  readonly order: readonly number[];
}

const SHAPE: fc.Arbitrary<Shape> = fc.record({
  columns: fc.array(fc.record({ type: fc.constantFrom(...(Object.keys(BUILDERS) as Type[])), nullable: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  }),
  key: fc.constantFrom('id' as const, 'pair' as const),
  order: fc.shuffledSubarray(
    Array.from({ length: 14 }, (_, i) => i),
    { minLength: 14, maxLength: 14 },
  ),
});

function schemaOf(shape: Shape): Schema {
  const keys: Record<string, Column> = shape.key === 'id' ? { id: generatedId() } : { left_key: int64(), right_key: text() };
  const others = shape.columns.map(({ type, nullable }, i): [string, Column] => [
    `c${i}_${type}`,
    BUILDERS[type](nullable ? { nullable: true } : {}) as Column,
  ]);
  const all = [...Object.entries(keys), ...others].map((entry, i) => ({
    entry,
    rank: shape.order[i % shape.order.length] as number,
  }));
  const columns = Object.fromEntries(all.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry));
  return schema({ thing: table('thing', { columns, primaryKey: Object.keys(keys) as never }) });
}

type Row = Readonly<Record<string, Value | null>>;

const rowsOf = (of: Schema, shape: Shape): fc.Arbitrary<Row[]> => {
  const entries = Object.entries(of.tables.thing?.columns ?? {});
  const row = fc.record(
    Object.fromEntries(
      entries.map(([name, column]) => [
        name,
        column.isNullable ? fc.option(VALUES[column.type], { nil: null }) : VALUES[column.type],
      ]),
    ),
  );
  const key =
    shape.key === 'id'
      ? (one: Row): string => String(one.id)
      : (one: Row): string => `${String(one.left_key)} ${String(one.right_key)}`;
  // Ids are handed out upwards from 1; a file may hold others, but its sequence cannot.
  const positive = (one: Row): Row =>
    shape.key === 'id'
      ? { ...one, id: BigInt.asUintN(62, one.id as bigint) }
      : { ...one, right_key: (one.right_key as string).slice(0, 400) };
  return fc.uniqueArray(
    row.map((one) => positive(one as Row)),
    { minLength: 1, maxLength: 60, selector: key },
  );
};

function fill(db: DatabaseSync, of: Schema, rows: readonly Row[]): void {
  const columns = Object.entries(of.tables.thing?.columns ?? {});
  const statement = db.prepare(
    `INSERT INTO thing (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  // `run` returns the last row id, which may be larger than a number.
  statement.setReadBigInts(true);
  for (const row of rows)
    statement.run(...columns.map(([name, { type }]) => (row[name] === null ? null : codecOf(type).toSqlite(row[name] as Value))));
}

/** Every stored bit of every row, sorted. */
function stored(db: DatabaseSync, of: Schema): string[] {
  const names = Object.keys(of.tables.thing?.columns ?? {});
  const statement = db.prepare(`SELECT ${names.map((name) => cellSql(`"${name}"`)).join(', ')} FROM thing`);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return (statement.all() as unknown as unknown[][])
    .map((cells) => JSON.stringify(names.map((_, i) => cellToJson(cellOf(cells[2 * i], cells[2 * i + 1])))))
    .toSorted();
}

describe('round trip', { skip: server().skip }, () => {
  test('random schemas and rows survive model, SQLite, PostgreSQL and back bit for bit', async (t) => {
    const example = SHAPE.chain((shape) => {
      const of = schemaOf(shape);
      return fc.record({ of: fc.constant(of), rows: rowsOf(of, shape) });
    });
    await fc.assert(
      fc.asyncProperty(example, async ({ of, rows }) => {
        const revisions = [
          { id: '0001', name: 'thing', upgrade: [createTable(of.tables.thing as never)], downgrade: 'not needed here.' },
        ];
        const folder = temporaryFolder(t);
        const source = await newSource(join(folder, 'source.db'), of, revisions);
        fill(source, of, rows);
        const url = await freshTarget(t);
        const { verdict } = await moved(
          join(folder, 'source.db'),
          url,
          { 'thing.right_key too_long_for_index': 'keep' },
          { schema: of, revisions, rowsPerCheckpoint: 25 },
        );
        assert.equal(verdict.isEqual, true, JSON.stringify(verdict, null, 1));
        const engine = openPostgres({
          schema: of,
          url,
          pool: { size: 1, maxOverflow: 0, timeoutSeconds: 10, recycleSeconds: -1, statementSeconds: 10 },
        });
        const back = await engine.read((connection) => connection.query('SELECT * FROM thing'));
        await engine.close();
        const again = await newSource(join(folder, 'back.db'), of, revisions);
        fill(again, of, back as Row[]);
        assert.deepEqual(stored(again, of), stored(source, of));
        source.close();
        again.close();
      }),
      { numRuns: Number(process.env.FLASHCASE_ROUNDS ?? 8) },
    );
  });
});

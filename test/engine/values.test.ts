import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  boolean,
  bytes,
  type Column,
  codecOf,
  float64,
  generatedId,
  int32,
  int64,
  problemsOf,
  schema,
  Timestamp,
  table,
  text,
  timestamp,
} from '../../src/schema/index.ts';
import { engines } from '../support/database.ts';
import { createTables, openEngine } from './open.ts';

const columns = {
  id: generatedId(),
  small: int32({ nullable: true }),
  large: int64({ nullable: true }),
  ratio: float64({ nullable: true }),
  is_set: boolean({ nullable: true }),
  words: text({ nullable: true }),
  happened_at: timestamp({ nullable: true }),
  raw: bytes({ nullable: true }),
};
const everything = schema({ everything: table('everything', { columns, primaryKey: ['id'] }) });
const types: [string, Column][] = Object.entries(columns).filter(([name]) => name !== 'id');

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 8 });
const row = fc.record({
  small: orNull(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })),
  large: orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  ratio: orNull(fc.double({ noNaN: true, noDefaultInfinity: true })),
  is_set: orNull(fc.boolean()),
  words: orNull(fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => !value.includes('\0') && value.isWellFormed())),
  happened_at: orNull(
    fc
      .bigInt({ min: Timestamp.parse('0001-01-01 00:00:00')!.micros, max: Timestamp.parse('9999-12-31 23:59:59.999999')!.micros })
      .map((micros) => Timestamp.fromMicros(micros)),
  ),
  raw: orNull(fc.uint8Array({ maxLength: 40 })),
});

/** Comparable form: -0 is stored as 0 on both engines. */
const plain = (values: Record<string, unknown>): unknown[] =>
  types.map(([name]) => {
    const value = values[name];
    if (value instanceof Timestamp) return value.text;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    return Object.is(value, -0) ? 0 : value;
  });

for (const target of engines()) {
  describe(`values on ${target.name}`, { skip: target.skip }, () => {
    test('T-11, T-12: every value of every type comes back bit for bit', async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: everything });
      try {
        await createTables(engine, everything);
        await fc.assert(
          fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
            const ids = await engine.write(async (connection) =>
              Promise.all(
                rows.map((values) =>
                  connection.kysely.insertInto('everything').values(values).returning('id').executeTakeFirstOrThrow(),
                ),
              ),
            );
            const stored = await engine.read((connection) =>
              connection.kysely
                .selectFrom('everything')
                .selectAll()
                .where(
                  'id',
                  'in',
                  ids.map((entry) => entry.id),
                )
                .orderBy('id')
                .execute(),
            );
            assert.deepEqual(stored.map(plain), rows.map(plain));
          }),
          { numRuns: 60 },
        );
      } finally {
        await engine.close();
        await place.drop();
      }
    });

    test('the codec’s binary form is the one the server hashes', {
      skip: target.name === 'sqlite' && 'not run: a question to PostgreSQL',
    }, async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: everything });
      try {
        await createTables(engine, everything);
        await fc.assert(
          fc.asyncProperty(row, async (values) => {
            const [stored] = await engine.write((connection) =>
              connection.kysely.insertInto('everything').values(values).returning('id').execute(),
            );
            for (const [name, column] of types) {
              const value = (values as Record<string, unknown>)[name];
              if (value === null) continue;
              const send = {
                int32: 'int4send',
                int64: 'int8send',
                float64: 'float8send',
                boolean: 'boolsend',
                text: 'textsend',
                timestamp: 'timestamptz_send',
                bytes: 'byteasend',
              }[column.type];
              const [hashed] = await engine.read((connection) =>
                connection.query(`SELECT encode(sha256(${send}(${name})), 'hex') AS digest FROM everything WHERE id = $1`, [
                  stored?.id,
                ]),
              );
              assert.equal(
                hashed?.digest,
                createHash('sha256')
                  .update(codecOf(column.type).toBinary(value as never))
                  .digest('hex'),
                name,
              );
            }
          }),
          { numRuns: 15 },
        );
      } finally {
        await engine.close();
        await place.drop();
      }
    });

    test('text is ordered by its bytes, whatever the server’s locale', async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: everything });
      try {
        await createTables(engine, everything);
        const words = ['a', 'B', 'ä', 'Z', 'z', '_', '¡', '😀', 'é', 'e\u0301', ''];
        await engine.write(async (connection) => {
          await connection.kysely
            .insertInto('everything')
            .values(words.map((word) => ({ words: word })))
            .execute();
        });
        const stored = await engine.read((connection) =>
          connection.kysely.selectFrom('everything').select('words').orderBy('words').execute(),
        );
        assert.deepEqual(
          stored.map((entry) => entry.words),
          words.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      } finally {
        await engine.close();
        await place.drop();
      }
    });

    test('T-22: an id is never handed out twice, also after the highest row is gone', async () => {
      const place = await target.fresh();
      const engine = openEngine(place, { schema: everything });
      try {
        await createTables(engine, everything);
        const insert = () =>
          engine.write((connection) =>
            connection.kysely.insertInto('everything').values({ small: 1 }).returning('id').executeTakeFirstOrThrow(),
          );
        await insert();
        const second = await insert();
        await engine.write((connection) => connection.kysely.deleteFrom('everything').execute());
        assert.deepEqual([second.id, (await insert()).id], [2n, 3n]);
      } finally {
        await engine.close();
        await place.drop();
      }
    });
  });
}

test('T-01, T-03, T-07: what one engine cannot keep is refused for both, with the reason', () => {
  const refused: [string, unknown, RegExp][] = [
    ['words', 'a\0b', /NUL/],
    ['words', 'cut \ud800', /surrogate/],
    ['small', 2_147_483_648, /whole number/],
    ['small', 1.5, /whole number/],
    ['large', 2n ** 63n, /64-bit/],
    ['large', 5, /64-bit/],
    ['ratio', Number.NaN, /finite/],
    ['ratio', Number.POSITIVE_INFINITY, /finite/],
    ['is_set', 1, /true or false/],
    ['happened_at', '2026-01-01 00:00:00.000000', /time/],
    ['happened_at', new Date(0), /time/],
  ];
  for (const [column, value, reason] of refused) {
    const [problem] = problemsOf(everything.tables.everything, { [column]: value });
    assert.match(problem?.reason ?? 'accepted', reason, `${column}: ${String(value)}`);
  }
});

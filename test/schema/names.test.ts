import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedId, int64, objectName, schema, table, text, type View } from '../../src/schema/index.ts';

const LONG = 'x'.repeat(64);
const body = { sqlite: 'SELECT 1;', postgres: 'RETURN NEW;' };
const trigger = { timing: 'after', event: 'insert', body } as const;
const columns = { id: generatedId(), one: int64(), two: text() };
const primaryKey = ['id'] as const;
const parcel = (parts: object = {}) => table('parcel', { columns, primaryKey, ...parts });
const depot = (parts: object = {}) => table('depot', { columns, primaryKey, ...parts });
const view = (name: string): View => ({ name, query: 'SELECT 1 AS one', reads: [] });

const CLASHES: readonly [what: string, make: () => unknown, message: RegExp][] = [
  [
    'an index and another table’s unique constraint',
    () => schema({ parcel: parcel({ indexes: { a: ['one'] } }), depot: depot({ uniques: { a: ['one'] } }) }),
    /a unique constraint of depot and an index of parcel are both called a/,
  ],
  ['a view and a table', () => schema({ parcel: parcel() }, [view('parcel')]), /view parcel and table parcel/],
  [
    'an index and a table',
    () => schema({ parcel: parcel({ indexes: { depot: ['one'] } }), depot: depot() }),
    /both called depot/,
  ],
  [
    'an index and the index behind a primary key',
    () => schema({ parcel: parcel({ indexes: { depot_pkey: ['one'] } }), depot: depot() }),
    /depot_pkey/,
  ],
  [
    'an index and the sequence of an id',
    () => schema({ parcel: parcel({ indexes: { parcel_id_seq: ['one'] } }) }),
    /an index of parcel and the sequence of column id of parcel/,
  ],
  [
    'triggers of two tables',
    () => schema({ parcel: parcel({ triggers: { a: trigger } }), depot: depot({ triggers: { a: trigger } }) }),
    /a trigger of depot and a trigger of parcel are both called a/,
  ],
  [
    'a check and a foreign key',
    () => schema({ parcel: parcel({ checks: { a: 'one > 0' }, references: { one: { to: 'parcel.id', name: 'a' } } }) }),
    /a check of parcel and a foreign key of parcel/,
  ],
  [
    'a check and the check of a column',
    () => schema({ parcel: parcel({ checks: { ck_parcel_two: 'one > 0' } }) }),
    /the check of column two/,
  ],
  ['names that differ only in case', () => schema({ parcel: parcel({ indexes: { a: ['one'], A: ['two'] } }) }), /both called A/],
  ['a name of SQLite’s own', () => schema({ parcel: parcel({ indexes: { sqlite_a: ['one'] } }) }), /SQLite keeps names/],
];

for (const [what, make, message] of CLASHES) {
  test(`two things of one name are refused when the schema is put together: ${what}`, () => {
    assert.throws(make, message);
  });
}

test('a name that PostgreSQL would cut off is refused for everything that has one', () => {
  const long: readonly object[] = [
    { indexes: { [LONG]: ['one'] } },
    { uniques: { [LONG]: ['one'] } },
    { checks: { [LONG]: 'one > 0' } },
    { triggers: { [LONG]: trigger } },
    { references: { one: { to: 'parcel.id', name: LONG } } },
    { columns: { ...columns, [LONG]: text() } },
  ];
  for (const parts of long)
    assert.throws(
      () => schema({ parcel: parcel(parts) }),
      /has a name of 64 bytes, PostgreSQL cuts it off after 63/,
      JSON.stringify(parts),
    );
  assert.throws(() => schema({}, [view(LONG)]), /64 bytes/);
  assert.throws(() => schema({ parcel: parcel({ indexes: { ['ü'.repeat(32)]: ['one'] } }) }), /64 bytes/, 'bytes, not letters');
});

test('checklist 48: checks and foreign keys may have one name in two tables, and an index the name of a column (31)', () => {
  const parts = { checks: { a: 'one > 0' }, references: { one: { to: 'depot.id', name: 'b' } } };
  schema({ depot: depot({ ...parts, indexes: { two: ['two'] } }), parcel: parcel(parts) });
});

test('objectName stays under the limit, the same on every run and different for names that differ behind the cut', () => {
  const [a, b] = [objectName('fk', LONG, 'a'), objectName('fk', LONG, 'b')];
  assert.ok(Buffer.byteLength(a) <= 63);
  assert.notEqual(a, b);
  assert.equal(a, objectName('fk', LONG, 'a'));
  assert.equal(objectName('fk', 'parcel', 'one'), 'fk_parcel_one');
});

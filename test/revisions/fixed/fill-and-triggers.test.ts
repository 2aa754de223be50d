import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int64, schema, table, text } from '../../../src/schema/index.ts';
import { travel } from '../round-trip.ts';
import { allVehicles } from '../vehicles.ts';

const audit = table('audit', { columns: { number: int64(), hits: int64() }, primaryKey: ['number'] });
const count = 'UPDATE audit SET hits = hits + 1;';
const of = (isNullable: boolean) =>
  schema({
    audit,
    parcel: table('parcel', {
      columns: { id: int64(), town: isNullable ? text({ nullable: true }) : text({ default: 'Oslo' }) },
      primaryKey: ['id'],
      triggers: {
        count_updates: { timing: 'after', event: 'update', body: { sqlite: count, postgres: `${count} RETURN NEW;` } },
      },
    }),
  });
const rows = {
  audit: [{ number: 1n, hits: 0n }],
  parcel: [
    { id: 1n, town: null },
    { id: 2n, town: 'Bergen' },
  ],
};

// A rebuild on SQLite runs no trigger; the UPDATE on PostgreSQL did, so the engines had different rows after the same revision.
test('no trigger sees the values that a revision fills in', async () => {
  for (const isOnline of [false, true])
    assert.equal(await travel({ a: of(true), b: of(false), rows, isOnline }, allVehicles()), 'there and back');
});

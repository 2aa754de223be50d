import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boolean, int64, schema, table, text } from '../../../src/schema/index.ts';
import { travel } from '../round-trip.ts';
import { allVehicles } from '../vehicles.ts';

const columns = { id: int64(), isFragile: boolean({ nullable: true }), town: text({ nullable: true }) };
const before = table('parcel', { columns, primaryKey: ['id'] });
const rows = {
  parcel: [
    { id: 1n, isFragile: null, town: null },
    { id: 2n, isFragile: true, town: 'Oslo' },
  ],
};
const b = {
  'its table is renamed': table('box', { columns, primaryKey: ['id'], renamedFrom: 'parcel' }),
  'it is renamed': table('parcel', {
    columns: { id: int64(), isBreakable: boolean({ nullable: true, renamedFrom: 'isFragile' }), town: text({ nullable: true }) },
    primaryKey: ['id'],
  }),
  'its values are listed': table('parcel', {
    columns: { id: int64(), isFragile: boolean({ nullable: true }), town: text({ nullable: true, oneOf: ['Oslo', 'Bergen'] }) },
    primaryKey: ['id'],
  }),
  'its table gets a check on it': table('parcel', {
    columns: { id: int64(), isFragile: boolean({ nullable: true }), town: text({ nullable: true }) },
    primaryKey: ['id'],
    checks: { ck_town: "town <> ''", ck_half: 'nullif(id, 2) > 0' },
  }),
};

for (const [how, after] of Object.entries(b)) {
  // SQLite's ADD CONSTRAINT takes a condition that is NULL for a row for one that fails.
  test(`rows where a checked column is NULL stay when ${how}`, async () =>
    assert.equal(
      await travel({ a: schema({ parcel: before }), b: schema({ [after.name]: after }), rows }, allVehicles()),
      'there and back',
    ));
}

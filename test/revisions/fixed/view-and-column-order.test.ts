import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int64, schema, table, text } from '../../../src/schema/index.ts';
import { travel } from '../round-trip.ts';
import { allVehicles } from '../vehicles.ts';

const view = { name: 'numbered', reads: ['parcel'], query: 'SELECT id AS first_one, 1 AS total FROM parcel' };
const a = schema({ parcel: table('parcel', { columns: { id: int64(), town: text() }, primaryKey: ['id'] }) }, [view]);
const b = schema(
  { parcel: table('parcel', { columns: { id: int64(), street: text({ nullable: true }), town: text() }, primaryKey: ['id'] }) },
  [view],
);

// The column is last in the database and second in the model; the view was made anew in every revision for that.
test('a column added in the middle of the model leaves no change of a view behind', async () =>
  assert.equal(await travel({ a, b, rows: { parcel: [{ id: 1n, town: 'Oslo' }] } }, allVehicles()), 'there and back'));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boolean, int64, schema, table } from '../../../src/schema/index.ts';
import { travel } from '../round-trip.ts';
import { allVehicles } from '../vehicles.ts';

const columns = { id: int64() };
const a = schema({ parcel: table('parcel', { columns: { ...columns, isFragile: boolean() }, primaryKey: ['id'] }) });
const b = schema({ box: table('box', { columns, primaryKey: ['id'], renamedFrom: 'parcel' }) });

// Renaming the table puts the check under its new name behind the columns, and there it kept the column from being dropped.
test('a column goes although its check was added to the table later', async () =>
  assert.equal(await travel({ a, b, rows: { parcel: [] } }, allVehicles()), 'there and back'));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int64, schema, table } from '../../../src/schema/index.ts';
import { travel } from '../round-trip.ts';
import { allVehicles } from '../vehicles.ts';

const of = (...names: string[]) =>
  schema({
    parcel: table('parcel', {
      columns: { id: int64() },
      primaryKey: ['id'],
      checks: Object.fromEntries(names.map((name) => [name, 'id > 0'])),
      indexes: Object.fromEntries(names.map((name) => [`ix_${name}`, ['id']])),
    }),
  });

// Both were renamed to the one name that was wanted.
test('of two checks and indexes that say the same, one is renamed and the other goes', async () =>
  assert.equal(
    await travel({ a: of('one', 'two'), b: of('three'), rows: { parcel: [{ id: 1n }] } }, allVehicles()),
    'there and back',
  ));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int64, schema, table, text } from '../../../src/schema/index.ts';
import { travel } from '../round-trip.ts';
import { allVehicles } from '../vehicles.ts';

const of = (isNullable: boolean) =>
  schema({
    parcel: table('parcel', {
      columns: {
        id: int64(),
        inside: int64({ nullable: true }),
        town: isNullable ? text({ nullable: true }) : text({ default: 'Oslo' }),
        street: isNullable ? text({ nullable: true }) : text({ default: 'Gate' }),
      },
      primaryKey: ['id'],
      references: { inside: { to: 'parcel.id', isDeferred: true } },
    }),
  });
const rows = {
  parcel: [
    { id: 1n, inside: 2n, town: null, street: null },
    { id: 2n, inside: 1n, town: 'Bergen', street: null },
  ],
};

// PostgreSQL: "cannot ALTER TABLE because it has pending trigger events".
test('two columns are filled and made required in a table whose own foreign key waits for the commit', async () => {
  for (const isOnline of [false, true])
    assert.equal(await travel({ a: of(true), b: of(false), rows, isOnline }, allVehicles()), 'there and back');
});

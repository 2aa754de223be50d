import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int32, int64, schema, table } from '../../../src/schema/index.ts';
import { travel } from '../round-trip.ts';
import { allVehicles } from '../vehicles.ts';

const of = (grams: typeof int32 | typeof int64) =>
  schema({
    parcel: table('parcel', {
      columns: {
        id: int64(),
        grams: grams(),
        double: int64({ computed: 'grams + grams' }),
        'q"t': int64({ computed: '"grams"' }),
      },
      primaryKey: ['id'],
      uniques: { uq_double: ['double'] },
      indexes: { ix_double: { columns: ['double'], where: 'double > 5' }, ix_quoted: ['q"t'] },
      checks: { ck_double: 'double > 0' },
    }),
  });
const rows = {
  parcel: [
    { id: 1n, grams: 5 },
    { id: 2n, grams: 1_000_000 },
  ],
};

// PostgreSQL: "cannot alter type of a column used by a generated column".
test('a column changes its type under a computed column with indexes and a check', async () => {
  for (const isOnline of [false, true])
    assert.equal(await travel({ a: of(int32), b: of(int64), rows, isOnline }, allVehicles()), 'there and back');
});

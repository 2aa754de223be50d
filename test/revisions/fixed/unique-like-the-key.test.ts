import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int64, table } from '../../../src/schema/index.ts';

// PostgreSQL leaves such a constraint out of a CREATE TABLE without a word; dropping it later failed.
test('a unique constraint that repeats a key is refused in the model', () => {
  const columns = { id: int64(), town: int64() };
  assert.throws(
    () => table('parcel', { columns, primaryKey: ['id'], uniques: { uq_id: ['id'] } }),
    /uq_id repeats the primary key/,
  );
  assert.throws(
    () => table('parcel', { columns, primaryKey: ['id'], uniques: { one: ['town'], two: ['town'] } }),
    /two repeats one/,
  );
});

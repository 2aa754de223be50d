import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timestamp } from '../../src/schema/index.ts';
import { beyondRows, type RowChange, realRows } from '../../src/services/operations.ts';

test('a server that knows rows only cannot take back what is more than rows: the row it finds is never as it was left', () => {
  const { rows, copy } = beyondRows({ copy: 7 });
  assert.equal(copy, 7);
  assert.equal(rows.length, 1);
  for (const { left } of rows) assert.equal(Timestamp.parse(left), undefined);
  const card: RowChange = { table: 'card', id: '3', was: {}, left: '2026-01-01 00:00:00.000000' };
  assert.deepEqual(realRows([card, ...rows]), [card]);
});
